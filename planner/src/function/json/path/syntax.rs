//! A path as it was read.

use crate::function::regex::Pattern;

/// A whole path.
#[derive(Debug)]
pub(super) struct Path {
    /// Whether what a path expects of a value has to be there.
    pub(super) is_strict: bool,
    pub(super) node: Node,
}

/// What gives a sequence of values: where it begins, and from there step by step.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) head: Head,
    pub(super) steps: Vec<Step>,
}

impl From<Head> for Node {
    fn from(head: Head) -> Self {
        Self { head, steps: Vec::new() }
    }
}

/// Where a path begins.
#[derive(Debug)]
pub(super) enum Head {
    /// `$`
    Root,
    /// `@`
    Current,
    /// `last`
    Last,
    /// Canonical JSON.
    Literal(String),
    /// `$name`
    Variable(String),
    Unary(Sign, Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    Predicate(Box<Predicate>),
}

/// Of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Plus,
    Minus,
}

impl Sign {
    pub(super) fn written(self) -> &'static str {
        if self == Self::Minus { "-" } else { "+" }
    }
}

/// Of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Operator {
    pub(super) fn written(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
        }
    }
}

/// From a value to others.
#[derive(Debug)]
pub(super) enum Step {
    /// `.key`
    Key(String),
    /// `.*`
    AnyKey,
    /// `[*]`
    AnyElement,
    /// `[1, 2 to last]`
    Elements(Vec<(Node, Option<Node>)>),
    /// `.**{first to last}`, None where a bound is written `last`.
    Descendants(Option<u32>, Option<u32>),
    /// `? (…)`
    Filter(Predicate),
    /// `.size()`
    Method(Method),
    /// `.datetime("…")`
    DateTime(Option<String>),
}

/// What is called without arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Abs,
    Ceiling,
    Double,
    Floor,
    KeyValue,
    Size,
    Type,
}

impl Method {
    const ALL: [Self; 7] =
        [Self::Abs, Self::Ceiling, Self::Double, Self::Floor, Self::KeyValue, Self::Size, Self::Type];

    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name().eq_ignore_ascii_case(name))
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Abs => "abs",
            Self::Ceiling => "ceiling",
            Self::Double => "double",
            Self::Floor => "floor",
            Self::KeyValue => "keyvalue",
            Self::Size => "size",
            Self::Type => "type",
        }
    }
}

/// What is true, false or unknown.
#[derive(Debug)]
pub(super) enum Predicate {
    And(Box<Predicate>, Box<Predicate>),
    Or(Box<Predicate>, Box<Predicate>),
    Not(Box<Predicate>),
    IsUnknown(Box<Predicate>),
    Compare(Comparison, Node, Node),
    Exists(Node),
    StartsWith(Node, Node),
    LikeRegex(Node, Box<Regex>),
}

/// Of two scalars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(super) fn of_sign(sign: &str) -> Option<Self> {
        Some(match sign {
            "==" => Self::Equal,
            "!=" | "<>" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    pub(super) fn written(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// `like_regex "written" flag "flags"`
#[derive(Debug)]
pub(super) struct Regex {
    pub(super) written: String,
    /// Each once, as PostgreSQL orders them.
    pub(super) flags: String,
    pub(super) pattern: Pattern,
}
