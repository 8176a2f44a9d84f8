//! Functions that tell a statement about its session.
//!
//! <https://www.postgresql.org/docs/15/functions-info.html>

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use crate::catalog::{PUBLIC, StatementContext};

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
    let text = |name, aliases: &[&str], value: &str| Constant {
        name,
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        value: ScalarValue::Utf8View(Some(value.to_owned())),
        signature: Signature::nullary(Volatility::Stable),
    };
    vec![
        text("version", &[], VERSION),
        text("current_user", &["session_user", "user", "current_role"], &session.user),
        text("current_database", &["current_catalog"], &session.database),
        text("current_schema", &[], PUBLIC),
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

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(self.value.clone()))
    }
}
