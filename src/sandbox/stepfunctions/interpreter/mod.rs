//! Walks a machine and writes what happens into the history: one file for each type of state.

mod choice;
mod data;
mod distributed;
mod fail;
mod failure;
mod frame;
mod items;
mod map;
mod outcome;
mod parallel;
mod pass;
mod program;
mod results;
mod retry;
mod run;
mod task;
mod tolerance;
mod wait;

pub use failure::Failure;
pub use run::{Ended, Identity, Place, Run};
