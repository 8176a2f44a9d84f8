//! Methods of items.
//!
//! <https://www.postgresql.org/docs/15/functions-json.html#FUNCTIONS-SQLJSON-OP-TABLE>

use std::borrow::Cow;

use storage::jsonb::{JsonType, as_text, type_of};

use super::super::parts::{elements, members};
use super::evaluate::{Evaluator, Item, Out, Result};
use super::syntax::{Method, Step};
use super::{layout, number};
use crate::error::SqlError;

impl<'a> Evaluator<'a> {
    pub(super) fn method(
        &mut self,
        item: Item<'a>,
        method: Method,
        rest: &'a [Step],
        out: &mut Out<'_, 'a>,
    ) -> Result<bool> {
        let kind = type_of(&item);
        let name = method.name();
        let result: Item<'a> = match method {
            Method::Type => Cow::Borrowed(type_name(kind)),
            Method::Size if kind == JsonType::Array => {
                Cow::Owned(elements(&item)?.map_or(0, |elements| elements.len()).to_string())
            }
            Method::Size if self.is_lax => Cow::Borrowed("1"),
            Method::Size => {
                return self.missing("22039", || {
                    format!("jsonpath item method .{name}() can only be applied to an array")
                });
            }
            Method::KeyValue => return self.key_values(&item, rest, out),
            Method::Double => self.double(item)?,
            _ if kind != JsonType::Number => {
                return Err(self.fail("22036", || {
                    format!("jsonpath item method .{name}() can only be applied to a numeric value")
                }));
            }
            Method::Abs if item.starts_with('-') => Cow::Owned(number::negated(&item)),
            Method::Abs => item,
            Method::Ceiling | Method::Floor => Cow::Owned(number::rounded(&item, method == Method::Ceiling)),
        };
        self.steps(result, rest, self.is_lax, out)
    }

    fn double(&self, item: Item<'a>) -> Result<Item<'a>> {
        match type_of(&item) {
            JsonType::Number if number::double(&item).is_some() => Ok(item),
            JsonType::Number => Err(self.fail("22036", || {
                "numeric argument of jsonpath item method .double() is out of range for type double \
                 precision"
                    .to_owned()
            })),
            JsonType::String => {
                let value = as_text(&item).and_then(|text| number::double(&text));
                value.map(|value| Cow::Owned(number::of_double(value))).ok_or_else(|| {
                    self.fail("22036", || {
                        "string argument of jsonpath item method .double() is not a valid representation of \
                         a double precision number"
                            .to_owned()
                    })
                })
            }
            _ => Err(self.fail("22036", || {
                "jsonpath item method .double() can only be applied to a string or numeric value".to_owned()
            })),
        }
    }

    /// A member as an object of its key and its value.
    fn key_values(&mut self, item: &Item<'a>, rest: &'a [Step], out: &mut Out<'_, 'a>) -> Result<bool> {
        let Some(members) = members(item)? else {
            return Err(self.fail("2203C", || {
                "jsonpath item method .keyvalue() can only be applied to an object".to_owned()
            }));
        };
        let id = self.object_id(item);
        let mut is_found = false;
        for (key, value) in members {
            let pair = format!("{{\"id\": {id}, \"key\": \"{}\", \"value\": {value}}}", key.text);
            is_found |= self.steps(Cow::Owned(pair), rest, self.is_lax, out)?;
            if is_found && matches!(out, Out::Any) {
                break;
            }
        }
        Ok(is_found)
    }

    /// What tells an object from others of the same value.
    fn object_id(&self, item: &Item<'a>) -> usize {
        match item {
            Cow::Borrowed(object) => layout::offset(self.root(), object),
            Cow::Owned(_) => 0,
        }
    }

    pub(super) fn date_time(&self, item: &Item<'a>) -> Result<bool> {
        if type_of(item) != JsonType::String {
            return Err(self.fail("22031", || {
                "jsonpath item method .datetime() can only be applied to a string".to_owned()
            }));
        }
        Err(SqlError::new("0A000", "jsonpath item method .datetime() is not supported").into())
    }
}

fn type_name(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Object => "\"object\"",
        JsonType::Array => "\"array\"",
        JsonType::String => "\"string\"",
        JsonType::Number => "\"number\"",
        JsonType::Boolean => "\"boolean\"",
        JsonType::Null => "\"null\"",
    }
}
