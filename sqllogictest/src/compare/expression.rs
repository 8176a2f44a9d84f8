//! Expressions of a type by chance.

use rand::Rng;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;

use super::grammar::{Form, Grammar, Place, TYPES};
use super::tree::{Node, Role};

/// A column that expressions can name.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// As SQL.
    pub(crate) sql: String,
    pub(crate) kind: &'static str,
}

/// How bold expressions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Literals at the edges of their types, operations that fail, now and then an argument of a wrong type.
    Bold,
    /// What ordinary values do not make fail.
    Tame,
}

/// Makes expressions over columns.
pub(crate) struct Expressions<'a> {
    pub(crate) random: &'a mut SmallRng,
    pub(crate) grammar: &'a Grammar,
    pub(crate) columns: &'a [Column],
    pub(crate) manner: Manner,
}

impl Expressions<'_> {
    /// An expression with at most `depth` operations within each other.
    pub(crate) fn value(&mut self, kind: &'static str, depth: usize) -> Node {
        let forms = self.grammar.forms.get(kind).map_or(&[][..], Vec::as_slice);
        if depth > 0 && self.random.random_bool(0.85) {
            let form = forms.choose(self.random);
            if let Some(form) = form.filter(|form| self.manner == Manner::Bold || !form.fails) {
                return self.filled(form, kind, depth - 1);
            }
        }
        self.operand(kind)
    }

    /// A form with expressions in its places.
    pub(crate) fn filled(&mut self, form: &Form, kind: &'static str, depth: usize) -> Node {
        let children = form.places.iter().map(|place| match place {
            Place::Word(words) => {
                Node::leaf(Role::Fixed, *words.choose(self.random).expect("a word list is not empty"))
            }
            Place::Value(kind) if self.manner == Manner::Bold && self.random.random_ratio(1, 60) => {
                let (other, ..) = TYPES.choose(self.random).expect("there are types");
                // The place takes the type that belongs there when it is made smaller.
                Node::format(Role::Value(kind), "{}", vec![self.value(other, depth)])
            }
            Place::Value(kind) => self.value(kind, depth),
        });
        let children = children.collect();
        Node::new(Role::Value(kind), form.texts.clone(), children)
    }

    /// A column or a literal.
    fn operand(&mut self, kind: &'static str) -> Node {
        let fitting: Vec<&Column> = self.columns.iter().filter(|column| column.kind == kind).collect();
        match fitting.choose(self.random) {
            Some(column) if self.random.random_bool(0.75) => Node::leaf(Role::Value(kind), &column.sql),
            _ => self.literal(kind),
        }
    }

    fn literal(&mut self, kind: &'static str) -> Node {
        if self.random.random_ratio(1, 12) {
            let text = if self.random.random_bool(0.3) { "null".to_owned() } else { format!("null::{kind}") };
            return Node::leaf(Role::Value(kind), text);
        }
        let is_edge = self.manner == Manner::Bold && self.random.random_bool(0.5);
        let [plain, edges] = &self.grammar.literals[kind];
        let Some(literal) = if is_edge { edges } else { plain }.choose(self.random) else {
            return Node::leaf(Role::Value(kind), format!("null::{kind}"));
        };
        let is_number = literal.parse::<i32>().is_ok() && kind == "int4"
            || literal.contains('.') && literal.parse::<f64>().is_ok() && kind == "numeric";
        // Literals without a type are for the bold.
        let styles = if self.manner == Manner::Bold { 0..10 } else { 0..9 };
        let text = match self.random.random_range(styles) {
            // A bare number has its type by itself, and a minus sign is an operator.
            0..=7 if is_number => {
                literal.strip_prefix('-').map_or_else(|| (*literal).to_owned(), |_| format!("({literal})"))
            }
            0..=7 => format!("'{literal}'::{kind}"),
            8 => format!("cast('{literal}' as {kind})"),
            // Of no type until its place gives it one.
            _ => format!("'{literal}'"),
        };
        Node::leaf(Role::Value(kind), text)
    }
}
