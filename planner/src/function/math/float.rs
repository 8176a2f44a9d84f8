//! Roots, powers, logarithms, and the trigonometric functions of radians.

use datafusion::common::Result;

use crate::function::overload::{Definition, Kind, Overload, fail, overload};

use super::of_one;
use Kind::{Float8, Numeric, Whole};

pub(super) static DEFINITIONS: &[Definition] = &[
    Definition { name: "sqrt", overloads: &[of_one!(f64::sqrt, |value, _| not_negative(value))] },
    Definition { name: "cbrt", overloads: &[of_one!(f64::cbrt, free)] },
    Definition { name: "exp", overloads: &[of_one!(f64::exp, in_range)] },
    Definition { name: "ln", overloads: &[of_one!(f64::ln, |value, _| positive(value))] },
    Definition { name: "log10", overloads: &[LOG10] },
    Definition { name: "log", overloads: &[LOG10, LOG] },
    Definition { name: "power", overloads: &[POWER] },
    Definition { name: "pow", overloads: &[POWER] },
    Definition { name: "sin", overloads: &[of_one!(f64::sin, finite)] },
    Definition { name: "cos", overloads: &[of_one!(f64::cos, finite)] },
    Definition { name: "tan", overloads: &[of_one!(f64::tan, finite)] },
    Definition { name: "cot", overloads: &[of_one!(|value: f64| 1.0 / value.tan(), finite)] },
    Definition { name: "asin", overloads: &[of_one!(f64::asin, within)] },
    Definition { name: "acos", overloads: &[of_one!(f64::acos, within)] },
    Definition { name: "acosh", overloads: &[of_one!(f64::acosh, within)] },
    Definition { name: "atanh", overloads: &[of_one!(f64::atanh, within)] },
    Definition {
        name: "sign",
        overloads: &[
            overload(&[Numeric], 0, Whole, |rows| {
                let (values, _) = rows.decimals(0);
                rows.to_wholes(|row| Ok(values.value(row).signum()))
            }),
            of_one!(|value: f64| if value == 0.0 || value.is_nan() { value } else { value.signum() }, free),
        ],
    },
];

const LOG10: Overload = of_one!(f64::log10, |value, _| positive(value));

/// `log(base, x)`.
const LOG: Overload = overload(&[Float8, Float8], 0, Float8, |rows| {
    let (bases, values) = (rows.floats(0), rows.floats(1));
    rows.to_floats(|row| {
        let (base, value) = (bases.value(row), values.value(row));
        positive(base)?;
        positive(value)?;
        if base == 1.0 {
            return fail("22012", "division by zero");
        }
        // The common bases exactly: a quotient of logarithms is off by a little.
        Ok(Some(if base == 2.0 {
            value.log2()
        } else if base == 10.0 {
            value.log10()
        } else {
            value.ln() / base.ln()
        }))
    })
});

const POWER: Overload = overload(&[Float8, Float8], 0, Float8, |rows| {
    let (bases, exponents) = (rows.floats(0), rows.floats(1));
    rows.to_floats(|row| {
        let (base, exponent) = (bases.value(row), exponents.value(row));
        if base == 0.0 && exponent < 0.0 {
            return fail("2201F", "zero raised to a negative power is undefined");
        }
        if base < 0.0 && exponent.is_finite() && exponent.fract() != 0.0 {
            return fail("2201F", "a negative number raised to a non-integer power yields a complex result");
        }
        let result = base.powf(exponent);
        if base != 0.0 && base.is_finite() && exponent.is_finite() {
            in_range(base, result)?;
        }
        Ok(Some(result))
    })
});

/// Nothing to check.
pub(super) fn free(_: f64, _: f64) -> Result<()> {
    Ok(())
}

fn not_negative(value: f64) -> Result<()> {
    if value < 0.0 { fail("2201F", "cannot take square root of a negative number") } else { Ok(()) }
}

fn positive(value: f64) -> Result<()> {
    if value == 0.0 {
        return fail("2201E", "cannot take logarithm of zero");
    }
    if value < 0.0 { fail("2201E", "cannot take logarithm of a negative number") } else { Ok(()) }
}

fn in_range(value: f64, result: f64) -> Result<()> {
    if value.is_finite() && result.is_infinite() {
        return fail("22003", "value out of range: overflow");
    }
    if value.is_finite() && result == 0.0 { fail("22003", "value out of range: underflow") } else { Ok(()) }
}

/// An angle is no infinity.
pub(super) fn finite(value: f64, _: f64) -> Result<()> {
    if value.is_infinite() { fail("22003", "input is out of range") } else { Ok(()) }
}

/// A function that is not defined everywhere.
pub(super) fn within(value: f64, result: f64) -> Result<()> {
    if result.is_nan() && !value.is_nan() { fail("22003", "input is out of range") } else { Ok(()) }
}
