//! The simple protocol: a text of statements, answered one after the other.

use std::sync::Arc;

use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::response::{CommandComplete, EmptyQueryResponse};
use planner::statement::{ParsedStatement, Statement};

use super::connection::Connection;
use super::execute::{Bound, Failure, Response, row_description};

impl Connection {
    /// Answers a Query message, but for ReadyForQuery. An error ends the rest of the text; what
    /// DDL before it has committed stays.
    pub(super) async fn simple_query(&mut self, text: String) -> Result<(), Failure> {
        let mut statements = self.parse(text).await?;
        statements.retain(|statement| !matches!(statement.statement, Statement::Empty));
        if statements.is_empty() {
            self.writer.put(&PgWireBackendMessage::EmptyQueryResponse(EmptyQueryResponse::new()));
        }
        for statement in statements {
            self.simple_statement(&Arc::new(statement)).await?;
        }
        Ok(())
    }

    async fn simple_statement(&mut self, statement: &Arc<ParsedStatement>) -> Result<(), Failure> {
        if !statement.statement.ends_failure() {
            self.session.check_not_failed()?;
        }
        let interrupt = self.begin_statement(&statement.text);
        let bound = match statement.statement.query() {
            Some(_) => {
                let query = self.prepare(statement, Vec::new(), &interrupt).await?;
                Some(Bound { query, values: Vec::new() })
            }
            None => None,
        };
        let response = match (&statement.statement, bound) {
            (Statement::Query(query), Some(Bound { query: prepared, values })) => {
                self.writer.put(&row_description(&prepared.prepared.schema, &[]));
                Response::Rows(Box::new(self.start(&prepared, values, &[], query.tag())))
            }
            (other, bound) => {
                if let Some(schema) = self.command_schema(other)? {
                    self.writer.put(&row_description(&schema, &[]));
                }
                self.command(statement, bound, &[], &interrupt).await?
            }
        };
        let tag = match response {
            Response::Command(tag) => tag,
            Response::Rows(mut rows) => {
                let (sent, _) = self.send_rows(&mut rows, usize::MAX, &interrupt).await?;
                Self::rows_tag(&rows, sent)
            }
        };
        self.writer.put(&PgWireBackendMessage::CommandComplete(CommandComplete::new(tag)));
        Ok(())
    }
}
