//! `s3.*`: objects put, looked at, listed and deleted.

mod list;
mod object;
mod pattern;
mod put;
mod remove;

pub use list::List;
pub use object::Object;
pub use put::Put;
pub use remove::Remove;
pub(super) use remove::{remove_matching, remove_object};

/// The intent of a temporary object.
pub(super) const OBJECT: &str = "s3.object";
/// The intent of what an object will cause: a pattern of further objects.
pub(super) const PATTERN: &str = "s3.pattern";
