//! Single bits and bytes of `bytea`: <https://www.postgresql.org/docs/15/functions-binarystring.html>.

use datafusion::common::Result;

use super::overload::{Definition, Kind, fail, overload};

use Kind::{Bytea, Int4, Int8};

pub(super) static DEFINITIONS: &[Definition] = &[
    Definition {
        name: "get_byte",
        overloads: &[overload(&[Bytea, Int4], 0, Int4, |rows| {
            rows.to_ints(|row| {
                let bytes = rows.bytes(0).value(row);
                let index = within(i64::from(rows.ints(1).value(row)), bytes.len())?;
                Ok(Some(i32::from(bytes[index])))
            })
        })],
    },
    Definition {
        name: "set_byte",
        overloads: &[overload(&[Bytea, Int4, Int4], 0, Bytea, |rows| {
            rows.to_bytes(|row, out| {
                out.extend_from_slice(rows.bytes(0).value(row));
                let index = within(i64::from(rows.ints(1).value(row)), out.len())?;
                // The lowest eight bits, as PostgreSQL stores them.
                out[index] = rows.ints(2).value(row) as u8;
                Ok(())
            })
        })],
    },
    Definition {
        name: "get_bit",
        overloads: &[overload(&[Bytea, Int8], 0, Int4, |rows| {
            rows.to_ints(|row| {
                let bytes = rows.bytes(0).value(row);
                let index = within(rows.longs(1).value(row), bytes.len() * 8)?;
                Ok(Some(i32::from(bytes[index / 8] >> (index % 8) & 1)))
            })
        })],
    },
    Definition {
        name: "set_bit",
        overloads: &[overload(&[Bytea, Int8, Int4], 0, Bytea, |rows| {
            rows.to_bytes(|row, out| {
                out.extend_from_slice(rows.bytes(0).value(row));
                let index = within(rows.longs(1).value(row), out.len() * 8)?;
                let mask = 1 << (index % 8);
                match rows.ints(2).value(row) {
                    0 => out[index / 8] &= !mask,
                    1 => out[index / 8] |= mask,
                    _ => return fail("22023", "new bit must be 0 or 1"),
                }
                Ok(())
            })
        })],
    },
    Definition {
        name: "bit_count",
        overloads: &[overload(&[Bytea], 0, Int8, |rows| {
            rows.to_longs(|row| {
                let ones = rows.bytes(0).value(row).iter().map(|byte| i64::from(byte.count_ones()));
                Ok(Some(ones.sum()))
            })
        })],
    },
];

fn within(index: i64, length: usize) -> Result<usize> {
    match usize::try_from(index).ok().filter(|index| *index < length) {
        Some(index) => Ok(index),
        None => fail("2202E", format!("index {index} out of valid range, 0..{}", length as i64 - 1)),
    }
}
