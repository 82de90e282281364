//! The Glue Data Catalog of the sandbox: databases, tables and partitions in memory, and the part of Glue's API that reads and
//! writes them. Athena resolves its tables here; nothing else of Glue (jobs, crawlers) is served.

mod api;
mod catalog;
mod model;
#[cfg(test)]
mod tests;

pub use api::Glue;
pub use catalog::{Catalog, CatalogError};
pub use model::{Column, Database, Partition, SerdeInfo, StorageDescriptor, Table, epoch_seconds};
