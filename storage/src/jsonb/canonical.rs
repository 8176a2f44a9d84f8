//! Any JSON text into the form in which it is stored.

use std::ops::Range;

use super::number;
use super::scan::Scanner;
use super::string::{quote_into, unescape_into};
use super::{JsonError, JsonType};

/// What exponents may add to one document: `1e131071` is a number of 131,072 digits, and an
/// array of those would be memory without end.
const EXPANSION_BYTES_MAX: usize = 1 << 20;

/// The canonical text of a JSON text.
pub fn canonicalize(text: &str) -> Result<String, JsonError> {
    let mut out = String::with_capacity(text.len());
    let mut scanner = Scanner::new(text);
    canonicalize_next(&mut scanner, 0, &mut out)?;
    scanner.end()?;
    Ok(out)
}

/// Reads the next value, which stands inside `depth` objects and arrays, and appends its
/// canonical text. On an error `out` holds a part of it.
pub fn canonicalize_next(scanner: &mut Scanner<'_>, depth: usize, out: &mut String) -> Result<(), JsonError> {
    let mut canonicalizer = Canonicalizer {
        out,
        keys: String::new(),
        members: Vec::new(),
        expansion_bytes_left: EXPANSION_BYTES_MAX,
    };
    canonicalizer.value(scanner, depth)
}

struct Canonicalizer<'o> {
    out: &'o mut String,
    /// The unescaped keys of the objects that are open, one behind the other.
    keys: String,
    /// The members of the objects that are open.
    members: Vec<Member>,
    expansion_bytes_left: usize,
}

struct Member {
    /// In `keys`.
    key: Range<usize>,
    /// In `out`, key and value.
    text: Range<usize>,
}

impl Canonicalizer<'_> {
    fn value(&mut self, scanner: &mut Scanner<'_>, depth: usize) -> Result<(), JsonError> {
        match scanner.peek_type()? {
            JsonType::Object => {
                scanner.enter(depth)?;
                self.object(scanner, depth + 1)?;
            }
            JsonType::Array => {
                scanner.enter(depth)?;
                self.array(scanner, depth + 1)?;
            }
            JsonType::String => {
                let start = scanner.position() + 1;
                let raw = scanner.string()?;
                if raw.escaped {
                    let scratch = self.keys.len();
                    unescape_into(raw, start, &mut self.keys)?;
                    quote_into(&self.keys[scratch..], self.out);
                    self.keys.truncate(scratch);
                } else {
                    self.push_quoted(raw.text);
                }
            }
            JsonType::Number => {
                let position = scanner.position();
                let number = scanner.number()?;
                number::print(&number, position, &mut self.expansion_bytes_left, self.out)?;
            }
            JsonType::Boolean => {
                let value = scanner.boolean()?;
                self.out.push_str(if value { "true" } else { "false" });
            }
            JsonType::Null => {
                scanner.literal("null")?;
                self.out.push_str("null");
            }
        }
        Ok(())
    }

    fn array(&mut self, scanner: &mut Scanner<'_>, depth: usize) -> Result<(), JsonError> {
        self.out.push('[');
        let mut more = !scanner.take(b']');
        while more {
            self.value(scanner, depth)?;
            more = scanner.more(b']')?;
            if more {
                self.out.push_str(", ");
            }
        }
        self.out.push(']');
        Ok(())
    }

    fn object(&mut self, scanner: &mut Scanner<'_>, depth: usize) -> Result<(), JsonError> {
        let (members_start, keys_start) = (self.members.len(), self.keys.len());
        self.out.push('{');
        let content_start = self.out.len();
        let mut more = !scanner.take(b'}');
        while more {
            let key_start = self.keys.len();
            let text_start = self.out.len();
            scanner.peek();
            let position = scanner.position() + 1;
            let raw = scanner.string()?;
            unescape_into(raw, position, &mut self.keys)?;
            let key = key_start..self.keys.len();
            if raw.escaped {
                quote_into(&self.keys[key.clone()], self.out);
            } else {
                self.push_quoted(raw.text);
            }
            scanner.colon()?;
            self.out.push_str(": ");
            self.value(scanner, depth)?;
            self.members.push(Member { key, text: text_start..self.out.len() });
            more = scanner.more(b'}')?;
            if more {
                self.out.push_str(", ");
            }
        }
        self.order(members_start, content_start);
        self.members.truncate(members_start);
        self.keys.truncate(keys_start);
        self.out.push('}');
        Ok(())
    }

    /// Brings the members of an object, written to `out` from `content_start` on, into order.
    fn order(&mut self, members_start: usize, content_start: usize) {
        let Self { out, keys, members, .. } = self;
        let members = &mut members[members_start..];
        let rank = |member: &Member| (member.key.len(), &keys.as_bytes()[member.key.clone()]);
        if members.is_sorted_by(|left, right| rank(left) < rank(right)) {
            return;
        }
        // Stable, so that of equal keys the last in the text stays last.
        members.sort_by(|left, right| rank(left).cmp(&rank(right)));
        let mut ordered = String::with_capacity(out.len() - content_start);
        for (index, member) in members.iter().enumerate() {
            if members.get(index + 1).is_some_and(|next| rank(next) == rank(member)) {
                continue;
            }
            if !ordered.is_empty() {
                ordered.push_str(", ");
            }
            ordered.push_str(&out[member.text.clone()]);
        }
        out.truncate(content_start);
        out.push_str(&ordered);
    }

    fn push_quoted(&mut self, text: &str) {
        self.out.push('"');
        self.out.push_str(text);
        self.out.push('"');
    }
}
