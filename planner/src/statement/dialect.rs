//! PostgreSQL's dialect as sqlparser has it, with a bound on its attempts.
//!
//! Where two readings are possible, sqlparser tries one and, where that fails, the other, from the
//! same token on. Nested attempts multiply: a fault behind thirty levels of `CAST(` would keep a
//! thread busy for hours. Every expression begins at [`Dialect::parse_prefix`], so counting there
//! bounds the whole.

use std::any::TypeId;
use std::cell::Cell;

use sqlparser::ast::Expr;
use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};

use super::spelling;

/// How often an expression may begin at one token, on average. A statement without a fault needs
/// one or two.
const BEGINNINGS_PER_TOKEN: usize = 8;
/// For short statements with many attempts.
const BEGINNINGS_MIN: usize = 20_000;

/// For one parse of one statement.
#[derive(Debug)]
pub(super) struct BoundedPostgres {
    inner: PostgreSqlDialect,
    left: Cell<usize>,
}

impl BoundedPostgres {
    /// For a statement of this many tokens.
    pub(super) fn new(tokens: usize) -> Self {
        let left = BEGINNINGS_MIN + tokens.saturating_mul(BEGINNINGS_PER_TOKEN);
        Self { inner: PostgreSqlDialect {}, left: Cell::new(left) }
    }

    /// Whether parsing was given up. What the parser says then is of no use.
    pub(super) fn is_exhausted(&self) -> bool {
        self.left.get() == 0
    }
}

/// Answers as PostgreSQL's dialect does.
macro_rules! as_postgres {
    ($($name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        $(fn $name(&self, $($argument: $type),*) -> $result {
            self.inner.$name($($argument),*)
        })*
    };
}

impl Dialect for BoundedPostgres {
    fn parse_prefix(&self, parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
        self.left.set(self.left.get().saturating_sub(1));
        // Once it is used up every further attempt fails at once, so that all of them end.
        if self.is_exhausted() {
            return Some(Err(ParserError::RecursionLimitExceeded));
        }
        spelling::parse_prefix(parser)
    }

    fn parse_infix(&self, parser: &mut Parser<'_>, left: &Expr, _: u8) -> Option<Result<Expr, ParserError>> {
        spelling::parse_infix(parser, left, self.inner.prec_value(Precedence::Between))
    }

    fn get_next_precedence(&self, parser: &Parser<'_>) -> Option<Result<u8, ParserError>> {
        if spelling::is_null_test(parser) {
            return Some(Ok(self.inner.prec_value(Precedence::Is)));
        }
        self.inner.get_next_precedence(parser)
    }

    /// An expression as an argument's name, as in `json_object('a' VALUE 1)`, is read by parsing
    /// every argument twice: 2ⁿ for n nested calls. Plain names (`f(a => 1)`) need no such attempt.
    fn supports_named_fn_args_with_expr_name(&self) -> bool {
        false
    }

    // All that PostgreSqlDialect of sqlparser 0.62 overrides.
    as_postgres! {
        dialect() -> TypeId;
        identifier_quote_style(identifier: &str) -> Option<char>;
        is_delimited_identifier_start(ch: char) -> bool;
        is_identifier_start(ch: char) -> bool;
        is_identifier_part(ch: char) -> bool;
        supports_unicode_string_literal() -> bool;
        is_reserved_for_identifier(keyword: Keyword) -> bool;
        is_custom_operator_part(ch: char) -> bool;
        supports_filter_during_aggregation() -> bool;
        supports_group_by_expr() -> bool;
        prec_value(precedence: Precedence) -> u8;
        allow_extract_custom() -> bool;
        allow_extract_single_quotes() -> bool;
        supports_create_index_with_clause() -> bool;
        supports_explain_with_utility_options() -> bool;
        supports_listen_notify() -> bool;
        supports_factorial_operator() -> bool;
        supports_bitwise_shift_operators() -> bool;
        supports_comment_on() -> bool;
        supports_load_extension() -> bool;
        supports_named_fn_args_with_colon_operator() -> bool;
        supports_empty_projections() -> bool;
        supports_nested_comments() -> bool;
        supports_string_escape_constant() -> bool;
        supports_numeric_literal_underscores() -> bool;
        supports_array_typedef_with_brackets() -> bool;
        supports_geometric_types() -> bool;
        supports_set_names() -> bool;
        supports_alter_column_type_using() -> bool;
        supports_notnull_operator() -> bool;
        supports_interval_options() -> bool;
        supports_insert_table_alias() -> bool;
        supports_create_table_like_parenthesized() -> bool;
        supports_select_wildcard_with_alias() -> bool;
        supports_comma_separated_trim() -> bool;
        supports_xml_expressions() -> bool;
        supports_comment_optimizer_hint() -> bool;
    }
}
