//! `SIMILAR TO`: the standard's expressions as PostgreSQL's own.
//!
//! <https://www.postgresql.org/docs/15/functions-matching.html#FUNCTIONS-SIMILARTO-REGEXP>

use crate::error::SqlError;

/// The expression. Two separators, the escape character with a double quote, divide it into three: a
/// group of the middle part is what `substring` gives, and the first part takes as little as it can.
pub(super) fn translate(pattern: &str, escape: &str) -> Result<String, SqlError> {
    let mut characters = escape.chars();
    let escape = characters.next();
    if characters.next().is_some() {
        return Err(SqlError::new("22025", "invalid escape string")
            .with_hint("Escape string must be empty or one character."));
    }
    let separators = separators(pattern, escape);
    if separators > 2 {
        return Err(SqlError::new(
            "2200C",
            "SQL regular expression may not contain more than two escape-double-quote separators",
        ));
    }
    let mut out = String::from("^(?:");
    let mut seen = 0;
    let mut rest = pattern.chars().peekable();
    let (mut in_class, mut class_start) = (false, false);
    while let Some(character) = rest.next() {
        let was_start = std::mem::take(&mut class_start);
        if Some(character) == escape {
            match rest.next() {
                Some('"') if !in_class => {
                    seen += 1;
                    match (separators, seen) {
                        (2, 1) => out.push_str(")("),
                        (2, _) => out.push_str(")(?:"),
                        // One alone means nothing.
                        _ => {}
                    }
                }
                // `\x` of a letter would mean a class or an assertion.
                Some(next) if next.is_alphanumeric() => out.push(next),
                Some(next) => out.extend(['\\', next]),
                None => out.push_str(r"\\"),
            }
            continue;
        }
        if in_class {
            match character {
                ']' if !was_start => in_class = false,
                '\\' => out.push('\\'),
                '^' if was_start => class_start = true,
                _ => {}
            }
            out.push(character);
            continue;
        }
        let is_lazy = separators == 2 && seen == 0;
        match character {
            '[' => {
                (in_class, class_start) = (true, true);
                out.push('[');
            }
            '%' => out.push_str(if is_lazy { ".*?" } else { ".*" }),
            '_' => out.push('.'),
            '(' => out.push_str("(?:"),
            '*' | '+' | '?' if is_lazy => out.extend([character, '?']),
            '\\' | '.' | '^' | '$' => out.extend(['\\', character]),
            _ => out.push(character),
        }
    }
    out.push_str(")$");
    Ok(out)
}

fn separators(pattern: &str, escape: Option<char>) -> usize {
    let Some(escape) = escape else { return 0 };
    let mut count = 0;
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        if character == escape && rest.next() == Some('"') {
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn patterns_become_expressions() {
        for (pattern, escape, expected) in [
            ("abc", "\\", "^(?:abc)$"),
            ("%(b|d)_", "\\", "^(?:.*(?:b|d).)$"),
            ("a.c", "\\", r"^(?:a\.c)$"),
            (r"a\%", "\\", r"^(?:a\%)$"),
            ("a#%", "#", r"^(?:a\%)$"),
            (r##"%#"o_a#"_"##, "#", "^(?:.*?)(o.a)(?:.)$"),
            ("[^]%]+", "\\", "^(?:[^]%]+)$"),
        ] {
            assert_eq!(translate(pattern, escape).unwrap(), expected, "{pattern}");
        }
        assert!(translate("a", "##").is_err());
    }
}
