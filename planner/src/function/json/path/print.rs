//! A path as PostgreSQL writes it.

use storage::jsonb::quote_into;

use super::deep;
use super::syntax::{Head, Node, Operator, Path, Predicate, Step};

/// The text of a path.
pub(super) fn print(path: &Path) -> String {
    let mut out = String::from(if path.is_strict { "strict " } else { "" });
    node(&path.node, true, &mut out);
    out
}

/// How tightly an operator binds: what binds less stands in parentheses within it.
fn priority_of_node(node: &Node) -> u8 {
    match &node.head {
        Head::Predicate(predicate) => priority(predicate),
        Head::Binary(Operator::Add | Operator::Subtract, ..) => 3,
        Head::Binary(..) => 4,
        Head::Unary(..) => 5,
        _ => 6,
    }
}

fn priority(predicate: &Predicate) -> u8 {
    match predicate {
        Predicate::Or(..) => 0,
        Predicate::And(..) => 1,
        Predicate::Compare(..) | Predicate::StartsWith(..) => 2,
        _ => 6,
    }
}

fn bracketed(brackets: bool, out: &mut String, write: impl FnOnce(&mut String)) {
    out.push_str(if brackets { "(" } else { "" });
    deep(|| write(out));
    out.push_str(if brackets { ")" } else { "" });
}

fn node(node: &Node, brackets: bool, out: &mut String) {
    let operand = |inner: &Node, out: &mut String| {
        self::node(inner, priority_of_node(inner) <= priority_of_node(node), out);
    };
    match &node.head {
        Head::Root => out.push('$'),
        Head::Current => out.push('@'),
        Head::Last => out.push_str("last"),
        Head::Literal(json) => {
            let is_number = json.starts_with(|c: char| c == '-' || c.is_ascii_digit());
            bracketed(is_number && !node.steps.is_empty(), out, |out| out.push_str(json));
        }
        Head::Variable(name) => {
            out.push('$');
            quote_into(name, out);
        }
        Head::Unary(sign, inner) => bracketed(brackets, out, |out| {
            out.push_str(sign.written());
            operand(inner, out);
        }),
        Head::Binary(operator, left, right) => bracketed(brackets, out, |out| {
            operand(left, out);
            spaced(operator.written(), out);
            operand(right, out);
        }),
        Head::Predicate(inner) => predicate(inner, brackets, out),
    }
    node.steps.iter().for_each(|next| step(next, out));
}

fn predicate(predicate: &Predicate, brackets: bool, out: &mut String) {
    let inner = |inner: &Predicate, out: &mut String| {
        self::predicate(inner, priority(inner) <= priority(predicate), out);
    };
    let operand = |inner: &Node, out: &mut String| {
        node(inner, priority_of_node(inner) <= priority(predicate), out);
    };
    match predicate {
        Predicate::And(left, right) | Predicate::Or(left, right) => bracketed(brackets, out, |out| {
            inner(left, out);
            spaced(if matches!(predicate, Predicate::And(..)) { "&&" } else { "||" }, out);
            inner(right, out);
        }),
        Predicate::Not(negated) => {
            out.push('!');
            bracketed(true, out, |out| self::predicate(negated, false, out));
        }
        Predicate::IsUnknown(tested) => {
            bracketed(true, out, |out| self::predicate(tested, false, out));
            out.push_str(" is unknown");
        }
        Predicate::Compare(comparison, left, right) => bracketed(brackets, out, |out| {
            operand(left, out);
            spaced(comparison.written(), out);
            operand(right, out);
        }),
        Predicate::Exists(tested) => {
            out.push_str("exists ");
            bracketed(true, out, |out| node(tested, false, out));
        }
        Predicate::StartsWith(value, initial) => bracketed(brackets, out, |out| {
            operand(value, out);
            spaced("starts with", out);
            operand(initial, out);
        }),
        Predicate::LikeRegex(value, regex) => bracketed(brackets, out, |out| {
            operand(value, out);
            out.push_str(" like_regex ");
            quote_into(&regex.written, out);
            if !regex.flags.is_empty() {
                out.push_str(" flag ");
                quote_into(&regex.flags, out);
            }
        }),
    }
}

fn spaced(sign: &str, out: &mut String) {
    out.extend([" ", sign, " "]);
}

fn step(step: &Step, out: &mut String) {
    match step {
        Step::Key(key) => {
            out.push('.');
            quote_into(key, out);
        }
        Step::AnyKey => out.push_str(".*"),
        Step::AnyElement => out.push_str("[*]"),
        Step::Elements(subscripts) => {
            for (index, (from, to)) in subscripts.iter().enumerate() {
                out.push(if index == 0 { '[' } else { ',' });
                deep(|| node(from, false, out));
                if let Some(to) = to {
                    out.push_str(" to ");
                    deep(|| node(to, false, out));
                }
            }
            out.push(']');
        }
        Step::Descendants(first, last) => {
            let level = |level: &Option<u32>| level.map_or("last".to_owned(), |level| level.to_string());
            out.push_str(".**");
            if first == last {
                out.extend(["{", &level(first), "}"]);
            } else if (*first, *last) != (Some(0), None) {
                out.extend(["{", &level(first), " to ", &level(last), "}"]);
            }
        }
        Step::Filter(inner) => {
            out.push('?');
            bracketed(true, out, |out| predicate(inner, false, out));
        }
        Step::Method(method) => out.extend([".", method.name(), "()"]),
        Step::DateTime(template) => {
            out.push_str(".datetime(");
            template.iter().for_each(|template| quote_into(template, out));
            out.push(')');
        }
    }
}
