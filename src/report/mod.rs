//! What a run looks like to people and to machines: one folder per format, each a consumer of the event stream.
//!
//! The text of a finding is made once, in [`text`], and is the same in every format.

pub mod console;
pub mod junit;
mod repetitions;
pub mod text;
