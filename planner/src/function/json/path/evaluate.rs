//! What a path gives of a value: from item to item, each of which is canonical JSON, and as a rule a part of
//! the value's own text.
//!
//! In lax mode an array is taken apart where a step expects something else, a single value is taken as an
//! array where one is expected, and what is not there gives nothing. In strict mode each is an error.

use std::borrow::Cow;

use datafusion::common::DataFusionError;
use storage::jsonb::{JsonType, Scanner, get_field, type_of};

use super::super::parts::invalid;
use super::syntax::{Head, Method, Node, Operator, Path, Predicate, Sign, Step};
use super::{deep, number};
use crate::error::SqlError;

/// A value on the way: canonical JSON.
pub(super) type Item<'a> = Cow<'a, str>;

/// Why there is no answer.
pub(super) enum Fail {
    /// What a predicate around it takes for unknown, and a silent call for none. What is wrong is not said
    /// where nobody asks.
    Soft(Option<Box<SqlError>>),
    Hard(Box<DataFusionError>),
}

impl From<DataFusionError> for Fail {
    fn from(error: DataFusionError) -> Self {
        Self::Hard(Box::new(error))
    }
}

impl From<SqlError> for Fail {
    fn from(error: SqlError) -> Self {
        DataFusionError::from(error).into()
    }
}

pub(super) type Result<T> = std::result::Result<T, Fail>;

/// How many items are held at once: steps to all levels behind each other could fill the memory.
const ITEMS_MAX: usize = 10_000_000;

/// Items, of which there is as a rule one: it needs no memory of its own.
#[derive(Default)]
pub(super) struct Items<'a> {
    first: Option<Item<'a>>,
    others: Vec<Item<'a>>,
}

impl<'a> Items<'a> {
    fn push(&mut self, item: Item<'a>) {
        match self.first {
            None => self.first = Some(item),
            Some(_) => self.others.push(item),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Item<'a>> {
        self.first.iter().chain(&self.others)
    }

    pub(super) fn first(&self) -> Option<&Item<'a>> {
        self.first.as_ref()
    }

    pub(super) fn single(&self) -> Option<&Item<'a>> {
        self.first.as_ref().filter(|_| self.others.is_empty())
    }
}

/// Who takes what is found.
pub(super) enum Out<'o, 'a> {
    All(&'o mut Items<'a>),
    /// Who only asks whether there is something: the first one ends the search.
    Any,
}

/// Evaluates one path over one value.
pub(super) struct Evaluator<'a> {
    root: &'a str,
    variables: Option<&'a str>,
    pub(super) is_lax: bool,
    /// Whether what isn't there is no error: in lax mode, and below `.**`.
    is_lenient: bool,
    /// Whether somebody reads what is wrong.
    pub(super) is_heard: bool,
    /// `@`
    pub(super) current: Item<'a>,
    /// How many elements the array has whose subscripts are evaluated.
    size: i64,
}

impl<'a> Evaluator<'a> {
    /// `is_heard` is false in a silent call.
    pub(super) fn new(path: &'a Path, root: &'a str, variables: Option<&'a str>, is_heard: bool) -> Self {
        let is_lax = !path.is_strict;
        let current = Cow::Borrowed(root);
        Self { root, variables, is_lax, is_lenient: is_lax, is_heard, current, size: 0 }
    }

    pub(super) fn root(&self) -> &'a str {
        self.root
    }

    /// What a node gives.
    pub(super) fn items(&mut self, node: &'a Node) -> Result<Items<'a>> {
        let mut items = Items::default();
        self.node(node, &mut Out::All(&mut items))?;
        Ok(items)
    }

    /// What a node gives, in lax mode with the elements of arrays instead of them.
    pub(super) fn unwrapped(&mut self, node: &'a Node) -> Result<Items<'a>> {
        let items = self.items(node)?;
        if !self.is_lax || items.iter().all(|item| type_of(item) != JsonType::Array) {
            return Ok(items);
        }
        let mut all = Items::default();
        for item in items.iter() {
            match type_of(item) {
                JsonType::Array => each(item, |element| {
                    all.push(element);
                    Ok(true)
                })?,
                _ => all.push(item.clone()),
            }
        }
        Ok(all)
    }

    /// Hands over what a node gives. True where there is something.
    pub(super) fn node(&mut self, node: &'a Node, out: &mut Out<'_, 'a>) -> Result<bool> {
        let steps = node.steps.as_slice();
        let item = match &node.head {
            Head::Root => Cow::Borrowed(self.root),
            Head::Current => self.current.clone(),
            Head::Last => Cow::Owned((self.size - 1).to_string()),
            Head::Literal(json) => Cow::Borrowed(json.as_str()),
            Head::Variable(name) => Cow::Borrowed(self.variable(name)?),
            Head::Predicate(predicate) => Cow::Borrowed(match self.predicate(predicate)? {
                Some(true) => "true",
                Some(false) => "false",
                None => "null",
            }),
            Head::Binary(operator, left, right) => Cow::Owned(self.binary(*operator, left, right)?),
            Head::Unary(sign, operand) => return self.unary(*sign, operand, steps, out),
        };
        self.steps(item, steps, self.is_lax, out)
    }

    fn variable(&self, name: &str) -> Result<&'a str> {
        // Operators have none, and take each for null.
        let Some(variables) = self.variables else { return Ok("null") };
        get_field(variables, name).ok_or_else(|| {
            SqlError::new("42704", format!("could not find jsonpath variable \"{name}\"")).into()
        })
    }

    fn binary(&mut self, operator: Operator, left: &'a Node, right: &'a Node) -> Result<String> {
        let (left, right) = (self.unwrapped(left)?, self.unwrapped(right)?);
        let single = |items: &Items<'a>, side: &str| {
            let number = items.single().filter(|item| type_of(item) == JsonType::Number).cloned();
            number.ok_or_else(|| {
                self.fail("22038", || {
                    let sign = operator.written();
                    format!("{side} operand of jsonpath operator {sign} is not a single numeric value")
                })
            })
        };
        let (left, right) = (single(&left, "left")?, single(&right, "right")?);
        number::compute(operator, &left, &right).map_err(|error| match &*error.sqlstate {
            "22012" => self.fail("22012", || error.message),
            // Of what PostgreSQL computes: nobody may take it for unknown.
            _ => error.into(),
        })
    }

    fn unary(
        &mut self,
        sign: Sign,
        operand: &'a Node,
        steps: &'a [Step],
        out: &mut Out<'_, 'a>,
    ) -> Result<bool> {
        let items = self.unwrapped(operand)?;
        let is_asked = steps.is_empty() && matches!(out, Out::Any);
        let mut is_found = false;
        for item in items.iter() {
            if type_of(item) != JsonType::Number {
                // Who only asks whether there is a number goes on.
                if is_asked {
                    continue;
                }
                return Err(self.fail("2203B", || {
                    format!("operand of unary jsonpath operator {} is not a numeric value", sign.written())
                }));
            }
            let signed = match sign {
                Sign::Plus => item.clone(),
                Sign::Minus => Cow::Owned(number::negated(item)),
            };
            is_found |= self.steps(signed, steps, self.is_lax, out)?;
            if is_found && matches!(out, Out::Any) {
                break;
            }
        }
        Ok(is_found)
    }

    /// Goes on from an item, with an array taken apart where `unwraps`. True where something is found.
    pub(super) fn steps(
        &mut self,
        item: Item<'a>,
        steps: &'a [Step],
        unwraps: bool,
        out: &mut Out<'_, 'a>,
    ) -> Result<bool> {
        if let Some((step, rest)) = steps.split_first() {
            return deep(|| match type_of(&item) {
                JsonType::Array if unwraps && !takes_arrays(step) => self.children(&item, steps, false, out),
                kind => self.step(item, kind, step, rest, out),
            });
        }
        match out {
            Out::All(items) if items.others.len() >= ITEMS_MAX => {
                Err(SqlError::new("54000", "a jsonpath gives too many items").into())
            }
            Out::All(items) => {
                items.push(item);
                Ok(true)
            }
            Out::Any => Ok(true),
        }
    }

    fn step(
        &mut self,
        item: Item<'a>,
        kind: JsonType,
        step: &'a Step,
        rest: &'a [Step],
        out: &mut Out<'_, 'a>,
    ) -> Result<bool> {
        match step {
            Step::Key(key) if kind == JsonType::Object => {
                let found = match &item {
                    Cow::Borrowed(object) => get_field(object, key).map(Cow::Borrowed),
                    Cow::Owned(object) => get_field(object, key).map(|found| Cow::Owned(found.to_owned())),
                };
                match found {
                    Some(found) => self.steps(found, rest, self.is_lax, out),
                    None => self.missing("2203A", || format!("JSON object does not contain key \"{key}\"")),
                }
            }
            Step::Key(_) => self
                .missing("2203A", || "jsonpath member accessor can only be applied to an object".to_owned()),
            Step::AnyKey if kind == JsonType::Object => self.children(&item, rest, self.is_lax, out),
            Step::AnyKey => self.missing("2203C", || {
                "jsonpath wildcard member accessor can only be applied to an object".to_owned()
            }),
            Step::AnyElement if kind == JsonType::Array => self.children(&item, rest, self.is_lax, out),
            Step::AnyElement if self.is_lax => self.steps(item, rest, true, out),
            Step::AnyElement => self.missing("22039", || {
                "jsonpath wildcard array accessor can only be applied to an array".to_owned()
            }),
            Step::Elements(subscripts) if kind == JsonType::Array || self.is_lax => {
                let mut size = 1;
                if kind == JsonType::Array {
                    size = 0;
                    each_part(&item, |_| {
                        size += 1;
                        Ok(true)
                    })?;
                }
                let outer = std::mem::replace(&mut self.size, size);
                let result = self.elements(&item, subscripts, rest, out);
                self.size = outer;
                result
            }
            Step::Elements(_) => {
                self.missing("22039", || "jsonpath array accessor can only be applied to an array".to_owned())
            }
            Step::Descendants(first, last) => {
                let (first, last) = (first.unwrap_or(u32::MAX), last.unwrap_or(u32::MAX));
                let mut is_found = false;
                if first == 0 {
                    is_found = self.leniently(item.clone(), rest, out)?;
                }
                if is_found && matches!(out, Out::Any) {
                    return Ok(true);
                }
                Ok(self.descendants(&item, rest, (1, first, last), out)? || is_found)
            }
            Step::Filter(predicate) => {
                let outer = std::mem::replace(&mut self.current, item.clone());
                let holds = self.predicate(predicate);
                self.current = outer;
                if holds? == Some(true) { self.steps(item, rest, self.is_lax, out) } else { Ok(false) }
            }
            Step::Method(method) => self.method(item, *method, rest, out),
            Step::DateTime(_) => self.date_time(&item),
        }
    }

    /// Goes on from what an array or an object consists of.
    fn children(
        &mut self,
        item: &Item<'a>,
        steps: &'a [Step],
        unwraps: bool,
        out: &mut Out<'_, 'a>,
    ) -> Result<bool> {
        let mut is_found = false;
        each(item, |child| {
            is_found |= self.steps(child, steps, unwraps, out)?;
            Ok(!(is_found && matches!(out, Out::Any)))
        })?;
        Ok(is_found)
    }

    fn elements(
        &mut self,
        item: &Item<'a>,
        subscripts: &'a [(Node, Option<Node>)],
        rest: &'a [Step],
        out: &mut Out<'_, 'a>,
    ) -> Result<bool> {
        let is_array = type_of(item) == JsonType::Array;
        let mut is_found = false;
        for (from, to) in subscripts {
            let from = self.subscript(from)?;
            let to = to.as_ref().map_or(Ok(from), |to| self.subscript(to))?;
            if !self.is_lenient && (from < 0 || from > to || to >= self.size) {
                return Err(self.fail("22033", || "jsonpath array subscript is out of bounds".to_owned()));
            }
            let mut index = -1;
            let mut go_on = |element: Item<'a>, evaluator: &mut Self| {
                index += 1;
                if index >= from && index <= to {
                    is_found |= evaluator.steps(element, rest, evaluator.is_lax, out)?;
                }
                Ok(index < to && !(is_found && matches!(out, Out::Any)))
            };
            if is_array {
                each(item, |element| go_on(element, self))?;
            } else {
                go_on(item.clone(), self)?;
            }
            if is_found && matches!(out, Out::Any) {
                break;
            }
        }
        Ok(is_found)
    }

    fn subscript(&mut self, node: &'a Node) -> Result<i64> {
        let items = self.items(node)?;
        let Some(number) = items.single().filter(|item| type_of(item) == JsonType::Number) else {
            return Err(
                self.fail("22033", || "jsonpath array subscript is not a single numeric value".to_owned())
            );
        };
        number::subscript(number).ok_or_else(|| {
            self.fail("22033", || "jsonpath array subscript is out of integer range".to_owned())
        })
    }

    /// Goes on from everything within an item that stands on one of the levels.
    fn descendants(
        &mut self,
        item: &Item<'a>,
        rest: &'a [Step],
        (level, first, last): (u32, u32, u32),
        out: &mut Out<'_, 'a>,
    ) -> Result<bool> {
        if level > last || !is_container(item) {
            return Ok(false);
        }
        let is_of_leaves = first == u32::MAX && last == u32::MAX;
        let mut is_found = false;
        each(item, |child| {
            if level >= first || (is_of_leaves && !is_container(&child)) {
                is_found |= self.leniently(child.clone(), rest, out)?;
            }
            if level < last && !(is_found && matches!(out, Out::Any)) {
                is_found |= deep(|| self.descendants(&child, rest, (level + 1, first, last), out))?;
            }
            Ok(!(is_found && matches!(out, Out::Any)))
        })?;
        Ok(is_found)
    }

    /// Goes on from an item on whichever level: what isn't there is no error.
    fn leniently(&mut self, item: Item<'a>, rest: &'a [Step], out: &mut Out<'_, 'a>) -> Result<bool> {
        let outer = std::mem::replace(&mut self.is_lenient, true);
        let result = self.steps(item, rest, self.is_lax, out);
        self.is_lenient = outer;
        result
    }

    /// What is not there: nothing, or an error.
    pub(super) fn missing(&self, sqlstate: &'static str, message: impl FnOnce() -> String) -> Result<bool> {
        if self.is_lenient { Ok(false) } else { Err(self.fail(sqlstate, message)) }
    }

    pub(super) fn fail(&self, sqlstate: &'static str, message: impl FnOnce() -> String) -> Fail {
        Fail::Soft(self.is_heard.then(|| Box::new(SqlError::new(sqlstate, message()))))
    }

    fn predicate(&mut self, predicate: &'a Predicate) -> Result<Option<bool>> {
        let is_heard = std::mem::replace(&mut self.is_heard, false);
        let holds = deep(|| self.holds(predicate));
        self.is_heard = is_heard;
        holds
    }
}

/// Whether a step takes an array as a whole.
fn takes_arrays(step: &Step) -> bool {
    use Step::{AnyElement, Descendants, Elements, Method as Call};
    matches!(step, AnyElement | Elements(_) | Descendants(..) | Call(Method::Type | Method::Size))
}

fn is_container(item: &str) -> bool {
    matches!(type_of(item), JsonType::Array | JsonType::Object)
}

/// Calls back with each element or member's value until told to stop.
pub(super) fn each<'a>(item: &Item<'a>, mut visit: impl FnMut(Item<'a>) -> Result<bool>) -> Result<()> {
    match item {
        Cow::Borrowed(text) => each_part(text, |part| visit(Cow::Borrowed(part))),
        Cow::Owned(text) => each_part(text, |part| visit(Cow::Owned(part.to_owned()))),
    }
}

fn each_part<'t>(text: &'t str, mut visit: impl FnMut(&'t str) -> Result<bool>) -> Result<()> {
    let mut scanner = Scanner::new(text);
    let is_object = scanner.take(b'{');
    let close = if is_object { b'}' } else { b']' };
    if !(is_object || scanner.take(b'[')) || scanner.take(close) {
        return Ok(());
    }
    loop {
        if is_object {
            scanner.string().and_then(|_| scanner.colon()).map_err(invalid)?;
        }
        if !visit(scanner.value().map_err(invalid)?)? || !scanner.more(close).map_err(invalid)? {
            return Ok(());
        }
    }
}
