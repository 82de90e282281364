//! S3: the wire protocol is s3s's, the store is ours. Bodies are files in the sandbox's temporary folder, the index is in memory.
//!
//! [`Store`] is the one truth: the HTTP service, the integrations of the state machines, the seeds and Athena all go through it.
//! Buckets are not versioned, and keep no policies, ACLs or notifications: what asks for them is refused by name.

mod attributes;
mod auth;
mod blob;
mod checksum;
mod conditions;
mod listing;
mod multipart;
mod object_store;
mod ops;
mod service;
mod store;

#[cfg(test)]
mod tests;

pub use attributes::Attributes;
pub use auth::{Access, SecretKeys};
pub use object_store::BucketStore;
pub use service::S3Service;
pub use store::Store;
