//! What one query works with: the catalog, S3 with a count of what is read, memory with a bound, and its own settings.

use std::sync::Arc;

use datafusion::execution::memory_pool::MemoryPool;
use datafusion::object_store::ObjectStore;

use super::failure::Failure;
use super::storage::{Buckets, CountingStore, Location, ScanCounter};
use crate::sandbox::glue::Catalog;

/// The surroundings of one query.
#[derive(Clone)]
pub struct Environment {
    pub catalog: Arc<Catalog>,
    pub buckets: Arc<dyn Buckets>,
    /// Shared by all queries.
    pub memory: Arc<dyn MemoryPool>,
    pub scanned: Arc<ScanCounter>,
    /// The database of names without one, in lower case.
    pub database: String,
    /// The query's id.
    pub id: String,
    /// Folder of the result, from the request or the work group.
    pub output: Location,
}

impl Environment {
    /// A bucket as it is, for writing and listing.
    pub fn store(&self, bucket: &str) -> Result<Arc<dyn ObjectStore>, Failure> {
        self.buckets.bucket(bucket).ok_or_else(|| {
            Failure::user(
                "HIVE_FILESYSTEM_ERROR",
                format_args!("The specified bucket does not exist (Bucket: {bucket})"),
            )
        })
    }

    /// A bucket whose reads count as scanned.
    pub fn counted_store(&self, bucket: &str) -> Result<Arc<dyn ObjectStore>, Failure> {
        Ok(Arc::new(CountingStore::new(self.store(bucket)?, Arc::clone(&self.scanned))))
    }
}
