//! A definition as a typed machine: read once, checked whole, never half valid.

mod fields;
mod flow;
mod map;
mod model;
mod parse;
mod problem;
mod reads;
mod retry;
mod states;

pub use model::{
    Amount, Batch, Catcher, ChoiceRule, ChoiceState, Distributed, ErrorText, FailState, HeaderSource, InputKind,
    Jitter, Machine, MapMode, MapState, ParallelState, PassState, Percentage, Placement, Program, Reader, Reads,
    Retrier, Selector, State, StateKind, TaskState, Tolerance, Transition, WaitState, Writer,
};
pub use parse::{Rules, parse};
pub use problem::Problem;
