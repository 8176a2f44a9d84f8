//! A template, as text, into nodes: patterns with their modifiers, and what stands between them.

/// A pattern of a table: how it is written, and what it stands for.
#[derive(Debug)]
pub(super) struct Pattern<K> {
    pub(super) name: &'static str,
    pub(super) key: K,
}

/// What is written around a pattern of dates and times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Modifiers {
    /// `FM`: without padding.
    pub(super) fill: bool,
    /// `TM`: names in the language of the locale, which is English here, and without padding.
    pub(super) translate: bool,
    /// `TH` or `th`.
    pub(super) ordinal: Option<Ordinal>,
}

/// How the ending of an ordinal number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ordinal {
    Upper,
    Lower,
}

impl Ordinal {
    /// The ending of a number that ends with these digits: `21st`, `11th`.
    pub(super) fn ending(self, digits: &[u8]) -> &'static str {
        let is_teen = digits.len() > 1 && digits[digits.len() - 2] == b'1';
        let index = match digits.last() {
            Some(digit @ b'1'..=b'3') if !is_teen => usize::from(digit - b'0'),
            _ => 0,
        };
        match self {
            Self::Upper => ["TH", "ST", "ND", "RD"][index],
            Self::Lower => ["th", "st", "nd", "rd"][index],
        }
    }
}

/// A part of a template.
#[derive(Debug)]
pub(super) enum Node<K: 'static> {
    Pattern(&'static Pattern<K>, Modifiers),
    /// A printable ASCII character that is neither letter nor digit, in a template of dates and times.
    Separator(char),
    Space(char),
    Character(char),
}

/// Parses a template by a table in which of two patterns the longer comes first where both could
/// match. `with_modifiers` is for dates and times: those of numbers are patterns of their own.
pub(super) fn parse<K>(text: &str, table: &'static [Pattern<K>], with_modifiers: bool) -> Vec<Node<K>> {
    let mut nodes = Vec::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let mut modifiers = Modifiers::default();
        if with_modifiers {
            rest = prefix(rest, &mut modifiers);
        }
        if let Some(pattern) = table.iter().find(|pattern| rest.starts_with(pattern.name)) {
            rest = &rest[pattern.name.len()..];
            if with_modifiers {
                rest = postfix(rest, &mut modifiers);
            }
            nodes.push(Node::Pattern(pattern, modifiers));
        } else if let Some(quoted) = rest.strip_prefix('"') {
            rest = quoted_text(quoted, &mut nodes);
        } else {
            // Outside of quotes a backslash only says that a quote is none.
            let literal = if rest.starts_with("\\\"") { &rest[1..] } else { rest };
            let mut characters = literal.chars();
            if let Some(character) = characters.next() {
                nodes.push(match character {
                    _ if with_modifiers && is_separator(character) => Node::Separator(character),
                    _ if is_space(character) => Node::Space(character),
                    _ => Node::Character(character),
                });
            }
            rest = characters.as_str();
        }
    }
    nodes
}

fn prefix<'a>(text: &'a str, modifiers: &mut Modifiers) -> &'a str {
    match text.get(..2) {
        Some("FM" | "fm") => modifiers.fill = true,
        Some("TM" | "tm") => modifiers.translate = true,
        _ => return text,
    }
    &text[2..]
}

fn postfix<'a>(text: &'a str, modifiers: &mut Modifiers) -> &'a str {
    match text.get(..2) {
        Some("TH") => modifiers.ordinal = Some(Ordinal::Upper),
        Some("th") => modifiers.ordinal = Some(Ordinal::Lower),
        // Numbers are never spelled out, as in PostgreSQL.
        Some("SP") => {}
        _ => return text,
    }
    &text[2..]
}

/// Text up to the closing quote, in which a backslash quotes what follows. Returns what is behind it.
fn quoted_text<'a, K>(text: &'a str, nodes: &mut Vec<Node<K>>) -> &'a str {
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let literal = match character {
            '"' => break,
            '\\' => characters.next().unwrap_or(character),
            _ => character,
        };
        nodes.push(Node::Character(literal));
    }
    characters.as_str()
}

/// C's `isspace`.
pub(super) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t'..='\r')
}

pub(super) fn is_separator(character: char) -> bool {
    character.is_ascii_punctuation()
}
