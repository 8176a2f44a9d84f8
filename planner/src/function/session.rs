//! Functions that tell a statement about its session.
//!
//! <https://www.postgresql.org/docs/15/functions-info.html>

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use storage::schema::PG_TYPE_KEY;

use crate::catalog::StatementContext;

/// What `version()` answers: tools read the number behind the first word.
const VERSION: &str = concat!("PostgreSQL 15.8 (Tidegate ", env!("CARGO_PKG_VERSION"), ")");

/// A function without arguments whose answer does not change within a statement.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Constant {
    name: &'static str,
    aliases: Vec<String>,
    value: ScalarValue,
    signature: Signature,
}

/// The constants of one statement.
pub(super) fn functions(context: &Arc<StatementContext>) -> Vec<Constant> {
    let session = &context.session;
    let of = |name, aliases: &[&str], value: Option<&str>| Constant {
        name,
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        value: ScalarValue::Utf8View(value.map(str::to_owned)),
        signature: Signature::nullary(Volatility::Stable),
    };
    let text = |name, aliases: &[&str], value: &str| of(name, aliases, Some(value));
    let schemas = session.path.existing(context.snapshot.catalog(), false);
    vec![
        text("version", &[], VERSION),
        text("current_user", &["session_user", "user", "current_role"], &session.user),
        text("current_database", &["current_catalog"], &session.database),
        of("current_schema", &[], schemas.first().map(String::as_str)),
        Constant {
            name: "pg_backend_pid",
            aliases: Vec::new(),
            value: ScalarValue::from(session.process_id),
            signature: Signature::nullary(Volatility::Stable),
        },
    ]
}

impl ScalarUDFImpl for Constant {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(self.value.data_type())
    }

    fn return_field_from_args(&self, _args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let field = Field::new(self.name, self.value.data_type(), true);
        // Of who and where the answer is a name.
        Ok(Arc::new(match self.name.starts_with("current_") {
            true => field.with_metadata([(PG_TYPE_KEY.to_owned(), "name".to_owned())].into()),
            false => field,
        }))
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(self.value.clone()))
    }
}
