//! The runner, held to the language page: suites as text, run against a real sandbox, and the events that they make.

mod cleanup;
mod order;
mod outcomes;
mod panics;
mod planning;
mod repeat;
mod scene;
mod stopping;
mod time;
