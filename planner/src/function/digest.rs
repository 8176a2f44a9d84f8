//! Digests: <https://www.postgresql.org/docs/15/functions-binarystring.html>.

use arrow::array::ArrayRef;
use datafusion::common::Result;
use md5::{Digest, Md5};
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::overload::{Definition, Kind, Rows, overload};

use Kind::{Bytea, Text};

/// `md5` gives hexadecimal digits, the others bytes, as they always have.
pub(super) static DEFINITIONS: &[Definition] = &[
    Definition {
        name: "md5",
        overloads: &[
            overload(&[Text], 0, Text, |rows| {
                let texts = rows.texts(0);
                md5(rows, |row| texts.value(row).as_bytes())
            }),
            overload(&[Bytea], 0, Text, |rows| {
                let bytes = rows.bytes(0);
                md5(rows, |row| bytes.value(row))
            }),
        ],
    },
    Definition { name: "sha224", overloads: &[overload(&[Bytea], 0, Bytea, digest::<Sha224>)] },
    Definition { name: "sha256", overloads: &[overload(&[Bytea], 0, Bytea, digest::<Sha256>)] },
    Definition { name: "sha384", overloads: &[overload(&[Bytea], 0, Bytea, digest::<Sha384>)] },
    Definition { name: "sha512", overloads: &[overload(&[Bytea], 0, Bytea, digest::<Sha512>)] },
];

fn md5<'a>(rows: &Rows, bytes: impl Fn(usize) -> &'a [u8]) -> Result<ArrayRef> {
    rows.to_texts(|row, out| {
        super::encoding::hex_into(&Md5::digest(bytes(row)), out);
        Ok(true)
    })
}

fn digest<D: Digest>(rows: &Rows) -> Result<ArrayRef> {
    rows.to_bytes(|row, out| {
        out.extend_from_slice(&D::digest(rows.bytes(0).value(row)));
        Ok(())
    })
}
