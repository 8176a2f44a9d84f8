use proptest::prelude::*;
use storage::jsonb::canonicalize;

use super::evaluate::{Evaluator, Fail, Items, Out};
use super::syntax::Operator;
use super::{layout, number, parser, print};

/// What a path gives, or the SQLSTATE.
fn query(path: &str, value: &str) -> Result<Vec<String>, String> {
    let path = parser::parse(path).map_err(|error| error.sqlstate.into_owned())?;
    let mut items = Items::default();
    let outcome = Evaluator::new(&path, value, Some("{}"), true).node(&path.node, &mut Out::All(&mut items));
    match outcome {
        Ok(_) => Ok(items.iter().map(|item| item.clone().into_owned()).collect()),
        Err(Fail::Soft(error)) => Err(error.expect("it is heard").sqlstate.into_owned()),
        Err(Fail::Hard(error)) => Err(crate::error::SqlError::from(*error).sqlstate.into_owned()),
    }
}

#[test]
fn nothing_is_nested_without_a_bound() {
    let around = |before: &str, inner: &str, after: &str, count: usize| {
        query(&format!("{}{inner}{}", before.repeat(count), after.repeat(count)), "0")
    };
    for count in [10, 400, 100_000] {
        let is_deep = count > 1000;
        let check = |result: Result<Vec<String>, String>| match result {
            Ok(_) => assert!(!is_deep),
            Err(sqlstate) => assert_eq!((sqlstate.as_str(), is_deep), ("54001", true)),
        };
        check(around("(", "$", ")", count));
        check(around("-", "$", "", count));
        check(around("", "$", ".a", count));
        check(around("", "$", "[*]", count));
        check(around("", "$", "+1", count));
        check(around("", "$==1", "||$==2", count));
        check(around("!(", "$==1", ")", count));
        check(around("$[", "0", "]", count));
        check(around("$?(exists(", "$", "))", count / 4));
    }
}

#[test]
fn deep_values_are_walked() {
    let deep = format!("{}1{}", "[".repeat(128), "]".repeat(128));
    assert_eq!(query("$.**{last}", &deep).unwrap(), ["1"]);
    assert_eq!(query("$.**.a.**.b", &deep).unwrap(), [""; 0]);
    assert_eq!(query("strict $.**", &deep).unwrap().len(), 129);
}

#[test]
fn items_are_parts_of_the_value() {
    let value = r#"{"a": {"b": [1, "x"]}}"#;
    let path = parser::parse("$.a.b[*]").unwrap();
    let mut items = Items::default();
    let result = Evaluator::new(&path, value, None, true).node(&path.node, &mut Out::All(&mut items));
    assert!(matches!(result, Ok(true)));
    let whole = value.as_bytes().as_ptr_range();
    assert!(items.iter().all(|item| whole.contains(&item.as_ptr())));
}

#[test]
fn places_are_those_of_stored_bytes() {
    let value = r#"{"a": [1, {"b": 2}], "cc": {"d": "x"}}"#;
    let place = |part: &str| layout::offset(value, &value[value.find(part).unwrap()..][..part.len()]);
    assert_eq!(place(r#"{"b": 2}"#), 24 + 20);
    assert_eq!(layout::offset(value, value), 0);
}

/// Texts made of what paths are made of.
fn path_texts() -> impl Strategy<Value = String> {
    let words = [
        "$",
        "@",
        ".",
        "a",
        "\"b c\"",
        "*",
        "**",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        "?",
        "!",
        "==",
        "<",
        ">=",
        "&&",
        "||",
        "+",
        "-",
        "/",
        "%",
        "1",
        "2.5",
        "last",
        " to ",
        ",",
        " exists ",
        " is unknown",
        " starts with ",
        " like_regex ",
        " flag ",
        "\"i\"",
        "strict ",
        "lax ",
        ".size()",
        ".type()",
        ".keyvalue()",
        ".double()",
        ".abs()",
        "$x",
        "true",
        "null",
        "\\",
        "\\u00",
        "\"",
        "'",
        "é",
        "/*",
        "*/",
        "#",
        " ",
        ".a",
        "[*]",
        "[0]",
        "?(@.a > 1)",
        "$.**",
        "1e",
        "0",
    ];
    proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..24)
        .prop_map(|words| words.concat())
}

const VALUES: [&str; 4] =
    ["1", r#"{"a": [1, {"a": 2.50, "b c": "x"}]}"#, "[]", r#"[[1, null], "aé\n", true, {"a": {}}]"#];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn no_text_is_more_than_an_error(text in "\\PC{0,40}") {
        let _ = parser::parse(&text);
    }

    #[test]
    fn what_is_written_is_read_again(text in path_texts()) {
        if let Ok(path) = parser::parse(&text) {
            let written = print::print(&path);
            if let Ok(again) = parser::parse(&written) {
                prop_assert_eq!(print::print(&again), written);
            }
            for value in VALUES {
                let _ = query(&text, value);
            }
        }
    }

    #[test]
    fn numbers_are_compared_by_value(left in -1000_i64..1000, right in -1000_i64..1000, zeros in 0_usize..3) {
        let written = |hundredths: i64, zeros: usize| {
            let text = format!("{}e-2", hundredths);
            let number = canonicalize(&text).expect("a number");
            format!("{number}{}", "0".repeat(zeros))
        };
        prop_assert_eq!(number::compare(&written(left, zeros), &written(right, 0)), left.cmp(&right));
    }

    #[test]
    fn numbers_are_computed_exactly(left in -1_000_000_i64..1_000_000, right in -1_000_000_i64..1_000_000) {
        let (one, other) = (left.to_string(), right.to_string());
        let compute = |operator| number::compute(operator, &one, &other).ok();
        prop_assert_eq!(compute(Operator::Add), Some((left + right).to_string()));
        prop_assert_eq!(compute(Operator::Subtract), Some((left - right).to_string()));
        prop_assert_eq!(compute(Operator::Multiply), Some((left * right).to_string()));
        prop_assert_eq!(compute(Operator::Modulo), left.checked_rem(right).map(|rest| rest.to_string()));
        let tenths = format!("{one}.5");
        let up = if left < 0 || one.starts_with('-') { left } else { left + 1 };
        prop_assert_eq!(number::rounded(&tenths, true), up.to_string());
    }
}
