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

/// `value -> key`: the field of an object, None where there is none or `value` is no object.
pub fn get_field<'a>(value: &'a str, key: &str) -> Option<&'a str> {
    let mut scanner = Scanner::new(value);
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
            Ordering::Equal => return scanner.value().ok(),
            // Keys are in order: it does not come any more.
            Ordering::Greater => return None,
            Ordering::Less => scanner.skip_value(1).ok()?,
        }
        if !scanner.more(b'}').ok()? {
            return None;
        }
    }
}

/// The order of keys in a canonical object.
fn rank(key: &str) -> (usize, &[u8]) {
    (key.len(), key.as_bytes())
}

/// `value -> index`: the element of an array; a negative index counts from the end. What is
/// neither array nor object counts as an array of itself alone, as in PostgreSQL.
pub fn get_index(value: &str, index: i32) -> Option<&str> {
    if !matches!(type_of(value), JsonType::Array | JsonType::Object) {
        return matches!(index, 0 | -1).then_some(value);
    }
    let mut scanner = Scanner::new(value);
    if !scanner.take(b'[') || scanner.take(b']') {
        return None;
    }
    let mut wanted = if index >= 0 {
        index as usize
    } else {
        count(scanner.clone())?.checked_sub(index.unsigned_abs() as usize)?
    };
    loop {
        if wanted == 0 {
            return scanner.value().ok();
        }
        wanted -= 1;
        scanner.skip_value(1).ok()?;
        if !scanner.more(b']').ok()? {
            return None;
        }
    }
}

/// The number of elements from the first on.
fn count(mut scanner: Scanner<'_>) -> Option<usize> {
    let mut count = 0;
    loop {
        scanner.skip_value(1).ok()?;
        count += 1;
        if !scanner.more(b']').ok()? {
            return Some(count);
        }
    }
}

/// `value #> path`: an element of the path is a key in an object and a number in an array.
pub fn get_path<'a, 'p>(value: &'a str, path: impl IntoIterator<Item = &'p str>) -> Option<&'a str> {
    path.into_iter().try_fold(value, |value, step| match type_of(value) {
        JsonType::Object => get_field(value, step),
        JsonType::Array => get_index(value, step.trim_ascii_start().parse().ok()?),
        _ => None,
    })
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
