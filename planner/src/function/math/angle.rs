//! The trigonometric functions of degrees, which are exact where the degrees are round: `sind(30)` is 0.5.
//!
//! As in PostgreSQL an angle is brought into the first quadrant, and what is computed there is divided by
//! what the same computation gives where the answer is known.

use crate::function::overload::{Definition, Kind, overload};

use super::float::{finite, free, within};
use super::of_one;
use Kind::Float8;

pub(super) static DEFINITIONS: &[Definition] = &[
    Definition { name: "sind", overloads: &[of_one!(sind, finite)] },
    Definition { name: "cosd", overloads: &[of_one!(cosd, finite)] },
    Definition { name: "tand", overloads: &[of_one!(tand, finite)] },
    Definition { name: "cotd", overloads: &[of_one!(cotd, finite)] },
    Definition { name: "asind", overloads: &[of_one!(asind, within)] },
    Definition { name: "acosd", overloads: &[of_one!(acosd, within)] },
    Definition { name: "atand", overloads: &[of_one!(atand, free)] },
    Definition {
        name: "atan2d",
        overloads: &[overload(&[Float8, Float8], 0, Float8, |rows| {
            let (y, x) = (rows.floats(0), rows.floats(1));
            rows.to_floats(|row| Ok(Some(y.value(row).atan2(x.value(row)) / 1_f64.atan() * 45.0)))
        })],
    },
];

/// From 0 to 90 degrees.
fn sine(degrees: f64) -> f64 {
    if degrees <= 30.0 { small_sine(degrees) } else { small_cosine(90.0 - degrees) }
}

/// From 0 to 90 degrees.
fn cosine(degrees: f64) -> f64 {
    if degrees <= 60.0 { small_cosine(degrees) } else { small_sine(90.0 - degrees) }
}

/// Up to 30 degrees, where it is a half.
fn small_sine(degrees: f64) -> f64 {
    degrees.to_radians().sin() / 30_f64.to_radians().sin() / 2.0
}

/// Up to 60 degrees, where it is a half.
fn small_cosine(degrees: f64) -> f64 {
    1.0 - (1.0 - degrees.to_radians().cos()) / (1.0 - 60_f64.to_radians().cos()) / 2.0
}

fn sind(degrees: f64) -> f64 {
    let (mut angle, mut sign) = (degrees % 360.0, 1.0);
    if angle < 0.0 {
        (angle, sign) = (-angle, -sign);
    }
    if angle > 180.0 {
        (angle, sign) = (360.0 - angle, -sign);
    }
    sign * sine(if angle > 90.0 { 180.0 - angle } else { angle })
}

fn cosd(degrees: f64) -> f64 {
    let (mut angle, mut sign) = ((degrees % 360.0).abs(), 1.0);
    if angle > 180.0 {
        angle = 360.0 - angle;
    }
    if angle > 90.0 {
        (angle, sign) = (180.0 - angle, -sign);
    }
    sign * cosine(angle)
}

/// The angle in the first quadrant that has the same tangent but for its sign, and that sign.
fn of_tangent(degrees: f64) -> (f64, f64) {
    let (mut angle, mut sign) = (degrees % 360.0, 1.0);
    if angle < 0.0 {
        (angle, sign) = (-angle, -sign);
    }
    if angle > 180.0 {
        (angle, sign) = (360.0 - angle, -sign);
    }
    if angle > 90.0 { (180.0 - angle, -sign) } else { (angle, sign) }
}

fn tand(degrees: f64) -> f64 {
    let (angle, sign) = of_tangent(degrees);
    // Zero has no sign.
    sign * (sine(angle) / cosine(angle) / (sine(45.0) / cosine(45.0))) + 0.0
}

fn cotd(degrees: f64) -> f64 {
    let (angle, sign) = of_tangent(degrees);
    sign * (cosine(angle) / sine(angle) / (cosine(45.0) / sine(45.0))) + 0.0
}

fn asind(sine: f64) -> f64 {
    let of = |sine: f64| match sine {
        ..=0.5 => sine.asin() / 0.5_f64.asin() * 30.0,
        _ => 90.0 - sine.acos() / 0.5_f64.acos() * 60.0,
    };
    if sine >= 0.0 { of(sine) } else { -of(-sine) }
}

fn acosd(cosine: f64) -> f64 {
    let of = |cosine: f64| match cosine {
        ..=0.5 => 90.0 - cosine.asin() / 0.5_f64.asin() * 30.0,
        _ => cosine.acos() / 0.5_f64.acos() * 60.0,
    };
    if cosine >= 0.0 { of(cosine) } else { 180.0 - of(-cosine) }
}

fn atand(tangent: f64) -> f64 {
    tangent.atan() / 1_f64.atan() * 45.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_degrees_are_exact() {
        for (degrees, sine, cosine) in [
            (0.0, 0.0, 1.0),
            (30.0, 0.5, 3_f64.sqrt() / 2.0),
            (90.0, 1.0, 0.0),
            (150.0, 0.5, -3_f64.sqrt() / 2.0),
            (180.0, 0.0, -1.0),
            (-30.0, -0.5, 3_f64.sqrt() / 2.0),
            (270.0, -1.0, 0.0),
        ] {
            assert_eq!(sind(degrees), sine, "{degrees}");
            assert!((cosd(degrees) - cosine).abs() < 1e-15, "{degrees}");
        }
        assert_eq!((cosd(60.0), tand(45.0), tand(135.0), cotd(45.0)), (0.5, 1.0, -1.0, 1.0));
        assert_eq!((asind(0.5), acosd(0.5), acosd(-1.0), atand(-1.0)), (30.0, 60.0, 180.0, -45.0));
    }
}
