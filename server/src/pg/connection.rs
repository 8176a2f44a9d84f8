//! One client's connection: from its accepted socket to its end.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use pgwire::messages::response::ReadyForQuery;
use pgwire::messages::startup::{Authentication, BackendKeyData, ParameterStatus, SecretKey};
use pgwire::messages::{PgWireBackendMessage as Backend, PgWireFrontendMessage as Frontend};
use planner::SqlError;
use planner::statement::ParsedStatement;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::cancel;
use super::execute::Failure;
use super::message::Frame;
use super::report;
use super::startup::{self, Opening, StartupRequest};
use super::stream::{ReadError, Reader, Writer};
use crate::instance::Shared;
use crate::lobby::Place;
use crate::session::Session;
use crate::sessions::{Client, Interrupt, SessionGuard, Stop};

/// A text that is parsed in less time than another thread needs to wake up.
const PARSED_HERE_BYTES_MAX: usize = 256;

/// A connection with a session.
#[derive(Debug)]
pub struct Connection {
    pub(super) shared: Arc<Shared>,
    pub(super) reader: Reader,
    pub(super) writer: Writer,
    pub(super) session: Session,
    /// After an error in the extended protocol everything up to Sync is skipped.
    skip_until_sync: bool,
    /// Whether an extended message came since the last ReadyForQuery.
    in_pipeline: bool,
}

/// Serves a client until it or we have had enough.
pub async fn serve(shared: Arc<Shared>, socket: TcpStream, peer: SocketAddr, place: Place) {
    let entered = tokio::select! {
        entered = let_in(&shared, socket, peer) => entered,
        () = place.lost() => return tracing::debug!(%peer, "closed for one that came later"),
        () = shared.draining.cancelled() => return,
    };
    drop(place);
    let Some((session, reader, writer)) = entered else { return };
    let mut connection =
        Connection { shared, reader, writer, session, skip_until_sync: false, in_pipeline: false };
    connection.greet();
    let failure = connection.run().await;
    if let Err(Failure::Fatal(error) | Failure::Statement(error)) = failure {
        connection.writer.put(&report::fatal(&error));
    }
    connection.writer.close().await;
}

/// A client's session, if it asks for one and may have it.
async fn let_in(
    shared: &Arc<Shared>,
    socket: TcpStream,
    peer: SocketAddr,
) -> Option<(Session, Reader, Writer)> {
    match startup::open(socket, shared.tls.as_ref(), &shared.limits).await? {
        (Opening::Cancel(request), ..) => cancel::cancel(&request, &shared.sessions),
        (Opening::Session(request), reader, writer) => match enter(shared, request, peer) {
            Ok(session) => return Some((session, reader, writer)),
            Err(error) => startup::refuse(writer, &error).await,
        },
    }
    None
}

/// Trust: whoever reaches us comes from this machine and is who they say.
fn enter(shared: &Arc<Shared>, request: StartupRequest, peer: SocketAddr) -> Result<Session, SqlError> {
    if shared.draining.is_cancelled() {
        return Err(SqlError::new("57P03", "the database system is shutting down"));
    }
    let mut settings = shared.limits.settings.clone();
    for (name, value) in &request.settings {
        settings.set(name, value)?;
    }
    let client =
        Client { user: request.user.clone(), address: peer.to_string(), encryption: request.encryption };
    let guard: SessionGuard = shared.sessions.enter(client, request.key_bytes)?;
    Ok(Session::new(guard, request.user, settings, shared.limits.temporary))
}

impl Connection {
    fn greet(&mut self) {
        self.writer.put(&Backend::Authentication(Authentication::Ok));
        self.tell_settings();
        let handle = &self.session.guard.handle;
        let key = SecretKey::Bytes(Bytes::clone(handle.key()));
        self.writer.put(&Backend::BackendKeyData(BackendKeyData::new(handle.process_id(), key)));
    }

    /// Reads and answers messages. Ends with an error that the client is told, or without.
    async fn run(&mut self) -> Result<(), Failure> {
        self.ready().await?;
        loop {
            let frame = self.next_frame().await?;
            if matches!(frame.message, Ok(Frontend::Terminate(_))) {
                return Ok(());
            }
            let is_sync = matches!(frame.message, Ok(Frontend::Sync(_)));
            if self.skip_until_sync && !is_sync {
                continue;
            }
            // Left over from a COPY that failed: PostgreSQL ignores them too.
            if matches!(
                frame.message,
                Ok(Frontend::CopyData(_) | Frontend::CopyDone(_) | Frontend::CopyFail(_))
            ) {
                continue;
            }
            let extended = frame.is_extended();
            self.in_pipeline |= extended;
            let answer = self.answer(frame).await;
            self.session.apply_wanted(answer.is_ok());
            match (answer, extended) {
                (Ok(()), true) => {}
                (Err(Failure::Statement(error)), true) => {
                    self.report(&error);
                    self.skip_until_sync = true;
                    // A client may wait for it before it sends its Sync: the Flush that it has
                    // sent is skipped.
                    self.writer.flush().await?;
                }
                (Ok(()), false) => self.ready().await?,
                (Err(Failure::Statement(error)), false) => {
                    self.report(&error);
                    self.ready().await?;
                }
                (Err(end), _) => return Err(end),
            }
            self.session.guard.handle.end(self.session.state(), self.session.holds_snapshot());
            if self.writer.is_full() {
                self.writer.flush().await?;
            }
        }
    }

    async fn answer(&mut self, frame: Frame) -> Result<(), Failure> {
        match frame.message? {
            Frontend::Query(query) => self.simple_query(query.query).await,
            Frontend::Parse(message) => self.parse_message(message).await,
            Frontend::Bind(message) => self.bind(message).await,
            Frontend::Describe(message) => self.describe(&message),
            Frontend::Execute(message) => self.execute(message).await,
            Frontend::Close(message) => self.close_message(&message),
            Frontend::Flush(_) => Ok(self.writer.flush().await?),
            Frontend::Sync(_) => {
                self.skip_until_sync = false;
                // The end of an implicit transaction.
                if self.session.in_block() { Ok(()) } else { self.commit_writes(true).await.map(drop) }
            }
            _ => Err(Failure::Fatal(SqlError::new("08P01", "unexpected message"))),
        }
    }

    /// The next message, unless the session must end first.
    async fn next_frame(&mut self) -> Result<Frame, Failure> {
        // The rest of a pipeline is mostly here; nothing is waited for then.
        if self.in_pipeline && !self.session.guard.handle.terminate().is_cancelled() {
            let frame = self.reader.take(self.shared.limits.message_bytes_max).map_err(Failure::Fatal)?;
            if let Some(frame) = frame {
                return Ok(frame);
            }
        }
        let settings = self.session.settings();
        let (timeout, error) = if self.session.in_block() {
            let error = ("25P03", "terminating connection due to idle-in-transaction timeout");
            (settings.timeout("idle_in_transaction_session_timeout"), error)
        } else {
            (
                settings.timeout("idle_session_timeout"),
                ("57P05", "terminating connection due to idle-session timeout"),
            )
        };
        let idle = async {
            match timeout {
                Some(timeout) if !self.in_pipeline => tokio::time::sleep(timeout).await,
                _ => std::future::pending().await,
            }
        };
        let mut idle = pin!(idle);
        let handle = Arc::clone(&self.session.guard.handle);
        loop {
            tokio::select! {
                biased;
                () = handle.terminate().cancelled() => {
                    return Err(Failure::Fatal(Stop::Terminated.error()));
                }
                // A pipeline that has begun is answered to its Sync.
                () = self.shared.draining.cancelled(), if !self.in_pipeline => {
                    return Err(Failure::Fatal(Stop::Terminated.error()));
                }
                () = handle.too_old().notified(), if self.session.holds_snapshot() => {
                    self.session.lose_snapshot();
                    handle.end(self.session.state(), false);
                }
                frame = self.reader.next(self.shared.limits.message_bytes_max) => {
                    return match frame {
                        Ok(frame) => Ok(frame),
                        Err(ReadError::Closed) => Err(Failure::Gone),
                        Err(ReadError::Protocol(error)) => Err(Failure::Fatal(error)),
                    };
                }
                () = &mut idle => return Err(Failure::Fatal(SqlError::new(error.0, error.1))),
            }
        }
    }

    /// The end of a simple query or a pipeline.
    async fn ready(&mut self) -> Result<(), Failure> {
        self.session.end_implicit();
        // Gives back what is not held any more; only more could fail.
        let _ = self.session.charge_temporary(&self.shared.engine);
        self.in_pipeline = false;
        self.tell_settings();
        self.writer.put(&Backend::ReadyForQuery(ReadyForQuery::new(self.session.status())));
        self.session.guard.handle.end(self.session.state(), self.session.holds_snapshot());
        Ok(self.writer.flush().await?)
    }

    fn report(&mut self, error: &SqlError) {
        tracing::debug!(sqlstate = %error.sqlstate, %error, "a statement failed");
        self.session.fail();
        self.writer.put(&report::error(error));
    }

    /// Parses a text: here if it is short, otherwise on the runtime of queries.
    pub(super) async fn parse(&mut self, text: String) -> Result<Vec<ParsedStatement>, Failure> {
        if text.len() <= PARSED_HERE_BYTES_MAX {
            self.begin_statement(&text);
            return Ok(planner::statement::parse(&text)?);
        }
        let interrupt = self.begin_statement(&text);
        let work = self.shared.on_queries("parsing", async move { planner::statement::parse(&text) });
        Ok(self.reader.watch(&interrupt, work).await???)
    }

    /// A statement begins: it can be cancelled, and its time runs.
    pub(super) fn begin_statement(&mut self, text: &str) -> Interrupt {
        let deadline =
            self.session.settings().timeout("statement_timeout").map(|timeout| Instant::now() + timeout);
        let now = self.shared.database.clock().now_micros();
        self.session.guard.handle.begin(text, now, deadline)
    }

    /// Tells the client of settings that changed, as PostgreSQL does before it is ready again.
    pub(super) fn tell_settings(&mut self) {
        for (name, value) in self.session.untold() {
            self.writer.put(&Backend::ParameterStatus(ParameterStatus::new(name.to_owned(), value)));
        }
    }
}
