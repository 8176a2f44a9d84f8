//! The simple protocol: a text of statements, answered one after the other.

use std::sync::Arc;

use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::response::{CommandComplete, EmptyQueryResponse};
use planner::statement::{ParsedStatement, Statement};

use super::connection::Connection;
use super::execute::{Bound, Failure, Response, row_description};

impl Connection {
    /// Answers a Query message, but for ReadyForQuery. An error ends the rest of the text and undoes
    /// what the text has written, but not what DDL of sources has committed.
    pub(super) async fn simple_query(&mut self, text: String) -> Result<(), Failure> {
        let mut statements = self.parse(text).await?;
        statements.retain(|statement| !matches!(statement.statement, Statement::Empty));
        if statements.is_empty() {
            self.writer.put(&PgWireBackendMessage::EmptyQueryResponse(EmptyQueryResponse::new()));
        }
        let last = statements.len().saturating_sub(1);
        for (index, statement) in statements.into_iter().enumerate() {
            self.simple_statement(&Arc::new(statement), index == last).await?;
        }
        Ok(())
    }

    async fn simple_statement(
        &mut self,
        statement: &Arc<ParsedStatement>,
        is_last: bool,
    ) -> Result<(), Failure> {
        if !statement.statement.ends_failure() {
            self.session.check_not_failed()?;
        }
        let interrupt = self.begin_statement(&statement.text);
        let (statement, bound) = match &statement.statement {
            Statement::Execute { name, values } => self.executed(name, values, &interrupt).await?,
            other => {
                let bound = match other.query() {
                    Some(_) => {
                        let query = self.prepare(statement, Vec::new(), &interrupt).await?;
                        Some(Bound { query, values: Vec::new() })
                    }
                    None => None,
                };
                (Arc::clone(statement), bound)
            }
        };
        let statement = &statement;
        let response = match (&statement.statement, bound) {
            (Statement::Query(query), Some(Bound { query: prepared, values })) => {
                self.writer.put(&row_description(&prepared.prepared.schema, &[]));
                Response::Rows(Box::new(self.start(&prepared, values, &[], query.tag())?))
            }
            (other, bound) => {
                let returning = bound.as_ref().and_then(|bound| bound.query.returning.as_ref());
                let schema = match returning {
                    Some(returning) => Some(Arc::clone(&returning.schema)),
                    None => self.command_schema(other)?,
                };
                if let Some(schema) = schema {
                    self.writer.put(&row_description(&schema, &[]));
                }
                self.command(statement, bound, &[], &interrupt).await?
            }
        };
        let mut tag = match response {
            Response::Command(tag) => tag,
            Response::Rows(mut rows) => {
                let (sent, _) = self.send_rows(&mut rows, usize::MAX, &interrupt).await?;
                Self::rows_tag(&rows, sent)
            }
        };
        // The text is one transaction: it is true before the last of it is acknowledged.
        if is_last && !self.session.in_block() {
            tag = self.commit_writes(false).await?.unwrap_or(tag);
        }
        self.writer.put(&PgWireBackendMessage::CommandComplete(CommandComplete::new(tag)));
        Ok(())
    }
}
