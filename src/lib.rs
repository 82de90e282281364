//! Post-deployment integration tests for data platforms on AWS. ARCHITECTURE.md has the bird's eye view.
//!
//! The modules are listed from the top down: each names only those below it, and a test holds that.

pub mod actions;
pub mod cli;
pub mod clock;
pub mod diagnostic;
pub mod event;
pub mod expect;
pub mod expr;
pub mod harness;
pub mod journal;
pub mod launch;
pub mod redact;
pub mod report;
pub mod runner;
pub mod sandbox;
pub mod service;
pub mod sql;
pub mod suite;
pub mod target;
pub mod value;
pub mod yaml;
