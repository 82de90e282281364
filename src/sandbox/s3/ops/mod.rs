//! The operations, each from s3s's input to its output over the [`Store`](super::Store).

pub mod bucket;
pub mod copy;
pub mod list;
pub mod multipart;
pub mod notification;
pub mod object;
pub mod read;
pub mod tagging;
