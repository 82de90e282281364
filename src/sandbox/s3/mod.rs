//! S3: the wire protocol is s3s's, the store is ours. Bodies are files in the sandbox's temporary folder, the index is in memory.
//!
//! [`Store`] is the one truth: the HTTP service, the integrations of the state machines, the seeds and Athena all go through it.
//! Buckets are not versioned, and keep no policies or ACLs; they send events to EventBridge, and to nobody else: what asks for
//! more is refused by name.

mod attributes;
mod auth;
mod blob;
mod change;
mod checksum;
mod conditions;
mod listing;
mod multipart;
mod object_store;
mod ops;
mod service;
mod store;
mod unserved;

#[cfg(test)]
mod tests;

pub use attributes::Attributes;
pub use auth::{Access, SecretKeys};
#[cfg(test)]
pub use change::Cause;
pub use change::{Change, RequestId};
pub use object_store::BucketStore;
pub use service::S3Service;
pub use store::Store;
pub use unserved::Unserved;
