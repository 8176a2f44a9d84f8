//! Where the database lies: object stores that keep what they acknowledge.

pub mod durable;
pub mod file_system;
mod files;
mod upload;

#[cfg(test)]
mod tests;

pub use durable::DurableStore;
