//! Problems in files, with the place, a caret and a remedy, printed like a compiler's.
//!
//! A [`Source`] is a file's path and text; a [`Span`] a range in it; a [`Problem`] what is wrong there and what to do.
//! Whoever finds a problem collects it and goes on; [`render`] prints all of them in the order of the files.

mod problem;
mod render;
mod source;
mod suggest;

pub use problem::{Problem, Severity};
pub use render::{render, render_one};
pub use source::{Source, Span};
pub use suggest::did_you_mean;
