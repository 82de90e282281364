//! Post-deployment integration tests for data platforms on AWS. ARCHITECTURE.md has the bird's eye view.
//!
//! The modules are listed from the top down: each names only those below it, and a test holds that.

pub mod cli;
pub mod harness;
pub mod launch;
pub mod report;
pub mod journal;
pub mod runner;
pub mod suite;
pub mod actions;
pub mod service;
pub mod target;
pub mod sandbox;
pub mod expect;
pub mod event;
pub mod expr;
pub mod sql;
pub mod yaml;
pub mod diagnostic;
pub mod redact;
pub mod clock;
pub mod identity;
pub mod value;
