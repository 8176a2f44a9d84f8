//! Tests of the storage crate from outside.

mod database;
mod fixture;
