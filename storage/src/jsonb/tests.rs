use proptest::prelude::*;

use super::*;

/// The fields of each line of a table; see the tables' own heads.
fn lines(table: &str) -> impl Iterator<Item = Vec<String>> {
    let unescape = |field: &str| {
        let mut text = String::new();
        let mut characters = field.chars();
        while let Some(character) = characters.next() {
            match (character, character == '\\') {
                (_, true) => match characters.next() {
                    Some('t') => text.push('\t'),
                    Some('n') => text.push('\n'),
                    Some('1') => text.push('\u{1}'),
                    other => text.extend(other),
                },
                (character, false) => text.push(character),
            }
        }
        text
    };
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.map(move |line| line.split('\t').map(unescape).collect())
}

#[test]
fn canonical_text_is_postgresql_s() {
    for line in lines(include_str!("samples.tsv")) {
        let [input, expected] = &line[..] else { panic!("{line:?}") };
        let found = match canonicalize(input) {
            Ok(text) if text.len() > 1000 => format!("LENGTH {}", text.len()),
            Ok(text) => text,
            Err(_) => "ERROR".to_owned(),
        };
        assert_eq!(found, *expected, "of {input}");
    }
}

#[test]
fn parts_are_postgresql_s() {
    for line in lines(include_str!("access.tsv")) {
        let [value, operator, operand, expected] = &line[..] else { panic!("{line:?}") };
        let value = canonicalize(value).unwrap();
        let path = || operand.trim_matches(['{', '}']).split(',').filter(|step| !step.is_empty());
        let path = || path().map(|step| step.trim_start().trim_matches('"'));
        let as_text = |value| as_text(value).map(|text| text.into_owned());
        let found = match operator.as_str() {
            "typeof" => Some(type_of(&value).name().to_owned()),
            "->" => get_field(&value, operand).map(str::to_owned),
            "->>" => get_field(&value, operand).and_then(as_text),
            "->#" => get_index(&value, operand.parse().unwrap()).map(str::to_owned),
            "->>#" => get_index(&value, operand.parse().unwrap()).and_then(as_text),
            "#>" => get_path(&value, path()).map(str::to_owned),
            "#>>" => get_path(&value, path()).and_then(as_text),
            other => panic!("operator {other}"),
        };
        assert_eq!(found.as_deref().unwrap_or("NULL"), expected, "{value} {operator} {operand}");
    }
}

#[test]
fn errors_say_where() {
    let check = |text: &str, position, reason| {
        assert_eq!(canonicalize(text), Err(JsonError { position, reason }), "of {text}");
    };
    check("[1, 2", 5, "expected \",\" or \"]\"");
    check("{\"a\": tru}", 6, "expected a value");
    check("{\"a\":1} x", 8, "something follows the value");
    check("[\"a\\u0000b\"]", 3, "\\u0000 can't be stored as text");
    check("[\"a\\ud800\"]", 3, "half of a surrogate pair");
    check(&"[".repeat(200), DEPTH_MAX, "objects and arrays nest too deep");
    let numbers = format!("[{}1]", "1e131071,".repeat(100));
    let error = canonicalize(&numbers).unwrap_err();
    assert_eq!(error.reason, "exponents make the value too long");
}

/// Strings are looked at eight bytes at a time: each byte matters at each place.
#[test]
fn strings_end_at_the_first_special_byte() {
    for special in (0..0x20).chain([b'"', b'\\', 0x7f]).map(char::from) {
        for place in 0..20 {
            let text = format!("\"{}{special}n{}\"", "a".repeat(place), "é".repeat(10));
            let found = Scanner::new(&text).string();
            match special {
                '"' => assert_eq!(found.unwrap().text.len(), place),
                '\\' => assert!(found.unwrap().escaped),
                '\u{7f}' => assert_eq!(found.unwrap().text.len(), place + 22),
                _ => assert_eq!(found.unwrap_err().position, place + 1, "{special:?}"),
            }
        }
    }
}

/// JSON values as producers write them, nested a little.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "[^\\x00]{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec(("[^\\x00]{0,3}", inner), 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn canonical_text_means_the_same(value in json()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let canonical = canonicalize(&text).unwrap();
            prop_assert_eq!(canonicalize(&canonical).unwrap(), canonical.clone());
            let read: serde_json::Value = serde_json::from_str(&canonical).unwrap();
            prop_assert_eq!(numbers_as_floats(read), numbers_as_floats(value.clone()));
        }
    }

    #[test]
    fn members_are_found(value in json(), index in -4..4_i32) {
        let canonical = canonicalize(&value.to_string()).unwrap();
        let canonical_of = |value: &serde_json::Value| canonicalize(&value.to_string()).unwrap();
        if let serde_json::Value::Object(members) = &value {
            for (key, member) in members {
                prop_assert_eq!(get_field(&canonical, key).map(str::to_owned), Some(canonical_of(member)));
            }
        }
        if let serde_json::Value::Array(elements) = &value {
            let at = if index < 0 { elements.len() as i32 + index } else { index };
            let element = usize::try_from(at).ok().and_then(|at| elements.get(at));
            prop_assert_eq!(get_index(&canonical, index).map(str::to_owned), element.map(canonical_of));
        }
    }

    #[test]
    fn what_serde_refuses_is_refused(text in "[\\[\\]{}:,\"a1.eE+\\-\\\\u0 truefalsn]{0,12}") {
        let serde = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        let mut scanner = Scanner::new(&text);
        let ours = scanner.value().and_then(|_| scanner.end()).is_ok();
        // Numbers beyond double precision are fine with us alone.
        if serde || !text.contains(['e', 'E']) {
            prop_assert_eq!(ours, serde, "{}", text);
        }
    }
}

/// `1e300` and three hundred zeros are one number to `jsonb`, and two to serde_json's `Value`.
fn numbers_as_floats(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value::{Array, Number, Object};
    match value {
        Number(number) => number.as_f64().map_or(serde_json::Value::Null, |float| (float + 0.0).into()),
        Array(elements) => Array(elements.into_iter().map(numbers_as_floats).collect()),
        Object(members) => {
            Object(members.into_iter().map(|(key, value)| (key, numbers_as_floats(value))).collect())
        }
        other => other,
    }
}
