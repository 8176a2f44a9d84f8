//! The functions that tools ask the catalog with.
//!
//! They are asked for tens of rows, so they work row by row on [`Value`]s.
//!
//! <https://www.postgresql.org/docs/15/functions-info.html>

use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use storage::catalog::CatalogObject;
use storage::dead_letters;
use storage::schema::Column;

use super::relations::{
    OWNER_OID, StoredRelation, TEMPORARY_OID, default_of, made_up, number_of, schemas, stored, views,
};
use super::types;
use crate::catalog::{Found, StatementContext};
use crate::error::SqlError;
use crate::search_path::no_schema;
use crate::statement::quote_identifier;
use crate::system_table::table::{Kind, Value, array};

type Body = fn(&StatementContext, &[Value]) -> Result<Value, SqlError>;

/// Every function: name, type of the result, what it does.
const FUNCTIONS: &[(&str, Kind, Body)] = &[
    ("col_description", Kind::Text, |context, args| Ok(col_description(context, args))),
    ("current_schemas", Kind::TextArray, |context, args| Ok(current_schemas(context, args))),
    ("current_setting", Kind::Text, current_setting),
    ("format_type", Kind::Text, |_, args| Ok(format_type(args))),
    ("obj_description", Kind::Text, |context, args| Ok(obj_description(context, args))),
    // Nothing takes such locks.
    ("pg_advisory_unlock_all", Kind::Text, |_, _| Ok(Some(String::new()).into())),
    ("pg_cancel_backend", Kind::Bool, |context, args| Ok(context.system.cancel(process(args)).into())),
    ("pg_client_encoding", Kind::Name, |_, _| Ok(Some("UTF8".to_owned()).into())),
    ("pg_column_default", Kind::Text, |context, args| Ok(column_default(context, args))),
    ("pg_database_size", Kind::Int8, |context, _| Ok(database_size(context).into())),
    ("pg_encoding_to_char", Kind::Name, |_, args| Ok(encoding(args).into())),
    ("pg_get_expr", Kind::Text, |_, args| Ok(args.first().cloned().unwrap_or(Value::Null))),
    ("pg_get_userbyid", Kind::Name, |context, args| Ok(user_by_id(context, args).into())),
    ("pg_is_in_recovery", Kind::Bool, |_, _| Ok(false.into())),
    // Of others nothing is seen.
    ("pg_is_other_temp_schema", Kind::Bool, |_, _| Ok(false.into())),
    ("pg_my_temp_schema", Kind::Oid, |context, _| Ok(my_temp_schema(context))),
    ("pg_relation_is_publishable", Kind::Bool, |_, _| Ok(false.into())),
    ("pg_relation_size", Kind::Int8, |context, args| Ok(relation_size(context, args))),
    ("pg_size_pretty", Kind::Text, |_, args| Ok(integer(args, 0).map(size_pretty).into())),
    ("pg_table_is_visible", Kind::Bool, |context, args| Ok(is_visible(context, args))),
    ("pg_table_size", Kind::Int8, |context, args| Ok(relation_size(context, args))),
    ("pg_terminate_backend", Kind::Bool, |context, args| Ok(context.system.terminate(process(args)).into())),
    ("pg_total_relation_size", Kind::Int8, |context, args| Ok(relation_size(context, args))),
    ("pg_get_viewdef", Kind::Text, |context, args| Ok(view_definition(context, args))),
    ("regclassin", Kind::Oid, regclass_in),
    ("regclassout", Kind::Text, |context, args| Ok(regclass_out(context, args))),
    ("regnamespaceout", Kind::Text, |context, args| Ok(regnamespace_out(context, args))),
    ("regtypein", Kind::Oid, |_, args| regtype_in(args)),
    ("regtypeout", Kind::Text, |_, args| Ok(format_type(&args[..args.len().min(1)]))),
    ("set_config", Kind::Text, set_config),
    ("to_regclass", Kind::Oid, |context, args| Ok(regclass_in(context, args).unwrap_or(Value::Null))),
    ("to_regtype", Kind::Oid, |_, args| Ok(regtype_in(args).unwrap_or(Value::Null))),
];

/// Functions about what does not exist here: null.
const NOTHING: &[&str] = &[
    "pg_get_constraintdef",
    "pg_get_function_arguments",
    "pg_get_function_identity_arguments",
    "pg_get_function_result",
    "pg_get_functiondef",
    "pg_get_indexdef",
    "pg_get_partkeydef",
    "pg_get_ruledef",
    "pg_get_serial_sequence",
    "pg_get_statisticsobjdef_columns",
    "pg_get_triggerdef",
    "pg_tablespace_location",
    "shobj_description",
];

/// Functions about what everyone may and sees: true.
const ALLOWED: &[&str] = &[
    "has_any_column_privilege",
    "has_column_privilege",
    "has_database_privilege",
    "has_function_privilege",
    "has_schema_privilege",
    "has_sequence_privilege",
    "has_table_privilege",
    "has_tablespace_privilege",
    "has_type_privilege",
    "pg_collation_is_visible",
    "pg_function_is_visible",
    "pg_has_role",
    "pg_type_is_visible",
];

/// The functions, which [`bind`] binds to a statement.
pub(crate) fn functions() -> Vec<ScalarUDF> {
    let nothing = NOTHING.iter().map(|name| (*name, Kind::Text, (|_, _| Ok(Value::Null)) as Body));
    let allowed = ALLOWED.iter().map(|name| (*name, Kind::Bool, (|_, _| Ok(true.into())) as Body));
    FUNCTIONS
        .iter()
        .copied()
        .chain(nothing)
        .chain(allowed)
        .map(|(name, returns, body)| {
            ScalarUDF::from(Function { name, returns, body, context: None, signature: signature(name) })
        })
        .collect()
}

/// A call of one of them that sees a statement's snapshot and session.
pub(crate) fn bind(expr: Expr, context: &Arc<StatementContext>) -> Transformed<Expr> {
    let Expr::ScalarFunction(mut call) = expr else { return Transformed::no(expr) };
    let function: &dyn Any = call.func.inner().as_ref();
    let Some(function) = function.downcast_ref::<Function>() else {
        return Transformed::no(Expr::ScalarFunction(call));
    };
    let signature = function.signature.clone();
    let bound = Function { context: Some(Arc::clone(context)), signature, ..*function };
    call.func = Arc::new(ScalarUDF::from(bound));
    Transformed::yes(Expr::ScalarFunction(call))
}

fn signature(name: &str) -> Signature {
    // What changes something must run, once a row.
    let volatility = match name {
        "pg_cancel_backend" | "pg_terminate_backend" | "set_config" => Volatility::Volatile,
        _ => Volatility::Stable,
    };
    Signature::one_of(vec![TypeSignature::VariadicAny, TypeSignature::Nullary], volatility)
}

#[derive(Debug)]
struct Function {
    name: &'static str,
    returns: Kind,
    body: Body,
    /// None while a statement is planned.
    context: Option<Arc<StatementContext>>,
    signature: Signature,
}

/// Two of one name within a statement are the same.
impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        let context = |function: &Self| function.context.as_ref().map(Arc::as_ptr);
        self.name == other.name && context(self) == context(other)
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.returns.arrow())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(context) = &self.context else {
            return internal_err!("{} is not bound to a statement", self.name);
        };
        let is_scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if is_scalar { 1 } else { args.number_rows };
        let arrays = args.args.into_iter().map(|arg| arg.into_array(rows)).collect::<Result<Vec<_>>>()?;
        let columns = arrays.iter().map(values).collect::<Result<Vec<_>>>()?;
        let mut results = Vec::with_capacity(rows);
        for row in 0..rows {
            let args: Vec<_> = columns.iter().map(|column| column[row].clone()).collect();
            results.push(vec![(self.body)(context, &args)?]);
        }
        let result = array(self.returns, &results, 0);
        Ok(match is_scalar {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?),
            false => ColumnarValue::Array(result),
        })
    }
}

/// An argument's values: numbers as numbers, all else as text.
fn values(column: &ArrayRef) -> Result<Vec<Value>> {
    Ok(match column.data_type() {
        DataType::Boolean => column.as_boolean().iter().map(Value::from).collect(),
        data_type if data_type.is_integer() => {
            let column = cast(column, &DataType::Int64)?;
            column.as_primitive::<Int64Type>().iter().map(Value::from).collect()
        }
        data_type if data_type.is_floating() => {
            let column = cast(column, &DataType::Float64)?;
            column.as_primitive::<Float64Type>().iter().map(Value::from).collect()
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let column = cast(column, &DataType::Utf8View)?;
            column.as_string_view().iter().map(Value::from).collect()
        }
        _ => vec![Value::Null; column.len()],
    })
}

fn integer(args: &[Value], index: usize) -> Option<i64> {
    match args.get(index)? {
        Value::Int(value) => Some(*value),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn oid(args: &[Value], index: usize) -> Option<u32> {
    integer(args, index).and_then(|oid| u32::try_from(oid).ok())
}

fn text(args: &[Value], index: usize) -> Option<String> {
    match args.get(index)? {
        Value::Text(text) => Some(text.clone()),
        Value::Int(value) => Some(value.to_string()),
        _ => None,
    }
}

/// The session takes it when the statement is done.
fn set_config(context: &StatementContext, args: &[Value]) -> Result<Value, SqlError> {
    let Some(name) = text(args, 0) else {
        return Err(SqlError::new("22004", "SET requires parameter name"));
    };
    let value = text(args, 1).unwrap_or_default();
    let local = matches!(args.get(2), Some(Value::Bool(true)));
    let value = context.system.set(context.session.process_id, &name, &value, local)?;
    Ok(Some(value).into())
}

fn process(args: &[Value]) -> i32 {
    integer(args, 0).and_then(|id| i32::try_from(id).ok()).unwrap_or(0)
}

fn find<T>(
    context: &StatementContext,
    args: &[Value],
    found: impl FnOnce(&StoredRelation<'_>) -> Option<T>,
) -> Option<T> {
    let oid = oid(args, 0)?;
    stored(context).iter().find(|relation| relation.oid() == oid).and_then(found)
}

/// By OID or by name.
fn view_definition(context: &StatementContext, args: &[Value]) -> Value {
    let Ok(Value::Int(oid)) = regclass_in(context, args) else { return Value::Null };
    let found = views(context).find(|(entry, _)| i64::from(entry.id.oid()) == oid);
    found.map(|(_, view)| format!(" {};", view.query)).into()
}

fn obj_description(context: &StatementContext, args: &[Value]) -> Value {
    let oid = oid(args, 0);
    let mut entries = context.snapshot.catalog().entries.values();
    entries.find(|entry| Some(entry.id.oid()) == oid).and_then(|entry| entry.comment.clone()).into()
}

/// Something of the column with the number that comes second.
fn find_column(
    context: &StatementContext,
    args: &[Value],
    found: impl FnOnce(&Column) -> Option<String>,
) -> Value {
    let number = integer(args, 1);
    find(context, args, |relation| {
        let columns = &relation.table.schema.columns;
        found(columns.iter().find(|column| Some(number_of(column)) == number)?)
    })
    .into()
}

fn col_description(context: &StatementContext, args: &[Value]) -> Value {
    find_column(context, args, |column| column.comment.clone())
}

fn column_default(context: &StatementContext, args: &[Value]) -> Value {
    find_column(context, args, |column| default_of(column).map(str::to_owned))
}

fn current_schemas(context: &StatementContext, args: &[Value]) -> Value {
    let implied = args.first() == Some(&Value::Bool(true));
    Value::Texts(context.session.path.existing(context.snapshot.catalog(), implied))
}

/// 0 where the session has no temporary tables.
fn my_temp_schema(context: &StatementContext) -> Value {
    schemas(context).iter().map(|(oid, _)| *oid).find(|oid| *oid == TEMPORARY_OID).unwrap_or(0).into()
}

fn current_setting(context: &StatementContext, args: &[Value]) -> Result<Value, SqlError> {
    let Some(name) = text(args, 0) else { return Ok(Value::Null) };
    let key = name.to_lowercase();
    if let Some(value) = context.session.settings.get(&key) {
        return Ok(value.as_str().into());
    }
    if let Some(setting) = context.system.settings().iter().find(|setting| setting.name.to_lowercase() == key)
    {
        return Ok(setting.value.as_str().into());
    }
    match args.get(1) {
        Some(Value::Bool(true)) => Ok(Value::Null),
        _ => Err(SqlError::new("42704", format!("unrecognized configuration parameter \"{name}\""))),
    }
}

fn format_type(args: &[Value]) -> Value {
    let modifier = integer(args, 1).and_then(|modifier| i32::try_from(modifier).ok());
    oid(args, 0).map(|oid| types::format_type(oid, modifier)).into()
}

fn encoding(args: &[Value]) -> &'static str {
    if integer(args, 0) == Some(6) { "UTF8" } else { "" }
}

fn user_by_id(context: &StatementContext, args: &[Value]) -> String {
    match oid(args, 0) {
        Some(OWNER_OID) => context.session.user.clone(),
        other => format!("unknown (OID={})", other.unwrap_or(0)),
    }
}

fn size_of(context: &StatementContext, relation: &StoredRelation<'_>) -> u64 {
    context.snapshot.segments(relation.table.id).iter().map(|segment| segment.bytes).sum()
}

fn relation_size(context: &StatementContext, args: &[Value]) -> Value {
    let stored = find(context, args, |relation| Some(size_of(context, relation)));
    let made_up = oid(args, 0).filter(|oid| made_up().any(|(_, _, table)| table.oid == *oid));
    stored.or(made_up.map(|_| 0)).into()
}

fn database_size(context: &StatementContext) -> u64 {
    stored(context).iter().map(|relation| size_of(context, relation)).sum()
}

/// As PostgreSQL rounds it: the next unit from ten of it on.
fn size_pretty(bytes: i64) -> String {
    let mut value = bytes;
    for unit in ["bytes", "kB", "MB", "GB"] {
        if value.abs() < 10 * 1024 {
            return format!("{value} {unit}");
        }
        value = (value / 512 + value.signum()) / 2;
    }
    format!("{value} TB")
}

/// The schema and the name of a relation.
fn relation(context: &StatementContext, oid: u32) -> Option<(String, String)> {
    let owned = |schema: &str, name: &str| (schema.to_owned(), name.to_owned());
    let catalog = context.snapshot.catalog();
    if let Some(entry) = catalog.entries.values().find(|entry| entry.id.oid() == oid) {
        let is_relation = !matches!(entry.object, CatalogObject::Schema | CatalogObject::Connection(_));
        return is_relation.then(|| owned(&entry.schema, &entry.name));
    }
    if let Some((entry, _)) = catalog.sources().find(|(_, source)| source.dead_letters.id.oid() == oid) {
        return Some(owned(&entry.schema, &format!("{}{}", entry.name, dead_letters::SUFFIX)));
    }
    made_up().find(|(_, _, table)| table.oid == oid).map(|(_, schema, table)| owned(schema, table.name))
}

/// Whether a relation is found without a schema before its name; null where there is none.
fn is_visible(context: &StatementContext, args: &[Value]) -> Value {
    let found = oid(args, 0).and_then(|oid| relation(context, oid));
    let path = &context.session.path;
    found.map(|(schema, name)| path.shows(context.snapshot.catalog(), &schema, &name)).into()
}

/// The OID of a relation by its name, which may be quoted and have a schema before it.
fn regclass_in(context: &StatementContext, args: &[Value]) -> Result<Value, SqlError> {
    let Some(written) = text(args, 0) else { return Ok(Value::Null) };
    if let Ok(oid) = written.parse::<u32>() {
        return Ok(oid.into());
    }
    let (path, catalog) = (&context.session.path, context.snapshot.catalog());
    let parts = name_parts(&written);
    let (schema, name) = match parts.as_slice() {
        [name] => (None, name.as_str()),
        [.., schema, name] => (Some(schema.as_str()), name.as_str()),
        [] => (None, ""),
    };
    let oid = match context.find(schema, name) {
        // A source's own, or that of its dead letters.
        Some(Found::Entry(entry)) => {
            let table = context.snapshot.catalog().table(&entry.schema, name);
            Some(table.map_or(entry.id.oid(), |(_, table)| table.id.oid()))
        }
        Some(Found::System(schema)) => made_up()
            .find(|(_, known, table)| *known == schema && table.name == name)
            .map(|(_, _, table)| table.oid),
        None => None,
    };
    if let Some(schema) = schema.filter(|schema| oid.is_none() && !path.exists(catalog, schema)) {
        return Err(no_schema(schema));
    }
    let missing = || SqlError::new("42P01", format!("relation \"{}\" does not exist", parts.join(".")));
    oid.map(Value::from).ok_or_else(missing)
}

fn name_parts(written: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut rest = written.trim().chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                parts.last_mut().expect("one part is always open").push('"');
            }
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            _ => {
                let c = if quoted { c } else { c.to_ascii_lowercase() };
                parts.last_mut().expect("one part is always open").push(c);
            }
        }
    }
    parts
}

fn regclass_out(context: &StatementContext, args: &[Value]) -> Value {
    let Some(oid) = oid(args, 0) else { return Value::Null };
    match relation(context, oid) {
        Some((schema, name)) => {
            context.session.path.written(context.snapshot.catalog(), &schema, &name).into()
        }
        None if oid == 0 => "-".into(),
        None => oid.to_string().into(),
    }
}

fn regnamespace_out(context: &StatementContext, args: &[Value]) -> Value {
    let Some(oid) = oid(args, 0) else { return Value::Null };
    match schemas(context).into_iter().find(|(known, _)| *known == oid) {
        Some((_, name)) => quote_identifier(&name).into(),
        None if oid == 0 => "-".into(),
        None => oid.to_string().into(),
    }
}

fn regtype_in(args: &[Value]) -> Result<Value, SqlError> {
    let Some(written) = text(args, 0) else { return Ok(Value::Null) };
    let name = written.trim().to_lowercase();
    let name = match name.strip_prefix("pg_catalog.").unwrap_or(&name) {
        "int" => "integer",
        "decimal" => "numeric",
        name => name,
    };
    match types::of_name(name).oid() {
        0 => Err(SqlError::new("42704", format!("type \"{written}\" does not exist"))),
        oid => Ok(oid.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_as_in_postgresql() {
        for (bytes, expected) in [
            (0, "0 bytes"),
            (10_239, "10239 bytes"),
            (10_240, "10 kB"),
            (15_000, "15 kB"),
            (10 << 20, "10 MB"),
            (1 << 40, "1024 GB"),
            (-20_000, "-20 kB"),
        ] {
            assert_eq!(size_pretty(bytes), expected);
        }
    }

    #[test]
    fn names_come_apart() {
        assert_eq!(name_parts("Public.\"A.\"\"b\""), ["public", "A.\"b"]);
        assert_eq!(name_parts("x"), ["x"]);
    }
}
