//! One of the servers that are compared.

use std::io;
use std::time::Duration;

use super::answer::Answer;
use crate::wire::Session;

/// A statement that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection that is made again when it is lost.
pub(crate) struct Peer {
    address: String,
    database: String,
    setup: &'static [&'static str],
    session: Option<Session>,
}

impl Peer {
    /// `address` is `host:port`.
    pub(crate) fn new(address: &str, database: &str) -> Self {
        Self { address: address.to_owned(), database: database.to_owned(), setup: &[], session: None }
    }

    /// Makes a new connection, which begins with these statements.
    pub(crate) fn set_up(&mut self, statements: &'static [&'static str]) {
        self.setup = statements;
        self.session = None;
    }

    fn open(&mut self) -> io::Result<&mut Session> {
        if self.session.is_none() {
            let mut session = Session::open(&self.address, &self.database, PATIENCE)?;
            for sql in self.setup {
                session.query(sql, None)?;
            }
            self.session = Some(session);
        }
        Ok(self.session.as_mut().expect("just made"))
    }

    pub(crate) fn answer(&mut self, sql: &str) -> Answer {
        let messages = self.open().and_then(|session| session.query(sql, None));
        if messages.is_err() {
            self.session = None;
        }
        Answer::new(messages)
    }

    /// Runs what must succeed.
    pub(crate) fn must(&mut self, sql: &str) -> io::Result<()> {
        match self.answer(sql) {
            Answer::Rows { .. } => Ok(()),
            failed => Err(io::Error::other(format!("{}: {sql}: {failed:?}", self.address))),
        }
    }
}
