//! The sandbox's Lambda: functions run as processes behind the real Runtime API over HTTP.
//!
//! `lambda` is the door: it holds the registered functions and starts invocations. A function's version has a `pool` of
//! instances; an `instance` is a process group (`process`), a private listener that serves it the Runtime API
//! (`runtime_api`) and its log. `api` is the same in AWS's REST protocol.

mod api;
mod body;
mod cache;
mod environment;
mod function;
mod instance;
mod interpreter;
mod invocation;
#[expect(clippy::module_inception, reason = "the door of the service carries its name")]
mod lambda;
mod launch;
mod limits;
mod log;
mod name;
mod outcome;
mod package;
mod pool;
mod process;
mod registry;
mod runtime_api;
#[cfg(test)]
mod tests;
mod tree;
mod validation;
mod venv;

pub use api::router;
pub use cache::default_cache_dir;
pub use function::{Code, FunctionSpec};
pub use invocation::{Invocation, InvokeResult};
pub use lambda::{Config, Lambda};
