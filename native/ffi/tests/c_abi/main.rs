//! The library as a caller in another language meets it.
#![expect(clippy::unwrap_used, reason = "what fails here is a test")]

mod backups;
mod bad_input;
mod exchange;
mod lanes;
#[cfg(target_os = "linux")]
mod memory;
mod support;
