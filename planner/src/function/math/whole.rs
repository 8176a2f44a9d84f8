//! Functions of whole numbers, and of the digits of `numeric`.

use datafusion::common::Result;

use crate::function::overload::{Definition, Kind, fail, overload};

use Kind::{Int4, Int8, Numeric, Whole};

pub(super) static DEFINITIONS: &[Definition] = &[
    Definition {
        name: "bitnot",
        overloads: &[
            overload(&[Int4], 0, Int4, |rows| rows.to_ints(|row| Ok(Some(!rows.ints(0).value(row))))),
            overload(&[Int8], 0, Int8, |rows| rows.to_longs(|row| Ok(Some(!rows.longs(0).value(row))))),
        ],
    },
    Definition {
        name: "gcd",
        overloads: &[
            overload(&[Int4, Int4], 0, Int4, |rows| {
                let (a, b) = (rows.ints(0), rows.ints(1));
                rows.to_ints(|row| integer(gcd(a.value(row).into(), b.value(row).into())).map(Some))
            }),
            overload(&[Int8, Int8], 0, Int8, |rows| {
                let (a, b) = (rows.longs(0), rows.longs(1));
                rows.to_longs(|row| bigint(gcd(a.value(row).into(), b.value(row).into())).map(Some))
            }),
        ],
    },
    Definition {
        name: "lcm",
        overloads: &[
            overload(&[Int4, Int4], 0, Int4, |rows| {
                let (a, b) = (rows.ints(0), rows.ints(1));
                rows.to_ints(|row| integer(lcm(a.value(row).into(), b.value(row).into())).map(Some))
            }),
            overload(&[Int8, Int8], 0, Int8, |rows| {
                let (a, b) = (rows.longs(0), rows.longs(1));
                rows.to_longs(|row| bigint(lcm(a.value(row).into(), b.value(row).into())).map(Some))
            }),
        ],
    },
    Definition {
        name: "factorial",
        overloads: &[overload(&[Int8], 0, Whole, |rows| {
            rows.to_wholes(|row| {
                let number = rows.longs(0).value(row);
                if number < 0 {
                    return fail("22003", "factorial of a negative number is undefined");
                }
                let product = (1..=i128::from(number)).try_fold(1_i128, i128::checked_mul);
                // PostgreSQL goes on where 38 digits end.
                match product.filter(|product| *product < 10_i128.pow(38)) {
                    Some(product) => Ok(product),
                    None => fail("22003", "value overflows numeric format"),
                }
            })
        })],
    },
    Definition {
        name: "div",
        overloads: &[overload(&[Numeric, Numeric], 0, Whole, |rows| {
            let ((a, a_scale), (b, b_scale)) = (rows.decimals(0), rows.decimals(1));
            rows.to_wholes(|row| {
                let (a, b) = (a.value(row), b.value(row));
                if b == 0 {
                    return fail("22012", "division by zero");
                }
                let scaled = |value: i128, by: i8| {
                    10_i128.checked_pow(by.max(0).unsigned_abs().into()).and_then(|by| value.checked_mul(by))
                };
                match (scaled(a, b_scale - a_scale), scaled(b, a_scale - b_scale)) {
                    (Some(a), Some(b)) => Ok(a / b),
                    _ => fail("22003", "value overflows numeric format"),
                }
            })
        })],
    },
    Definition {
        name: "scale",
        overloads: &[overload(&[Numeric], 0, Int4, |rows| {
            let (_, scale) = rows.decimals(0);
            rows.to_ints(|_| Ok(Some(scale.into())))
        })],
    },
    Definition {
        name: "min_scale",
        overloads: &[overload(&[Numeric], 0, Int4, |rows| {
            let (values, scale) = rows.decimals(0);
            rows.to_ints(|row| {
                let (mut value, mut scale) = (values.value(row), i32::from(scale));
                while scale > 0 && value % 10 == 0 {
                    (value, scale) = (value / 10, scale - 1);
                }
                Ok(Some(scale))
            })
        })],
    },
];

fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn lcm(a: i128, b: i128) -> i128 {
    if a == 0 || b == 0 { 0 } else { (a / gcd(a, b) * b).abs() }
}

fn integer(value: i128) -> Result<i32> {
    i32::try_from(value).or_else(|_| fail("22003", "integer out of range"))
}

fn bigint(value: i128) -> Result<i64> {
    i64::try_from(value).or_else(|_| fail("22003", "bigint out of range"))
}
