//! When two answers are alike, and how they differ where they are not.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::wire::Message;

/// Beside a difference of the last digit of a sum whose terms came in another order.
const TOLERANCE: f64 = 1e-9;
/// Rows of an answer that are shown.
const SHOWN_MAX: usize = 4;
/// Letters of a message that tell one failure from another.
const PATTERN_MAX: usize = 60;

/// What a statement's answer is compared by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Rows come in the order that the statement asks for.
    pub ordered: bool,
    /// Floating-point numbers are sums, whose terms may be added in any order.
    pub approximate: bool,
    /// Which row fails first is open, and so is the error where several would fail.
    pub any_failure: bool,
    /// The wording of errors is compared, not only their SQLSTATE.
    pub wording: bool,
}

/// The answer to one statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Rows {
        columns: Vec<(String, i32, i32)>,
        rows: Vec<Vec<Option<String>>>,
    },
    Error {
        sqlstate: String,
        message: String,
    },
    /// The connection ended or the server said nothing in time.
    Lost(String),
}

/// A difference: what PostgreSQL answered, what Tidegate answered.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    /// The same for differences that have one cause, as far as can be told.
    pub(crate) class: String,
    pub(crate) theirs: String,
    pub(crate) ours: String,
}

impl Difference {
    /// Whether the class alone tells the cause: a message does, other rows do not.
    pub(crate) fn is_failure(&self) -> bool {
        ["only", "sqlstate", "wording", "lost"].iter().any(|word| self.class.starts_with(word))
    }
}

impl Answer {
    pub(crate) fn new(messages: std::io::Result<Vec<Message>>) -> Self {
        let messages = match messages {
            Ok(messages) => messages,
            Err(error) => return Self::Lost(error.to_string()),
        };
        if let Some(error) = messages.iter().find(|message| message.is_error()) {
            return Self::Error {
                sqlstate: error.field(b'C').to_owned(),
                message: error.field(b'M').to_owned(),
            };
        }
        let (mut columns, mut rows) = (Vec::new(), Vec::new());
        for message in messages {
            match message {
                Message::Columns(found) => {
                    columns = found
                        .into_iter()
                        .map(|column| (column.name, column.type_oid, column.modifier))
                        .collect();
                }
                Message::Row(cells) => rows.push(cells),
                _ => {}
            }
        }
        Self::Rows { columns, rows }
    }

    fn shown(&self) -> String {
        match self {
            Self::Rows { rows, .. } => {
                let shown: Vec<String> = rows.iter().take(SHOWN_MAX).map(|row| line(row)).collect();
                format!("{} rows: {}", rows.len(), shown.join("; "))
            }
            Self::Error { sqlstate, message } => format!("{sqlstate}: {message}"),
            Self::Lost(reason) => format!("no answer: {reason}"),
        }
    }
}

/// How two answers differ; None where they are alike.
pub(crate) fn difference(theirs: &Answer, ours: &Answer, rules: Rules) -> Option<Difference> {
    let class = match (theirs, ours) {
        (_, Answer::Lost(_)) => "lost".to_owned(),
        (Answer::Lost(_), _) => return None,
        (
            Answer::Error { sqlstate: theirs, message: expected },
            Answer::Error { sqlstate: ours, message: found },
        ) => {
            let both_values = theirs.starts_with("22") && ours.starts_with("22");
            if theirs != ours && !(rules.any_failure && both_values) {
                format!("sqlstate {theirs} {ours}: {}", pattern(found))
            } else if rules.wording && theirs == ours && expected != found {
                format!("wording {theirs}: {}", pattern(found))
            } else {
                return None;
            }
        }
        (Answer::Rows { .. }, Answer::Error { sqlstate, message }) => {
            format!("only we fail {sqlstate}: {}", pattern(message))
        }
        (Answer::Error { sqlstate, message }, Answer::Rows { .. }) => {
            format!("only they fail {sqlstate}: {}", pattern(message))
        }
        (Answer::Rows { columns: expected, rows: theirs }, Answer::Rows { columns: found, rows: ours }) => {
            if let Some(difference) = column_difference(expected, found) {
                return Some(difference);
            }
            let floats: Vec<bool> = expected.iter().map(|(_, oid, _)| matches!(oid, 700 | 701)).collect();
            let (mut theirs, mut ours) = (theirs.clone(), ours.clone());
            if !rules.ordered {
                theirs.sort_by(|left, right| by_value(left, right, &floats));
                ours.sort_by(|left, right| by_value(left, right, &floats));
            }
            let alike = theirs.len() == ours.len()
                && theirs.iter().zip(&ours).all(|(theirs, ours)| {
                    let mut cells = theirs.iter().zip(ours).zip(&floats);
                    cells.all(|((theirs, ours), float)| {
                        theirs == ours || rules.approximate && *float && near(theirs, ours)
                    })
                });
            if alike {
                return None;
            }
            let (theirs, ours) = (only_of(&theirs, &ours), only_of(&ours, &theirs));
            return Some(Difference { class: "rows".into(), theirs, ours });
        }
    };
    Some(Difference { class, theirs: theirs.shown(), ours: ours.shown() })
}

/// The rows that `left` has more often than `right`.
fn only_of(left: &[Vec<Option<String>>], right: &[Vec<Option<String>>]) -> String {
    let mut counts: BTreeMap<&[Option<String>], usize> = BTreeMap::new();
    right.iter().for_each(|row| *counts.entry(row).or_default() += 1);
    let only = left.iter().filter(|row| match counts.get_mut(row.as_slice()) {
        Some(count @ 1..) => {
            *count -= 1;
            false
        }
        _ => true,
    });
    let only: Vec<String> = only.take(SHOWN_MAX).map(|row| line(row)).collect();
    let order = if only.is_empty() && left.len() == right.len() { "in another order" } else { "" };
    format!("{} rows: {}{order}", left.len(), only.join("; "))
}

fn column_difference(expected: &[(String, i32, i32)], found: &[(String, i32, i32)]) -> Option<Difference> {
    if expected == found {
        return None;
    }
    let shown = |columns: &[(String, i32, i32)]| {
        let columns: Vec<String> =
            columns.iter().map(|(name, oid, modifier)| format!("{name}:{oid}:{modifier}")).collect();
        columns.join(" ")
    };
    let pair = expected.iter().zip(found).find(|(expected, found)| expected != found);
    let class = match pair {
        None => "number of columns".to_owned(),
        Some(((_, theirs, _), (_, ours, _))) if theirs != ours => format!("type {theirs} {ours}"),
        Some(((theirs, ..), (ours, ..))) if theirs != ours => "name".to_owned(),
        Some(_) => "modifier".to_owned(),
    };
    Some(Difference { class, theirs: shown(expected), ours: shown(found) })
}

/// Numbers that differ in their last digits stay beside each other.
fn by_value(left: &[Option<String>], right: &[Option<String>], floats: &[bool]) -> Ordering {
    let number = |cell: &Option<String>| cell.as_ref().and_then(|cell| cell.parse::<f64>().ok());
    let mut orders = left.iter().zip(right).zip(floats).map(|((left, right), float)| {
        match (number(left), number(right)) {
            (Some(left), Some(right)) if *float => left.total_cmp(&right),
            _ => left.cmp(right),
        }
    });
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn near(theirs: &Option<String>, ours: &Option<String>) -> bool {
    let number = |cell: &Option<String>| cell.as_ref()?.parse::<f64>().ok();
    let (Some(theirs), Some(ours)) = (number(theirs), number(ours)) else { return false };
    (theirs - ours).abs() <= TOLERANCE * theirs.abs().max(1.0)
}

fn line(row: &[Option<String>]) -> String {
    row.iter().map(|cell| cell.as_deref().unwrap_or("null")).collect::<Vec<_>>().join(" | ")
}

/// A message without what is a statement's own: names, texts, numbers.
fn pattern(message: &str) -> String {
    let mut pattern = String::new();
    let (mut quote, mut digits) = (None, false);
    for letter in message.chars().take(PATTERN_MAX) {
        match quote {
            Some(open) if letter == open => quote = None,
            Some(_) => continue,
            None if letter == '"' => quote = Some(letter),
            None if letter.is_ascii_digit() => {
                if !std::mem::replace(&mut digits, true) {
                    pattern.push('#');
                }
                continue;
            }
            None => {}
        }
        digits = false;
        pattern.push(letter);
    }
    pattern
}
