//! The columns of `CREATE SOURCE`: written in brackets, or added by `INCLUDE`.

use sqlparser::tokenizer::Token;
use storage::schema::{ColumnOrigin, ColumnType, MessagePart};

use super::cursor::{Cursor, unsupported};
use super::data_type::data_type;
use super::{ColumnDefinition, Expression, Name};
use crate::error::{Result, SqlError};

/// `(name type constraints, …)`.
pub(super) fn columns(cursor: &mut Cursor<'_>) -> Result<Vec<ColumnDefinition>> {
    let mut columns = Vec::new();
    cursor.expect(&Token::LParen)?;
    if cursor.token(&Token::RParen) {
        return Ok(columns);
    }
    loop {
        let position = cursor.position();
        for constraint in ["CONSTRAINT", "PRIMARY KEY", "UNIQUE", "CHECK", "FOREIGN KEY", "EXCLUDE", "LIKE"] {
            if cursor.keywords(constraint) {
                return Err(unsupported(format!("{constraint} in CREATE SOURCE"), position)
                    .with_hint("Use NOT NULL, or WHERE to leave rows out."));
            }
        }
        columns.push(column(cursor)?);
        if !cursor.token(&Token::Comma) {
            cursor.expect(&Token::RParen)?;
            return Ok(columns);
        }
    }
}

fn column(cursor: &mut Cursor<'_>) -> Result<ColumnDefinition> {
    let name = cursor.name()?;
    let column_type = data_type(cursor)?;
    let mut column = ColumnDefinition {
        name,
        column_type,
        not_null: false,
        origin: ColumnOrigin::Field { path: None },
        generated: None,
    };
    while !matches!(cursor.peek(), Token::Comma | Token::RParen | Token::EOF) {
        constraint(cursor, &mut column)?;
    }
    Ok(column)
}

fn constraint(cursor: &mut Cursor<'_>, column: &mut ColumnDefinition) -> Result<()> {
    let position = cursor.position();
    let is_plain = column.origin == ColumnOrigin::Field { path: None };
    let conflict = || {
        let message = format!("column \"{}\" has more than one origin", column.name.value);
        SqlError::new("42601", message).with_hint("Use either FROM or GENERATED, once.").at(position)
    };
    if cursor.keywords("NOT NULL") {
        column.not_null = true;
    } else if cursor.keywords("NULL") {
        if column.not_null {
            let message =
                format!("conflicting NULL/NOT NULL declarations for column \"{}\"", column.name.value);
            return Err(SqlError::new("42601", message).at(position));
        }
    } else if cursor.keywords("FROM") {
        if !is_plain {
            return Err(conflict());
        }
        let position = cursor.position();
        let path = parse_path(&cursor.string()?).ok_or_else(|| {
            SqlError::new("22023", "invalid path of a field")
                .with_hint(
                    "Write keys with dots between, such as 'geo.country'; a key with a dot in double quotes.",
                )
                .at(position)
        })?;
        column.origin = ColumnOrigin::Field { path: Some(path) };
    } else if cursor.keywords("GENERATED") {
        if !is_plain {
            return Err(conflict());
        }
        generated(cursor, column)?;
    } else {
        for later in ["DEFAULT", "PRIMARY KEY", "UNIQUE", "CHECK", "REFERENCES", "COLLATE", "CONSTRAINT"] {
            if cursor.keywords(later) {
                return Err(unsupported(format!("{later} in CREATE SOURCE"), position));
            }
        }
        return Err(cursor.syntax_error_among(&["NOT NULL", "FROM", "GENERATED ALWAYS AS"]));
    }
    Ok(())
}

/// `ALWAYS AS (expression) STORED`, after `GENERATED`.
pub(super) fn generation(cursor: &mut Cursor<'_>) -> Result<Expression> {
    cursor.expect_keywords("ALWAYS AS")?;
    cursor.expect(&Token::LParen)?;
    let expression = cursor.expression()?;
    cursor.expect(&Token::RParen)?;
    let position = cursor.position();
    if cursor.keywords("VIRTUAL") {
        return Err(unsupported("a virtual generated column", position).with_hint("Write STORED."));
    }
    cursor.expect_keywords("STORED")?;
    Ok(expression)
}

fn generated(cursor: &mut Cursor<'_>, column: &mut ColumnDefinition) -> Result<()> {
    let position = cursor.position();
    if cursor.keywords("BY DEFAULT") || cursor.keywords("ALWAYS AS IDENTITY") {
        return Err(unsupported("an identity column", position));
    }
    let expression = generation(cursor)?;
    column.origin = ColumnOrigin::Generated { expression: expression.text.clone() };
    column.generated = Some(expression);
    Ok(())
}

/// `INCLUDE part [AS name], …`, after the word itself.
pub(super) fn include(cursor: &mut Cursor<'_>) -> Result<Vec<ColumnDefinition>> {
    let mut columns = Vec::new();
    loop {
        let position = cursor.position();
        let part = PARTS.iter().find(|(word, ..)| cursor.keywords(word));
        let Some((word, part, column_type, not_null)) = part else {
            if cursor.keywords("HEADER") {
                return Err(unsupported("INCLUDE HEADER", position)
                    .with_hint("Use INCLUDE HEADERS, and headers ->> 'name' in queries."));
            }
            return Err(cursor.syntax_error_among(&["KEY", "PARTITION", "OFFSET", "TIMESTAMP", "HEADERS"]));
        };
        let name = match cursor.keywords("AS") {
            true => cursor.name()?,
            false => Name { value: word.to_ascii_lowercase(), position },
        };
        columns.push(ColumnDefinition {
            name,
            column_type: *column_type,
            not_null: *not_null,
            origin: ColumnOrigin::Include(*part),
            generated: None,
        });
        if !cursor.token(&Token::Comma) {
            return Ok(columns);
        }
    }
}

/// Words of `INCLUDE`: part, type, and whether every message has it.
pub(crate) const PARTS: [(&str, MessagePart, ColumnType, bool); 5] = [
    ("KEY", MessagePart::Key, ColumnType::Text, false),
    ("PARTITION", MessagePart::Partition, ColumnType::Integer, true),
    ("OFFSET", MessagePart::Offset, ColumnType::BigInt, true),
    ("TIMESTAMP", MessagePart::Timestamp, ColumnType::TimestampTz, true),
    ("HEADERS", MessagePart::Headers, ColumnType::Jsonb, false),
];

/// `a.b."c.d"`: the keys of a field from the outermost object inwards.
fn parse_path(text: &str) -> Option<Vec<String>> {
    let mut keys = Vec::new();
    let mut rest = text;
    loop {
        let key;
        if let Some(quoted) = rest.strip_prefix('"') {
            (key, rest) = quoted_key(quoted)?;
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            key = rest[..end].to_owned();
            rest = &rest[end..];
            if key.is_empty() || key.contains('"') {
                return None;
            }
        }
        keys.push(key);
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None => return rest.is_empty().then_some(keys),
        }
    }
}

/// A key up to its closing quote, and what follows; a doubled quote stands for itself.
fn quoted_key(text: &str) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut rest = text;
    loop {
        let quote = rest.find('"')?;
        key.push_str(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                key.push('"');
                rest = after;
            }
            None => return Some((key, rest)),
        }
    }
}

/// The text that [`parse_path`] reads as these keys.
pub(crate) fn write_path(keys: &[String]) -> String {
    let quoted = |key: &String| match key.is_empty() || key.contains(['.', '"']) {
        true => format!("\"{}\"", key.replace('"', "\"\"")),
        false => key.clone(),
    };
    keys.iter().map(quoted).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_round_trip() {
        for (text, expected) in [
            ("a", Some(vec!["a"])),
            ("geo.country", Some(vec!["geo", "country"])),
            ("a.\"b.c\".\"d\"\"e\"", Some(vec!["a", "b.c", "d\"e"])),
            ("\"\"", Some(vec![""])),
            ("Straße.ä b", Some(vec!["Straße", "ä b"])),
            ("", None),
            ("a.", None),
            (".a", None),
            ("a..b", None),
            ("\"a", None),
            ("\"a\"b", None),
        ] {
            let keys = parse_path(text);
            assert_eq!(
                keys.as_deref(),
                expected
                    .as_deref()
                    .map(|keys| keys.iter().map(|k| (*k).to_owned()).collect::<Vec<_>>())
                    .as_deref(),
                "{text}"
            );
            if let Some(keys) = keys {
                assert_eq!(write_path(&keys), text);
            }
        }
    }
}
