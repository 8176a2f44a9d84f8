//! `VALUES` of several rows: the engine wants what a cast says of PostgreSQL's type in each row of a
//! column or in none.

use std::ops::ControlFlow;

use sqlparser::ast::{self, Expr, Value, VisitMut, VisitorMut};

use super::dialect::literal;
use crate::pg_catalog::call;

/// Makes the rows alike. It comes behind [`super::dialect::rewrite`], which writes the casts.
pub(super) fn even(statement: &mut ast::Statement) {
    let ControlFlow::Continue(()) = VisitMut::visit(statement, &mut Evener);
}

struct Evener;

impl VisitorMut for Evener {
    type Break = std::convert::Infallible;

    fn pre_visit_query(&mut self, query: &mut ast::Query) -> ControlFlow<Self::Break> {
        let ast::SetExpr::Values(values) = query.body.as_mut() else { return ControlFlow::Continue(()) };
        if values.rows.len() < 2 {
            return ControlFlow::Continue(());
        }
        let columns = values.rows.iter().map(|row| row.len()).max().unwrap_or_default();
        for column in 0..columns {
            let mut cells: Vec<&mut Expr> =
                values.rows.iter_mut().filter_map(|row| row.get_mut(column)).collect();
            let typed = cells.iter().find_map(|cell| match cell {
                Expr::Function(function)
                    if matches!(function.name.to_string().as_str(), "uuid" | "json" | "jsonb" | "bytea") =>
                {
                    Some(function.name.to_string())
                }
                _ => None,
            });
            // A number beside a float is one: the engine would make numerics of all.
            let is_float =
                cells.iter().any(|cell| matches!(cell, Expr::Cast { data_type, .. } if is_float(data_type)));
            for cell in &mut cells {
                match cell {
                    Expr::Value(value) if is_float && matches!(value.value, Value::Number(..)) => {
                        // By way of a decimal some digits would be lost.
                        let digits = Value::SingleQuotedString(value.value.to_string());
                        **cell = Expr::Cast {
                            kind: ast::CastKind::Cast,
                            expr: Box::new(Expr::value(digits)),
                            data_type: ast::DataType::DoublePrecision,
                            array: false,
                            format: None,
                        };
                    }
                    Expr::Cast { data_type, .. } => match data_type {
                        ast::DataType::Numeric(info) | ast::DataType::Decimal(info) => {
                            *data_type = ast::DataType::Dec(*info);
                        }
                        // `name` for the engine: a text that does not say so.
                        ast::DataType::Text
                        | ast::DataType::Varchar(_)
                        | ast::DataType::CharacterVarying(_) => {
                            *data_type =
                                ast::DataType::Custom(vec![ast::Ident::new("name")].into(), Vec::new());
                        }
                        _ => {}
                    },
                    Expr::Function(function) if function.name.to_string() == "varchar" => {
                        function.name = ast::ObjectName::from(vec![ast::Ident::new("left")]);
                        if let ast::FunctionArguments::List(list) = &mut function.args
                            && let Some(ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(length))) =
                                list.args.get_mut(1)
                            && let Some(digits) = literal(length)
                        {
                            *length = Expr::Value(Value::Number(digits.to_owned(), false).into());
                        }
                    }
                    Expr::Value(_) => {
                        if let Some(name) = &typed {
                            let value = std::mem::replace(*cell, Expr::Value(Value::Null.into()));
                            **cell = call(name, vec![value]);
                        }
                    }
                    _ => {}
                }
            }
        }
        ControlFlow::Continue(())
    }
}

fn is_float(data_type: &ast::DataType) -> bool {
    matches!(
        data_type,
        ast::DataType::Double(_)
            | ast::DataType::DoublePrecision
            | ast::DataType::Float8
            | ast::DataType::Float(_)
    )
}
