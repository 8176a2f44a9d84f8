//! The simple protocol: a text of statements, answered one after the other.

use std::sync::Arc;

use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::response::{CommandComplete, EmptyQueryResponse};
use planner::statement::{ParsedStatement, Statement};

use super::connection::Connection;
use super::execute::{Failure, Response, row_description};

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
        if !matches!(statement.statement, Statement::Commit | Statement::Rollback) {
            self.session.check_not_failed()?;
        }
        let interrupt = self.begin_statement(&statement.text);
        let response = match &statement.statement {
            Statement::Query(query) => {
                let prepared = self.prepare(statement, Vec::new(), &interrupt).await?;
                self.writer.put(&row_description(&prepared.prepared.schema, &[]));
                Response::Rows(Box::new(self.start(&prepared, query, Vec::new(), &[])))
            }
            other => {
                let response = self.command(statement, &[], &interrupt).await?;
                if let Some(schema) = super::execute::fixed_schema(other, self.session.settings()) {
                    self.writer.put(&row_description(&schema, &[]));
                }
                response
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
