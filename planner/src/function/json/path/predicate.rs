//! Predicates: true, false or, None, unknown. What goes wrong within one is unknown.

use std::cmp::Ordering;

use storage::jsonb::{JsonType, as_text, type_of};

use super::evaluate::{Evaluator, Fail, Item, Items, Out, Result};
use super::number;
use super::syntax::{Comparison, Node, Predicate};

impl<'a> Evaluator<'a> {
    pub(super) fn holds(&mut self, predicate: &'a Predicate) -> Result<Option<bool>> {
        match predicate {
            Predicate::And(left, right) => match self.nested(left)? {
                Some(false) => Ok(Some(false)),
                left => Ok(match self.nested(right)? {
                    Some(true) => left,
                    right => right,
                }),
            },
            Predicate::Or(left, right) => match self.nested(left)? {
                Some(true) => Ok(Some(true)),
                left => Ok(match self.nested(right)? {
                    Some(false) => left,
                    right => right,
                }),
            },
            Predicate::Not(inner) => Ok(self.nested(inner)?.map(|holds| !holds)),
            Predicate::IsUnknown(inner) => Ok(Some(self.nested(inner)?.is_none())),
            Predicate::Exists(node) => self.exists(node),
            Predicate::Compare(comparison, left, right) => {
                let Some(left) = known(self.unwrapped(left))? else { return Ok(None) };
                let Some(right) = known(self.unwrapped(right))? else { return Ok(None) };
                Ok(self.any(&left, Some(&right), |left, right| compare(*comparison, left, right)))
            }
            Predicate::StartsWith(value, initial) => {
                let Some(values) = known(self.unwrapped(value))? else { return Ok(None) };
                let Some(initial) = known(self.items(initial))? else { return Ok(None) };
                Ok(self.any(&values, Some(&initial), |value, initial| {
                    let (value, initial) = (string(value)?, string(initial)?);
                    Some(value.starts_with(&*initial))
                }))
            }
            Predicate::LikeRegex(value, regex) => {
                let Some(values) = known(self.unwrapped(value))? else { return Ok(None) };
                Ok(self.any(&values, None, |value, _| Some(regex.pattern.matches(&string(value)?))))
            }
        }
    }

    fn nested(&mut self, predicate: &'a Predicate) -> Result<Option<bool>> {
        super::deep(|| self.holds(predicate))
    }

    fn exists(&mut self, node: &'a Node) -> Result<Option<bool>> {
        // In strict mode something may be wrong with what comes later.
        let found = match self.is_lax {
            true => self.node(node, &mut Out::Any),
            false => self.items(node).map(|items| items.first().is_some()),
        };
        known(found)
    }

    /// Whether a test holds for some pair. In strict mode it is known only where it is for all of them.
    fn any(
        &self,
        left: &Items<'a>,
        right: Option<&Items<'a>>,
        test: impl Fn(&Item<'a>, &Item<'a>) -> Option<bool>,
    ) -> Option<bool> {
        let (mut is_found, mut is_unknown) = (false, false);
        let mut see = |result: Option<bool>| {
            is_found |= result == Some(true);
            is_unknown |= result.is_none();
            // Whether more has to be seen.
            if self.is_lax { !is_found } else { !is_unknown }
        };
        let goes_on = |left: &Item<'a>| match right {
            Some(right) => right.iter().all(|right| see(test(left, right))),
            None => see(test(left, left)),
        };
        left.iter().all(goes_on);
        match (is_found, is_unknown) {
            (_, true) if !self.is_lax => None,
            (true, _) => Some(true),
            (false, true) => None,
            (false, false) => Some(false),
        }
    }
}

/// None of what went wrong.
fn known<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Fail::Soft(_)) => Ok(None),
        Err(hard) => Err(hard),
    }
}

fn string<'i>(item: &'i Item<'_>) -> Option<std::borrow::Cow<'i, str>> {
    if type_of(item) == JsonType::String { as_text(item) } else { None }
}

/// Compares scalars: of one type, or with null, which is equal to nothing else.
fn compare(comparison: Comparison, left: &Item<'_>, right: &Item<'_>) -> Option<bool> {
    let (kind, other) = (type_of(left), type_of(right));
    let is_container = |kind| matches!(kind, JsonType::Array | JsonType::Object);
    if kind != other {
        let is_null = kind == JsonType::Null || other == JsonType::Null;
        return is_null.then_some(comparison == Comparison::NotEqual);
    }
    let order = match kind {
        kind if is_container(kind) => return None,
        JsonType::Null => Ordering::Equal,
        // `false` stands before `true` in the alphabet too.
        JsonType::Boolean => left.cmp(right),
        JsonType::Number => number::compare(left, right),
        // Equal ones are written alike.
        _ if left == right => Ordering::Equal,
        _ => string(left)?.cmp(&string(right)?),
    };
    Some(match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    })
}
