//! The product as its users meet it: the real binary, in projects of its own, judged by exit code, output and report files.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "everything here is a test, and clippy excuses only the functions that are marked as such"
)]

mod account;
mod architecture;
mod bad_input;
mod buildspec;
mod fault;
mod explanation;
mod interruption;
mod junit;
mod moments;
mod moto;
mod outcomes;
mod peers;
mod process;
mod recovery;
mod repetition;
mod reuse;
mod schemas;
mod scratch;
mod trials;
