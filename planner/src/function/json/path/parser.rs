//! Reads a path. What is an expression and what a predicate is one grammar up to the point where only one
//! of them can stand.

use storage::jsonb::{canonicalize, quote_into};

use super::deep;
use super::lexer::{Kind, Lexer, Token};
use super::number::negated;
use super::syntax::{Comparison, Head, Method, Node, Operator, Path, Predicate, Regex, Sign, Step};
use crate::error::SqlError;
use crate::function::regex::{Options, Pattern};

type Result<T> = std::result::Result<T, SqlError>;

/// How deep what is evaluated within each other may be: nested parts, operators of a chain and steps of a
/// path.
const DEPTH_MAX: usize = 1000;

/// Reads a path.
pub(super) fn parse(text: &str) -> Result<Path> {
    let mut lexer = Lexer::new(text);
    let token = lexer.next()?;
    if token.kind == Kind::End {
        return Err(SqlError::new("22P02", format!("invalid input syntax for type jsonpath: \"{text}\"")));
    }
    let mut parser = Parser { lexer, token, depth: 0, filters: 0, subscripts: 0, misplaced: None };
    let is_strict = parser.takes_word("strict")?;
    if !is_strict {
        parser.takes_word("lax")?;
    }
    let node = match parser.disjunction()? {
        Parsed::Expression(node) => node,
        Parsed::Predicate(predicate) => Head::Predicate(Box::new(predicate)).into(),
    };
    match parser.token.kind {
        Kind::End => parser.misplaced.map_or(Ok(Path { is_strict, node }), Err),
        _ => Err(parser.token.error()),
    }
}

enum Parsed {
    Expression(Node),
    Predicate(Predicate),
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token<'a>,
    depth: usize,
    /// In how many filters this stands.
    filters: usize,
    subscripts: usize,
    /// What is said of `@` and `last` where they mean nothing, if all else is right.
    misplaced: Option<SqlError>,
}

impl<'a> Parser<'a> {
    fn advance(&mut self) -> Result<Kind<'a>> {
        let next = self.lexer.next()?;
        Ok(std::mem::replace(&mut self.token, next).kind)
    }

    fn is(&self, symbol: &str) -> bool {
        self.token.kind == Kind::Symbol(symbol)
    }

    fn takes(&mut self, symbol: &str) -> Result<bool> {
        let is_there = self.is(symbol);
        if is_there {
            self.advance()?;
        }
        Ok(is_there)
    }

    fn expect(&mut self, symbol: &str) -> Result<()> {
        if self.takes(symbol)? { Ok(()) } else { Err(self.token.error()) }
    }

    /// Words of the language may be written in any case, but for those of JSON.
    fn is_word(&self, word: &str) -> bool {
        matches!(&self.token.kind, Kind::Name(name) if match word {
            "true" | "false" | "null" => name == word,
            _ => name.eq_ignore_ascii_case(word),
        })
    }

    fn takes_word(&mut self, word: &str) -> Result<bool> {
        let is_there = self.is_word(word);
        if is_there {
            self.advance()?;
        }
        Ok(is_there)
    }

    fn expect_word(&mut self, word: &str) -> Result<()> {
        if self.takes_word(word)? { Ok(()) } else { Err(self.token.error()) }
    }

    fn deeper(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(SqlError::new("54001", "stack depth limit exceeded"));
        }
        Ok(())
    }

    fn predicate(&mut self) -> Result<Predicate> {
        match self.disjunction()? {
            Parsed::Predicate(predicate) => Ok(predicate),
            Parsed::Expression(_) => Err(self.token.error()),
        }
    }

    fn expression(&mut self) -> Result<Node> {
        match deep(|| self.sum())? {
            Parsed::Expression(node) => Ok(node),
            Parsed::Predicate(_) => Err(self.token.error()),
        }
    }

    fn disjunction(&mut self) -> Result<Parsed> {
        deep(|| self.chain("||", |parser| parser.chain("&&", Self::term)))
    }

    /// Predicates with an operator between them, or a single part of any kind.
    fn chain(&mut self, symbol: &str, part: impl Fn(&mut Self) -> Result<Parsed>) -> Result<Parsed> {
        let depth = self.depth;
        let mut left = part(self)?;
        while let Parsed::Predicate(predicate) = left {
            if !self.takes(symbol)? {
                left = Parsed::Predicate(predicate);
                break;
            }
            self.deeper()?;
            let Parsed::Predicate(right) = part(self)? else { return Err(self.token.error()) };
            let (first, second) = (Box::new(predicate), Box::new(right));
            let both =
                if symbol == "&&" { Predicate::And(first, second) } else { Predicate::Or(first, second) };
            left = Parsed::Predicate(both);
        }
        self.depth = depth;
        Ok(left)
    }

    /// `!(…)`, a comparison, or what may be compared.
    fn term(&mut self) -> Result<Parsed> {
        if self.takes("!")? {
            self.deeper()?;
            let negated = if self.takes("(")? {
                let inner = self.predicate()?;
                self.expect(")")?;
                inner
            } else if self.is_word("exists")
                && let Parsed::Predicate(inner) = self.primary()?
            {
                inner
            } else {
                return Err(self.token.error());
            };
            self.depth -= 1;
            return Ok(Parsed::Predicate(Predicate::Not(Box::new(negated))));
        }
        let left = match self.sum()? {
            Parsed::Expression(left) => left,
            predicate => return Ok(predicate),
        };
        let sign = match &self.token.kind {
            Kind::Symbol(symbol) => Comparison::of_sign(symbol),
            _ => None,
        };
        let predicate = if let Some(comparison) = sign {
            self.advance()?;
            Predicate::Compare(comparison, left, self.operand()?)
        } else if self.takes_word("starts")? {
            self.expect_word("with")?;
            let initial = match &self.token.kind {
                Kind::Quoted(text) => Head::Literal(quoted(text)),
                Kind::Variable(name) => Head::Variable(name.clone()),
                _ => return Err(self.token.error()),
            };
            self.advance()?;
            Predicate::StartsWith(left, initial.into())
        } else if self.takes_word("like_regex")? {
            let written = self.quoted()?;
            let flags = if self.takes_word("flag")? { self.quoted()? } else { String::new() };
            Predicate::LikeRegex(left, Box::new(regex(written, &flags)?))
        } else {
            return Ok(Parsed::Expression(left));
        };
        Ok(Parsed::Predicate(predicate))
    }

    fn operand(&mut self) -> Result<Node> {
        match self.sum()? {
            Parsed::Expression(node) => Ok(node),
            Parsed::Predicate(_) => Err(self.token.error()),
        }
    }

    fn quoted(&mut self) -> Result<String> {
        let Kind::Quoted(text) = &self.token.kind else { return Err(self.token.error()) };
        let text = text.clone();
        self.advance()?;
        Ok(text)
    }

    fn sum(&mut self) -> Result<Parsed> {
        let operators = [("+", Operator::Add), ("-", Operator::Subtract)];
        self.operation(&operators, |parser| {
            let operators = [("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Modulo)];
            parser.operation(&operators, Self::signed)
        })
    }

    fn operation(
        &mut self,
        operators: &[(&str, Operator)],
        part: impl Fn(&mut Self) -> Result<Parsed>,
    ) -> Result<Parsed> {
        let depth = self.depth;
        let mut left = part(self)?;
        while let Parsed::Expression(node) = left {
            let Some((_, operator)) = operators.iter().find(|(symbol, _)| self.is(symbol)) else {
                left = Parsed::Expression(node);
                break;
            };
            self.advance()?;
            self.deeper()?;
            let Parsed::Expression(right) = part(self)? else { return Err(self.token.error()) };
            left = Parsed::Expression(Head::Binary(*operator, Box::new(node), Box::new(right)).into());
        }
        self.depth = depth;
        Ok(left)
    }

    fn signed(&mut self) -> Result<Parsed> {
        let sign = match &self.token.kind {
            Kind::Symbol("-") => Sign::Minus,
            Kind::Symbol("+") => Sign::Plus,
            _ => return self.primary(),
        };
        self.advance()?;
        self.deeper()?;
        let Parsed::Expression(node) = deep(|| self.signed())? else { return Err(self.token.error()) };
        self.depth -= 1;
        Ok(Parsed::Expression(match (sign, &node.head) {
            // A number's own sign.
            (Sign::Plus, Head::Literal(number)) if node.steps.is_empty() && is_number(number) => node,
            (Sign::Minus, Head::Literal(number)) if node.steps.is_empty() && is_number(number) => {
                Head::Literal(negated(number)).into()
            }
            _ => Head::Unary(sign, Box::new(node)).into(),
        }))
    }

    /// What accessors can follow, and they.
    fn primary(&mut self) -> Result<Parsed> {
        if self.takes_word("exists")? {
            self.expect("(")?;
            self.deeper()?;
            let inner = self.expression()?;
            self.depth -= 1;
            self.expect(")")?;
            return Ok(Parsed::Predicate(Predicate::Exists(inner)));
        }
        let mut node = if self.takes("(")? {
            self.deeper()?;
            let inner = self.disjunction()?;
            self.depth -= 1;
            self.expect(")")?;
            match inner {
                Parsed::Expression(node) => node,
                Parsed::Predicate(predicate) => {
                    if self.takes_word("is")? {
                        self.expect_word("unknown")?;
                        return Ok(Parsed::Predicate(Predicate::IsUnknown(Box::new(predicate))));
                    }
                    if !self.is(".") && !self.is("[") && !self.is("?") {
                        return Ok(Parsed::Predicate(predicate));
                    }
                    Head::Predicate(Box::new(predicate)).into()
                }
            }
        } else {
            self.value()?
        };
        self.steps(&mut node.steps)?;
        Ok(Parsed::Expression(node))
    }

    fn value(&mut self) -> Result<Node> {
        let head = match &self.token.kind {
            Kind::Symbol("$") => Head::Root,
            Kind::Symbol("@") => Head::Current,
            Kind::Quoted(text) => Head::Literal(quoted(text)),
            Kind::Variable(name) => Head::Variable(name.clone()),
            Kind::Integer(text) | Kind::Number(text) => Head::Literal(number(text)?),
            Kind::Name(_) if self.is_word("last") => Head::Last,
            Kind::Name(name) if matches!(name.as_str(), "true" | "false" | "null") => {
                Head::Literal(name.clone())
            }
            _ => return Err(self.token.error()),
        };
        self.advance()?;
        let misplaced = match head {
            Head::Current if self.filters == 0 => "@ is not allowed in root expressions",
            Head::Last if self.subscripts == 0 => "LAST is allowed only in array subscripts",
            head => return Ok(head.into()),
        };
        self.misplaced.get_or_insert_with(|| SqlError::new("42601", misplaced));
        Ok(head.into())
    }

    /// Accessors, behind those that there are.
    fn steps(&mut self, steps: &mut Vec<Step>) -> Result<()> {
        let depth = self.depth;
        self.depth += steps.len();
        loop {
            let step = if self.takes(".")? {
                self.member()?
            } else if self.takes("[")? {
                self.deeper()?;
                self.elements()?
            } else if self.takes("?")? {
                self.expect("(")?;
                self.deeper()?;
                self.filters += 1;
                let predicate = self.predicate()?;
                self.filters -= 1;
                self.expect(")")?;
                Step::Filter(predicate)
            } else {
                break;
            };
            self.deeper()?;
            steps.push(step);
        }
        self.depth = depth;
        Ok(())
    }

    /// Behind a point.
    fn member(&mut self) -> Result<Step> {
        match self.advance_member()? {
            Kind::Symbol("*") => Ok(Step::AnyKey),
            Kind::Symbol("**") => self.descendants(),
            Kind::Quoted(key) => Ok(Step::Key(key)),
            Kind::Name(name) if self.is("(") && name.eq_ignore_ascii_case("datetime") => {
                self.advance()?;
                let template = match &self.token.kind {
                    Kind::Quoted(_) => Some(self.quoted()?),
                    _ => None,
                };
                self.expect(")")?;
                Ok(Step::DateTime(template))
            }
            Kind::Name(name) if self.is("(") => {
                let Some(method) = Method::of_name(&name) else { return Err(self.token.error()) };
                self.advance()?;
                self.expect(")")?;
                Ok(Step::Method(method))
            }
            Kind::Name(name) => Ok(Step::Key(name)),
            _ => Err(self.token.error()),
        }
    }

    fn advance_member(&mut self) -> Result<Kind<'a>> {
        match self.token.kind {
            Kind::Symbol("*" | "**") | Kind::Quoted(_) | Kind::Name(_) => self.advance(),
            _ => Err(self.token.error()),
        }
    }

    /// Behind `.**`.
    fn descendants(&mut self) -> Result<Step> {
        if !self.takes("{")? {
            return Ok(Step::Descendants(Some(0), None));
        }
        let first = self.level()?;
        let last = if self.takes_word("to")? { self.level()? } else { first };
        self.expect("}")?;
        Ok(Step::Descendants(first, last))
    }

    fn level(&mut self) -> Result<Option<u32>> {
        let level = match &self.token.kind {
            Kind::Integer(text) => Some(text.parse::<i32>().map(i32::unsigned_abs).map_err(|_| {
                SqlError::new("22003", format!("value \"{text}\" is out of range for type integer"))
            })?),
            Kind::Name(_) if self.is_word("last") => None,
            _ => return Err(self.token.error()),
        };
        self.advance()?;
        Ok(level)
    }

    /// Behind `[`.
    fn elements(&mut self) -> Result<Step> {
        if self.takes("*")? {
            self.expect("]")?;
            return Ok(Step::AnyElement);
        }
        let mut elements = Vec::new();
        self.subscripts += 1;
        loop {
            let from = self.expression()?;
            let to = if self.takes_word("to")? { Some(self.expression()?) } else { None };
            elements.push((from, to));
            if !self.takes(",")? {
                break;
            }
        }
        self.subscripts -= 1;
        self.expect("]")?;
        Ok(Step::Elements(elements))
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    quote_into(text, &mut out);
    out
}

fn is_number(literal: &str) -> bool {
    literal.starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

/// A number as JSON writes it: digits on either side of a point.
fn number(text: &str) -> Result<String> {
    let (mantissa, exponent) = text.find(['e', 'E']).map_or((text, ""), |at| text.split_at(at));
    let zero = if mantissa.starts_with('.') { "0" } else { "" };
    let json = format!("{zero}{}{exponent}", mantissa.trim_end_matches('.'));
    canonicalize(&json).map_err(|_| SqlError::new("22003", "value overflows numeric format"))
}

/// <https://www.postgresql.org/docs/15/functions-json.html#JSONPATH-REGULAR-EXPRESSIONS>
fn regex(written: String, given: &str) -> Result<Regex> {
    const ALL: &str = "ismxq";
    if let Some(flag) = given.chars().find(|flag| !ALL.contains(*flag)) {
        let detail = format!("Unrecognized flag character \"{flag}\" in LIKE_REGEX predicate.");
        return Err(SqlError::new("42601", "invalid input syntax for type jsonpath").with_detail(detail));
    }
    let flags: String = ALL.chars().filter(|flag| given.contains(*flag)).collect();
    let has = |flag| flags.contains(flag);
    if has('x') && !has('q') {
        let message = "XQuery \"x\" flag (expanded regular expressions) is not implemented";
        return Err(SqlError::new("0A000", message));
    }
    let options = Options::of_xquery(has('i'), !has('s'), has('m'), has('q'));
    let pattern = Pattern::new(&written, options)?;
    Ok(Regex { written, flags, pattern })
}
