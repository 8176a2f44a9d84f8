//! `PREPARE` and `EXECUTE`: prepared statements as SQL has them, which are those of the protocol.

use std::sync::Arc;

use datafusion::common::ScalarValue;
use planner::SqlError;
use planner::statement::{ParsedStatement, Prepare, Statement};

use super::connection::Connection;
use super::execute::{Bound, Failure};
use super::parameters;
use super::types::{PgType, Scalar};
use crate::session::PreparedStatement;
use crate::sessions::Interrupt;

impl Connection {
    /// `PREPARE`; `start` is where its text begins in what the client sent.
    pub(super) async fn prepare_statement(
        &mut self,
        prepare: &Prepare,
        start: usize,
        interrupt: &Interrupt,
    ) -> Result<(), Failure> {
        if self.session.statement(&prepare.name).is_ok() {
            let message = format!("prepared statement \"{}\" already exists", prepare.name);
            return Err(SqlError::new("42P05", message).into());
        }
        let mut declared = Vec::with_capacity(prepare.types.len());
        for written in &prepare.types {
            declared.push(Some(self.type_named(written, interrupt).await?));
        }
        let inner = &prepare.statement;
        let statement = ParsedStatement { start: start + inner.start, ..ParsedStatement::clone(inner) };
        let statement = Arc::new(statement);
        let mut prepared = PreparedStatement {
            statement: Some(Arc::clone(&statement)),
            query: None,
            parameters: Vec::new(),
        };
        if let Some(query) = statement.statement.query() {
            parameters::declared::by_casts(&query.ast, &mut declared);
            let arrow = declared.iter().map(|pg| pg.map(PgType::arrow)).collect();
            let query = self.prepare(&statement, arrow, interrupt).await?;
            prepared.parameters = super::extended::parameter_types(&declared, &query.prepared.parameters);
            prepared.query = Some(query);
        }
        Ok(self.session.put_statement(prepare.name.clone(), prepared)?)
    }

    /// The statement that `EXECUTE` means, with the values of its parameters.
    pub(super) async fn executed(
        &mut self,
        name: &str,
        values: &[String],
        interrupt: &Interrupt,
    ) -> Result<(Arc<ParsedStatement>, Option<Bound>), Failure> {
        let prepared = self.session.statement(name)?;
        let statement = prepared.statement.clone();
        let statement = statement.ok_or_else(|| SqlError::new("26000", "the prepared statement is empty"))?;
        let expected = prepared.parameters.len();
        if values.len() != expected {
            let message = format!("wrong number of parameters for prepared statement \"{name}\"");
            return Err(SqlError::new("42601", message)
                .with_detail(format!("Expected {expected} parameters but got {}.", values.len()))
                .into());
        }
        let Some(query) = &prepared.query else { return Ok((statement, None)) };
        let query = self.current(&prepared, query).await?;
        let casts = values.iter().zip(&prepared.parameters);
        let casts = casts.map(|(value, pg)| match pg.scalar {
            // Its name alone would be one character long.
            Scalar::Bpchar if !pg.array => format!("rtrim(({value})::text)"),
            _ => format!("({value})::{}", pg.name()),
        });
        let casts: Vec<_> = casts.collect();
        let mut bound = Vec::with_capacity(expected);
        if !casts.is_empty() {
            let row = self.constants(&format!("SELECT {}", casts.join(", ")), interrupt).await?;
            for (index, value) in row.into_iter().enumerate() {
                let target = query.prepared.parameters.get(index);
                let target = target
                    .map_or_else(|| prepared.parameters[index].arrow(), |field| field.data_type().clone());
                bound.push(value.cast_to(&target).map_err(SqlError::from)?);
            }
        }
        Ok((statement, Some(Bound { query, values: bound })))
    }

    /// The type that a name means.
    async fn type_named(&mut self, written: &str, interrupt: &Interrupt) -> Result<PgType, Failure> {
        let statement = constant(&format!("SELECT NULL::{written}"))?;
        let query = self.prepare(&statement, Vec::new(), interrupt).await?;
        let pg = query.prepared.schema.fields().first().map(|field| PgType::of_field(field));
        let pg = pg.ok_or_else(|| SqlError::new("42704", format!("type \"{written}\" does not exist")))?;
        Ok(PgType { modifier: -1, ..pg })
    }

    /// The one row of a query that reads no table.
    async fn constants(&mut self, sql: &str, interrupt: &Interrupt) -> Result<Vec<ScalarValue>, Failure> {
        let statement = constant(sql)?;
        let unplaced = |error: SqlError| SqlError { position: None, ..error };
        let query = match self.prepare(&statement, Vec::new(), interrupt).await {
            Err(Failure::Statement(error)) => return Err(unplaced(error).into()),
            prepared => prepared?,
        };
        let mut rows = self.start(&query, Vec::new(), &[], "SELECT")?;
        let mut values = Vec::new();
        while let Some(batch) = self.reader.watch(interrupt, rows.next()).await?? {
            if batch.num_rows() > 0 {
                let row = batch.columns().iter().map(|column| ScalarValue::try_from_array(column, 0));
                values = row.collect::<Result<_, _>>().map_err(SqlError::from)?;
            }
        }
        Ok(values)
    }
}

fn constant(sql: &str) -> Result<Arc<ParsedStatement>, SqlError> {
    let mut statements = planner::statement::parse(sql)?;
    match (statements.pop(), statements.is_empty()) {
        (Some(statement), true) if matches!(statement.statement, Statement::Query(_)) => {
            Ok(Arc::new(statement))
        }
        _ => Err(SqlError::new("42601", "syntax error")),
    }
}
