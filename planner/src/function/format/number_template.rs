//! The patterns of numbers: PostgreSQL 15, tables 9.29 and 9.30.

use super::template::{Node, Ordinal, Pattern, parse};
use crate::error::SqlError;

/// What a pattern stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Nine,
    Zero,
    /// `.` and `D`, which are the same in the locale C.
    Point,
    /// `,` and `G`, which are the same there, too.
    Group,
    /// `B`, which says nothing.
    Blank,
    /// `C` and `SP`, neither.
    Nothing,
    Fill,
    Currency,
    Minus,
    Plus,
    Brackets,
    PlusMinus,
    Sign,
    Ordinal(Ordinal),
    Roman {
        is_upper: bool,
    },
    Shift,
    Exponent,
}

/// Where the sign of `S` stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SignPlace {
    #[default]
    None,
    Before,
    After,
}

/// What the patterns of a template say together.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    /// Digits before the point.
    pub(super) before: usize,
    /// Digits behind it.
    pub(super) behind: usize,
    /// Digits behind `V`.
    pub(super) shift: usize,
    pub(super) is_shifted: bool,
    pub(super) has_point: bool,
    pub(super) fill: bool,
    /// Whether `B` comes before all digits.
    blank: bool,
    /// The place of the first `0`, from 0.
    pub(super) zero_begin: Option<usize>,
    /// Behind the last `0`.
    pub(super) zero_end: usize,
    pub(super) sign: SignPlace,
    /// Digits before `S`.
    sign_after: usize,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) brackets: bool,
    /// The case of the numeral.
    pub(super) roman: Option<bool>,
    pub(super) exponent: bool,
}

/// A parsed template.
#[derive(Debug)]
pub(crate) struct NumberTemplate {
    pub(super) nodes: Vec<Node<Key>>,
    pub(super) shape: Shape,
}

impl NumberTemplate {
    /// Parses a template.
    ///
    /// # Errors
    /// 42601 where patterns do not go together.
    pub(crate) fn new(text: &str) -> Result<Self, SqlError> {
        let nodes = parse(text, PATTERNS, false);
        let mut shape = Shape::default();
        for node in &nodes {
            if let Node::Pattern(pattern, _) = node {
                shape.add(pattern.key)?;
            }
        }
        Ok(Self { nodes, shape })
    }

    /// Digits by which `V` shifts.
    pub(super) fn shift(&self) -> Option<usize> {
        self.shape.is_shifted.then_some(self.shape.shift)
    }
}

impl Shape {
    fn add(&mut self, key: Key) -> Result<(), SqlError> {
        let wrong = |message: &str| Err(SqlError::new("42601", message));
        let has_sign = self.sign != SignPlace::None;
        if self.exponent && key != Key::Exponent {
            return wrong("\"EEEE\" must be the last pattern used");
        }
        match key {
            Key::Nine if self.brackets => return wrong("\"9\" must be ahead of \"PR\""),
            Key::Nine if self.is_shifted => self.shift += 1,
            Key::Nine if self.has_point => self.behind += 1,
            Key::Nine => self.before += 1,
            Key::Zero if self.brackets => return wrong("\"0\" must be ahead of \"PR\""),
            Key::Zero => {
                if self.has_point {
                    self.behind += 1;
                } else {
                    self.zero_begin.get_or_insert(self.before);
                    self.before += 1;
                }
                self.zero_end = self.before + self.behind;
            }
            Key::Point if self.has_point => return wrong("multiple decimal points"),
            Key::Point | Key::Shift if self.is_shifted && key == Key::Point || self.has_point => {
                return wrong("cannot use \"V\" and decimal point together");
            }
            Key::Point => self.has_point = true,
            Key::Shift => self.is_shifted = true,
            Key::Fill => self.fill = true,
            Key::Sign if has_sign => return wrong("cannot use \"S\" twice"),
            Key::Sign if self.plus || self.minus || self.brackets => {
                return wrong("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
            }
            Key::Sign if self.has_point => self.sign = SignPlace::After,
            Key::Sign => (self.sign, self.sign_after) = (SignPlace::Before, self.before),
            Key::Minus if has_sign => return wrong("cannot use \"S\" and \"MI\" together"),
            Key::Minus => self.minus = true,
            Key::Plus if has_sign => return wrong("cannot use \"S\" and \"PL\" together"),
            Key::Plus => self.plus = true,
            Key::PlusMinus if has_sign => return wrong("cannot use \"S\" and \"SG\" together"),
            Key::PlusMinus => (self.plus, self.minus) = (true, true),
            Key::Brackets if has_sign || self.plus || self.minus => {
                return wrong("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
            }
            Key::Brackets => self.brackets = true,
            Key::Roman { is_upper } => self.roman = Some(is_upper),
            Key::Exponent if self.exponent => return wrong("cannot use \"EEEE\" twice"),
            Key::Exponent => {
                let is_mixed = self.fill
                    || self.blank
                    || has_sign
                    || self.brackets
                    || self.minus
                    || self.plus
                    || self.roman.is_some()
                    || self.is_shifted;
                if is_mixed {
                    return Err(SqlError::new("42601", "\"EEEE\" is incompatible with other formats")
                        .with_detail(
                            "\"EEEE\" may only be used together with digit and decimal point patterns.",
                        ));
                }
                self.exponent = true;
            }
            Key::Blank => self.blank |= self.before == 0 && self.behind == 0,
            Key::Group | Key::Nothing | Key::Currency | Key::Ordinal(_) => {}
        }
        Ok(())
    }

    /// Where `S` is written, before a point or without one: where it stands behind all digits, of
    /// which there are so many, it is written behind them.
    pub(super) fn written_sign_of(&self, before: usize) -> SignPlace {
        match self.sign {
            SignPlace::Before if before == self.sign_after => SignPlace::After,
            sign => sign,
        }
    }
}

const fn pattern(name: &'static str, key: Key) -> Pattern<Key> {
    Pattern { name, key }
}

const PATTERNS: &[Pattern<Key>] = &[
    pattern("9", Key::Nine),
    pattern("0", Key::Zero),
    pattern(",", Key::Group),
    pattern(".", Key::Point),
    pattern("B", Key::Blank),
    pattern("C", Key::Nothing),
    pattern("D", Key::Point),
    pattern("EEEE", Key::Exponent),
    pattern("FM", Key::Fill),
    pattern("G", Key::Group),
    pattern("L", Key::Currency),
    pattern("MI", Key::Minus),
    pattern("PL", Key::Plus),
    pattern("PR", Key::Brackets),
    pattern("RN", Key::Roman { is_upper: true }),
    pattern("SG", Key::PlusMinus),
    pattern("SP", Key::Nothing),
    pattern("S", Key::Sign),
    pattern("TH", Key::Ordinal(Ordinal::Upper)),
    pattern("V", Key::Shift),
    pattern("b", Key::Blank),
    pattern("c", Key::Nothing),
    pattern("d", Key::Point),
    pattern("eeee", Key::Exponent),
    pattern("fm", Key::Fill),
    pattern("g", Key::Group),
    pattern("l", Key::Currency),
    pattern("mi", Key::Minus),
    pattern("pl", Key::Plus),
    pattern("pr", Key::Brackets),
    pattern("rn", Key::Roman { is_upper: false }),
    pattern("sg", Key::PlusMinus),
    pattern("sp", Key::Nothing),
    pattern("s", Key::Sign),
    pattern("th", Key::Ordinal(Ordinal::Lower)),
    pattern("v", Key::Shift),
];
