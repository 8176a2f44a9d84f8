use super::*;

#[test]
fn accessors_find_parts_of_canonical_values() {
    let value = canonicalize(r#"{"b":[1,{"c":"x\ny"},null],"aa":{"k":2},"a":1,"a":"last"}"#).unwrap();
    assert_eq!(value, r#"{"a": "last", "b": [1, {"c": "x\ny"}, null], "aa": {"k": 2}}"#);
    assert_eq!(get_field(&value, "aa"), Some(r#"{"k": 2}"#));
    assert_eq!(get_field(&value, "ab"), None);
    assert_eq!(get_path(&value, ["b", "1", "c"]).and_then(as_text).as_deref(), Some("x\ny"));
    assert_eq!(get_index(get_field(&value, "b").unwrap(), -3), Some("1"));
    assert_eq!(get_index(get_field(&value, "b").unwrap(), -4), None);
    assert_eq!(get_index(get_field(&value, "b").unwrap(), 3), None);
    assert_eq!(as_text("null"), None);
    assert_eq!(type_of(&value), JsonType::Object);
}
