//! The extended protocol: Parse, Bind, Describe, Execute, Close.

use std::sync::Arc;

use arrow::datatypes::{FieldRef, SchemaRef};
use pgwire::messages::PgWireBackendMessage as Backend;
use pgwire::messages::data::{NoData, ParameterDescription};
use pgwire::messages::extendedquery::{
    Bind, BindComplete, Close, CloseComplete, Describe, Execute, Parse, ParseComplete, PortalSuspended,
    TARGET_TYPE_BYTE_PORTAL, TARGET_TYPE_BYTE_STATEMENT,
};
use pgwire::messages::response::{CommandComplete, EmptyQueryResponse};
use planner::SqlError;
use planner::statement::Statement;

use super::connection::Connection;
use super::encode::Format;
use super::execute::{Bound, Failure, Response, row_description};
use super::parameters;
use super::types::{PgType, Scalar, UNKNOWN_OID};
use crate::session::{Portal, PortalState, PreparedQuery, PreparedStatement};

impl Connection {
    pub(super) async fn parse_message(&mut self, message: Parse) -> Result<(), Failure> {
        let mut statements = self.parse(message.query).await?;
        statements.retain(|statement| !matches!(statement.statement, Statement::Empty));
        if statements.len() > 1 {
            return Err(
                SqlError::new("42601", "cannot insert multiple commands into a prepared statement").into()
            );
        }
        let statement = statements.pop().map(Arc::new);
        if !statement.as_ref().is_some_and(|statement| statement.statement.ends_failure()) {
            self.session.check_not_failed()?;
        }
        let mut declared =
            message.type_oids.iter().map(|oid| declared_type(*oid)).collect::<Result<Vec<_>, _>>()?;
        let mut prepared = PreparedStatement { statement, query: None, parameters: Vec::new() };
        if let Some(statement) = &prepared.statement
            && let Some(query) = statement.statement.query()
        {
            parameters::declared::by_casts(&query.ast, &mut declared);
            let interrupt = self.begin_statement(&statement.text);
            let arrow = declared.iter().map(|pg| pg.map(PgType::arrow)).collect();
            let query = self.prepare(statement, arrow, &interrupt).await?;
            prepared.parameters = parameter_types(&declared, &query.prepared.parameters);
            prepared.query = Some(query);
        } else {
            prepared.parameters = parameter_types(&declared, &[]);
        }
        self.session.put_statement(message.name.unwrap_or_default(), prepared)?;
        self.writer.put(&Backend::ParseComplete(ParseComplete::new()));
        Ok(())
    }

    pub(super) async fn bind(&mut self, message: Bind) -> Result<(), Failure> {
        let statement = self.session.statement(message.statement_name.as_deref().unwrap_or_default())?;
        if !ends_block(&statement) {
            self.session.check_not_failed()?;
        }
        let expected = statement.parameters.len();
        if message.parameters.len() != expected {
            return Err(SqlError::new(
                "08P01",
                format!(
                    "bind message supplies {} parameters, but prepared statement \"{}\" requires {expected}",
                    message.parameters.len(),
                    message.statement_name.as_deref().unwrap_or_default(),
                ),
            )
            .into());
        }
        let value_formats = formats(&message.parameter_format_codes, expected, "parameter")?;
        let query = match &statement.query {
            Some(query) => Some(self.current(&statement, query).await?),
            None => None,
        };
        let targets = query.as_ref().map_or(&[][..], |query| &query.prepared.parameters);
        let zone = self.session.settings().zone();
        let mut values = Vec::with_capacity(expected);
        for (index, value) in message.parameters.iter().enumerate() {
            let format = *value_formats.get(index).or(value_formats.first()).unwrap_or(&Format::Text);
            let pg = statement.parameters[index];
            let target = targets.get(index).map_or_else(|| pg.arrow(), |field| field.data_type().clone());
            values.push(parameters::decode(value.as_deref(), pg, format, &target, zone, index + 1)?);
        }
        let columns = self.schema_of(&statement)?.map_or(0, |schema| schema.fields().len());
        let formats = formats(&message.result_column_format_codes, columns, "result")?;
        let name = message.portal_name.unwrap_or_default();
        let portal = Portal { statement, query, parameters: values, formats, state: PortalState::Ready };
        self.session.put_portal(name, portal)?;
        self.writer.put(&Backend::BindComplete(BindComplete::new()));
        Ok(())
    }

    /// The query as it stands in today's catalog. A result that the client was told to be of
    /// other columns is refused, as in PostgreSQL.
    pub(super) async fn current(
        &mut self,
        statement: &PreparedStatement,
        query: &PreparedQuery,
    ) -> Result<PreparedQuery, Failure> {
        let snapshot = self.session.snapshot(&self.shared.database)?;
        let Some(parsed) = statement.statement.as_ref() else { return Ok(query.clone()) };
        let planner = self.session.planner();
        let same_session = query.style == planner.style() && query.path == planner.path;
        if same_session && Arc::ptr_eq(snapshot.catalog(), &query.catalog) {
            return Ok(query.clone());
        }
        let interrupt = self.begin_statement(&parsed.text);
        let types = query.prepared.parameters.iter().map(|field| Some(field.data_type().clone())).collect();
        let again = self.prepare(parsed, types, &interrupt).await?;
        let described = |schema: &SchemaRef| {
            let fields = schema.fields().iter();
            fields.map(|field| (field.name().clone(), PgType::of_field(field))).collect::<Vec<_>>()
        };
        if described(&again.prepared.schema) != described(&query.prepared.schema) {
            return Err(SqlError::new("0A000", "cached plan must not change result type").into());
        }
        Ok(again)
    }

    fn schema_of(&self, statement: &PreparedStatement) -> Result<Option<SchemaRef>, SqlError> {
        let Some(parsed) = &statement.statement else { return Ok(None) };
        match (&parsed.statement, &statement.query) {
            (Statement::Query(_), Some(query)) => Ok(Some(Arc::clone(&query.prepared.schema))),
            (Statement::Insert(_) | Statement::Delete(_), Some(query)) => {
                Ok(query.returning.as_ref().map(|returning| Arc::clone(&returning.schema)))
            }
            (Statement::Execute { name, .. }, _) => self.schema_of(&*self.session.statement(name)?),
            (other, _) => self.command_schema(other),
        }
    }

    pub(super) fn describe(&mut self, message: &Describe) -> Result<(), Failure> {
        let name = message.name.as_deref().unwrap_or_default();
        let (statement, formats) = match message.target_type {
            TARGET_TYPE_BYTE_STATEMENT => {
                let statement = self.session.statement(name)?;
                let types = statement.parameters.iter().map(|pg| pg.oid()).collect();
                self.writer.put(&Backend::ParameterDescription(ParameterDescription::new(types)));
                (statement, Vec::new())
            }
            // A cursor declared in SQL is a portal too.
            TARGET_TYPE_BYTE_PORTAL
                if self.session.portal(name).is_err() && self.session.cursor(name).is_ok() =>
            {
                self.session.check_not_failed()?;
                let cursor = self.session.cursor(name)?;
                let formats = if cursor.binary { &[Format::Binary][..] } else { &[] };
                self.writer.put(&row_description(&cursor.schema, formats));
                return Ok(());
            }
            TARGET_TYPE_BYTE_PORTAL => {
                let portal = self.session.portal(name)?;
                (Arc::clone(&portal.statement), portal.formats.clone())
            }
            other => return Err(invalid_target(other, "DESCRIBE")),
        };
        if !ends_block(&statement) {
            self.session.check_not_failed()?;
        }
        match self.schema_of(&statement)? {
            Some(schema) => self.writer.put(&row_description(&schema, &formats)),
            None => self.writer.put(&Backend::NoData(NoData::new())),
        }
        Ok(())
    }

    pub(super) async fn execute(&mut self, message: Execute) -> Result<(), Failure> {
        let name = message.name.unwrap_or_default();
        let mut portal = self.session.take_portal(&name)?;
        let rows_max = usize::try_from(message.max_rows).ok().filter(|rows| *rows > 0).unwrap_or(usize::MAX);
        self.execute_portal(&mut portal, rows_max).await?;
        // A statement that ended the block has ended its portals too; this one is at its end.
        self.session.return_portal(name, portal);
        Ok(())
    }

    async fn execute_portal(&mut self, portal: &mut Portal, rows_max: usize) -> Result<(), Failure> {
        let Some(statement) = portal.statement.statement.clone() else {
            self.writer.put(&Backend::EmptyQueryResponse(EmptyQueryResponse::new()));
            return Ok(());
        };
        if !ends_block(&portal.statement) {
            self.session.check_not_failed()?;
        }
        let interrupt = self.begin_statement(&statement.text);
        let mut rows = match std::mem::replace(&mut portal.state, PortalState::Done) {
            PortalState::Running(rows) => rows,
            PortalState::Done => {
                let tag = match statement.statement {
                    Statement::Query(_) => "SELECT 0".to_owned(),
                    _ => return Err(SqlError::new("55000", "portal cannot be run anew").into()),
                };
                self.writer.put(&Backend::CommandComplete(CommandComplete::new(tag)));
                return Ok(());
            }
            PortalState::Ready => {
                let values = std::mem::take(&mut portal.parameters);
                let (statement, bound) = match &statement.statement {
                    Statement::Execute { name, values } => self.executed(name, values, &interrupt).await?,
                    _ => {
                        let bound = portal.query.clone().map(|query| Bound { query, values });
                        (Arc::clone(&statement), bound)
                    }
                };
                match (&statement.statement, bound) {
                    (Statement::Query(query), Some(Bound { query: prepared, values })) => {
                        Box::new(self.start(&prepared, values, &portal.formats, query.tag())?)
                    }
                    (_, bound) => match self.command(&statement, bound, &portal.formats, &interrupt).await? {
                        Response::Rows(rows) => rows,
                        Response::Command(mut tag) => {
                            // What ends with it is true before it is acknowledged, so that a DELETE that
                            // is run again can say what it has deleted at last.
                            if self.session.is_repeatable() && self.reader.is_sync_next() {
                                tag = self.commit_writes(false).await?.unwrap_or(tag);
                            }
                            self.writer.put(&Backend::CommandComplete(CommandComplete::new(tag)));
                            return Ok(());
                        }
                    },
                }
            }
        };
        let (sent, ended) = self.send_rows(&mut rows, rows_max, &interrupt).await?;
        if ended {
            let tag = Self::rows_tag(&rows, sent);
            self.writer.put(&Backend::CommandComplete(CommandComplete::new(tag)));
        } else {
            portal.state = PortalState::Running(rows);
            self.writer.put(&Backend::PortalSuspended(PortalSuspended::new()));
        }
        Ok(())
    }

    pub(super) fn close_message(&mut self, message: &Close) -> Result<(), Failure> {
        let name = message.name.as_deref().unwrap_or_default();
        match message.target_type {
            TARGET_TYPE_BYTE_STATEMENT => drop(self.session.drop_statement(name)),
            TARGET_TYPE_BYTE_PORTAL => {
                self.session.drop_portal(name);
                // No cursor of that name is no error either.
                let _ = self.session.take_cursor(name);
            }
            other => return Err(invalid_target(other, "CLOSE")),
        }
        self.writer.put(&Backend::CloseComplete(CloseComplete::new()));
        Ok(())
    }
}

/// COMMIT and ROLLBACK work in a failed block too.
fn ends_block(statement: &PreparedStatement) -> bool {
    statement.statement.as_ref().is_some_and(|parsed| parsed.statement.ends_failure())
}

fn invalid_target(target: u8, message: &str) -> Failure {
    SqlError::new("08P01", format!("invalid {message} message subtype {target}")).into()
}

/// The type that a client declared; None where it left it open.
fn declared_type(oid: u32) -> Result<Option<PgType>, SqlError> {
    match oid {
        0 | UNKNOWN_OID => Ok(None),
        oid => PgType::from_oid(oid).map(Some).ok_or_else(|| {
            SqlError::new("42704", format!("type with OID {oid} is not known as a parameter's type"))
        }),
    }
}

/// What the client declared, and for the rest what the planner found.
pub(super) fn parameter_types(declared: &[Option<PgType>], found: &[FieldRef]) -> Vec<PgType> {
    (0..declared.len().max(found.len()))
        .map(|index| {
            let declared = declared.get(index).copied().flatten();
            let pg = declared.or_else(|| found.get(index).map(|field| PgType::of_field(field)));
            // Nothing in the statement says what it is: text, as PostgreSQL decides too.
            PgType { modifier: -1, ..pg.unwrap_or(PgType::new(Scalar::Text)) }
        })
        .collect()
}

/// None for all text, one for all, or one each.
fn formats(codes: &[i16], count: usize, what: &str) -> Result<Vec<Format>, SqlError> {
    if codes.len() > 1 && codes.len() != count {
        return Err(SqlError::new(
            "08P01",
            format!("bind message has {} {what} formats but {count} {what}s", codes.len()),
        ));
    }
    codes
        .iter()
        .map(|code| {
            Format::from_code(*code)
                .ok_or_else(|| SqlError::new("22023", format!("unsupported format code: {code}")))
        })
        .collect()
}
