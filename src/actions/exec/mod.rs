//! `exec.run`: a command on this machine, the way out for the last five percent.

mod process;
mod run;

pub(super) use process::stop;
pub use run::Run;

/// The intent of a process.
pub(super) const PROCESS: &str = "exec.process";
