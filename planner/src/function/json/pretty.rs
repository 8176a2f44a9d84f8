//! `jsonb_pretty`: a line a value, four blanks a level.

use datafusion::common::Result;

use super::parts::{elements, members};
use crate::function::overload::{Definition, Kind, overload};

pub(super) static DEFINITIONS: &[Definition] = &[Definition {
    name: "jsonb_pretty",
    overloads: &[overload(&[Kind::Jsonb], 0, Kind::Text, |rows| {
        rows.to_texts(|row, out| pretty(rows.texts(0).value(row), 0, out).map(|()| true))
    })],
}];

fn pretty(value: &str, level: usize, out: &mut String) -> Result<()> {
    let line = |level: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", level));
    };
    if let Some(members) = members(value)? {
        out.push('{');
        for (index, (key, value)) in members.into_iter().enumerate() {
            out.push_str(if index == 0 { "" } else { "," });
            line(level + 1, out);
            out.extend(["\"", key.text, "\": "]);
            pretty(value, level + 1, out)?;
        }
        line(level, out);
        out.push('}');
    } else if let Some(elements) = elements(value)? {
        out.push('[');
        for (index, element) in elements.into_iter().enumerate() {
            out.push_str(if index == 0 { "" } else { "," });
            line(level + 1, out);
            pretty(element, level + 1, out)?;
        }
        line(level, out);
        out.push(']');
    } else {
        out.push_str(value);
    }
    Ok(())
}
