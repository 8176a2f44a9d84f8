//! Where an error without a place is: the one call or the one operator of the statement that it names.

use super::SqlError;

/// The place in characters of `text` from 1; None where the text has several, or none.
pub(super) fn of(error: &SqlError, text: &str) -> Option<usize> {
    let message = error.message.as_str();
    let call = message.strip_prefix("function ").or_else(|| message.strip_prefix("window function "));
    if let Some(call) = call {
        return unique(text, call.split(['(', ' ']).next()?, |rest| rest.trim_start().starts_with('('));
    }
    let operation = message
        .strip_prefix("operator does not exist: ")
        .or_else(|| message.strip_prefix("operator is not unique: "))?;
    let is_operator = |letter: char| "+-*/<>=~!@#%^&|?".contains(letter);
    let op = operation.split(' ').find(|word| word.chars().all(is_operator))?;
    unique(text, op, |rest| !rest.starts_with(is_operator))
}

/// The one occurrence of a word outside of quotes whose rest is as `wanted`.
fn unique(text: &str, word: &str, wanted: impl Fn(&str) -> bool) -> Option<usize> {
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let is_word = word.starts_with(is_name);
    let (mut found, mut quote, mut before) = (None, None, ' ');
    for (number, (place, letter)) in text.char_indices().enumerate() {
        match quote {
            Some(open) if letter == open => quote = None,
            Some(_) => {}
            None if matches!(letter, '\'' | '"') => quote = Some(letter),
            None => {
                let begins = is_name(before) != is_name(letter) || !is_word;
                let rest = text.get(place..).unwrap_or_default();
                let same = rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
                let apart = is_word || !"+-*/<>=~!@#%^&|?".contains(before);
                if begins
                    && apart
                    && same
                    && wanted(&rest[word.len()..])
                    && found.replace(number + 1).is_some()
                {
                    return None;
                }
            }
        }
        before = letter;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_one_is_found() {
        for (message, text, place) in [
            ("function abs(text) does not exist", "SELECT ABS (x), myabs(1), 'abs('", Some(8)),
            ("function abs(text) does not exist", "SELECT abs(x), abs(y)", None),
            ("operator does not exist: integer + text", "SELECT ä + b", Some(10)),
            ("operator does not exist: integer > text", "SELECT a -> b, a > c", Some(18)),
            ("division by zero", "SELECT 1 / 0", None),
        ] {
            assert_eq!(of(&SqlError::new("42883", message), text), place, "{text}");
        }
    }
}
