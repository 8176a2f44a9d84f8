//! The parts of a canonical value. What is not canonical JSON has no parts: nothing here fails.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::JsonType;
use super::scan::Scanner;
use super::string::unescape_into;

/// The type of a canonical value.
pub fn type_of(value: &str) -> JsonType {
    value.bytes().next().and_then(JsonType::of_first_byte).unwrap_or(JsonType::Null)
}

/// One step into a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'k> {
    /// `-> 'key'`: a field of an object.
    Key(&'k str),
    /// `-> 1`: an element of an array; a negative index counts from the end. What is neither array nor object
    /// counts as an array of itself alone, as in PostgreSQL.
    Index(i32),
    /// An element of a path: a key in an object, a number in an array.
    Name(&'k str),
}

/// The part of a value that some steps lead to. What lies before it is read once, what is within it never.
pub fn get<'a, 'k>(value: &'a str, steps: impl IntoIterator<Item = Step<'k>>) -> Option<&'a str> {
    let mut scanner = Scanner::new(value);
    for step in steps {
        let kind = scanner.peek_type().ok()?;
        match (step, kind) {
            (Step::Key(key) | Step::Name(key), JsonType::Object) => to_field(&mut scanner, key)?,
            (Step::Name(name), JsonType::Array) => {
                to_element(&mut scanner, name.trim_ascii_start().parse().ok()?)?;
            }
            (Step::Index(index), JsonType::Array) => to_element(&mut scanner, index)?,
            (Step::Index(0 | -1), kind) if kind != JsonType::Object => {}
            _ => return None,
        }
    }
    scanner.pass_value()
}

/// `value -> key`: the field of an object, None where there is none or `value` is no object.
pub fn get_field<'a>(value: &'a str, key: &str) -> Option<&'a str> {
    get(value, [Step::Key(key)])
}

/// `value -> index`, see [`Step::Index`].
pub fn get_index(value: &str, index: i32) -> Option<&str> {
    get(value, [Step::Index(index)])
}

/// `value #> path`, see [`Step::Name`].
pub fn get_path<'a, 'p>(value: &'a str, path: impl IntoIterator<Item = &'p str>) -> Option<&'a str> {
    get(value, path.into_iter().map(Step::Name))
}

/// Goes from an object to the value of a key.
fn to_field(scanner: &mut Scanner<'_>, key: &str) -> Option<()> {
    if !scanner.take(b'{') || scanner.take(b'}') {
        return None;
    }
    loop {
        let raw = scanner.string().ok()?;
        let found = if raw.escaped {
            let mut unescaped = String::new();
            unescape_into(raw, 0, &mut unescaped).ok()?;
            rank(&unescaped).cmp(&rank(key))
        } else {
            rank(raw.text).cmp(&rank(key))
        };
        scanner.colon().ok()?;
        match found {
            Ordering::Equal => return Some(()),
            // Keys are in order: it does not come any more.
            Ordering::Greater => return None,
            Ordering::Less => scanner.pass_value()?,
        };
        if !scanner.more(b'}').ok()? {
            return None;
        }
    }
}

/// The order of keys in a canonical object.
fn rank(key: &str) -> (usize, &[u8]) {
    (key.len(), key.as_bytes())
}

/// Goes from an array to one of its elements.
fn to_element(scanner: &mut Scanner<'_>, index: i32) -> Option<()> {
    if !scanner.take(b'[') || scanner.take(b']') {
        return None;
    }
    let mut wanted = if index >= 0 {
        index as usize
    } else {
        count(scanner.clone())?.checked_sub(index.unsigned_abs() as usize)?
    };
    while wanted > 0 {
        wanted -= 1;
        scanner.pass_value()?;
        if !scanner.more(b']').ok()? {
            return None;
        }
    }
    Some(())
}

/// The number of elements from the first on.
fn count(mut scanner: Scanner<'_>) -> Option<usize> {
    let mut count = 0;
    loop {
        scanner.pass_value()?;
        count += 1;
        if !scanner.more(b']').ok()? {
            return Some(count);
        }
    }
}

/// What `->>` and `#>>` make of a value: a string without its quotes, None for JSON's null, and
/// any other value as it is.
pub fn as_text(value: &str) -> Option<Cow<'_, str>> {
    match type_of(value) {
        JsonType::Null => None,
        JsonType::String => {
            let raw = Scanner::new(value).string().ok()?;
            if !raw.escaped {
                return Some(Cow::Borrowed(raw.text));
            }
            let mut text = String::with_capacity(raw.text.len());
            unescape_into(raw, 0, &mut text).ok()?;
            Some(Cow::Owned(text))
        }
        _ => Some(Cow::Borrowed(value)),
    }
}
