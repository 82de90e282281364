//! What a run looks like to people and to machines: one folder per format, each a consumer of the event stream.
//!
//! The text of a finding is made once, in [`text`], cut to what every format can hold in [`fit`], and is the same in all of them.

pub mod console;
pub mod fit;
pub mod junit;
mod repetitions;
pub mod text;
