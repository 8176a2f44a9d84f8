//! Where a value stands in the bytes that PostgreSQL stores of the value around it: `.keyvalue()` tells objects
//! apart by it.
//!
//! A container is a head of four bytes, four more for each element, key and value, then the keys, then the
//! values. Containers and numbers begin at multiples of four.

use std::borrow::Cow;

use storage::jsonb::{JsonType, as_text, type_of, unescape_into};

use super::super::parts::{elements, members};

/// The offset of `part`, which is a part of the text `whole`; 0 where it is not.
pub(super) fn offset(whole: &str, part: &str) -> usize {
    let (mut whole, mut offset) = (whole, 0);
    // Down to the part, as deep as values nest.
    'down: while whole.as_ptr() != part.as_ptr() || whole.len() != part.len() {
        let (mut at, values) = head(whole);
        for value in values {
            let start = aligned(at, value);
            if value.as_bytes().as_ptr_range().contains(&part.as_ptr()) {
                (whole, offset) = (value, offset + start);
                continue 'down;
            }
            at = start + size(value);
        }
        return 0;
    }
    offset
}

/// What stands before the values of a container, in bytes, and they.
fn head(container: &str) -> (usize, Vec<&str>) {
    if let Ok(Some(members)) = members(container) {
        let keys = members.iter().map(|(key, _)| {
            let mut text = Cow::Borrowed(key.text);
            if key.escaped {
                let mut own = String::new();
                text = unescape_into(*key, 0, &mut own).map_or(text, |()| own.into());
            }
            text.len()
        });
        let bytes = 4 + 8 * members.len() + keys.sum::<usize>();
        return (bytes, members.into_iter().map(|(_, value)| value).collect());
    }
    let elements = elements(container).ok().flatten().unwrap_or_default();
    (4 + 4 * elements.len(), elements)
}

/// Where a value begins that may begin here.
fn aligned(at: usize, value: &str) -> usize {
    match type_of(value) {
        JsonType::Array | JsonType::Object | JsonType::Number => at.next_multiple_of(4),
        _ => at,
    }
}

fn size(value: &str) -> usize {
    match type_of(value) {
        JsonType::Null | JsonType::Boolean => 0,
        JsonType::String => as_text(value).map_or(0, |text| text.len()),
        JsonType::Number => numeric_size(value),
        JsonType::Array | JsonType::Object => {
            let (at, values) = head(value);
            values.into_iter().fold(at, |at, value| aligned(at, value) + size(value))
        }
    }
}

/// A `numeric` has a length, a head, and two bytes for each digit of base 10,000 between the first and the last
/// that are not zero.
fn numeric_size(number: &str) -> usize {
    let number = number.strip_prefix('-').unwrap_or(number);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let places = whole.len().div_ceil(4);
    // The places of the first and the last digit that is not zero, counted from the left.
    let place = |(index, _): (usize, u8)| match index.checked_sub(whole.len()) {
        None => places - (whole.len() - index).div_ceil(4),
        Some(behind) => places + behind / 4,
    };
    let digits = || whole.bytes().chain(fraction.bytes()).enumerate().filter(|(_, byte)| *byte != b'0');
    let (Some(first), Some(last)) = (digits().next().map(place), digits().last().map(place)) else {
        return 6;
    };
    let weight = places as i64 - 1 - first as i64;
    let head = if fraction.len() <= 63 && (-64..=63).contains(&weight) { 6 } else { 8 };
    head + 2 * (last - first + 1)
}
