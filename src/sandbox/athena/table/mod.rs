//! Tables of the Glue catalog as DataFusion reads and writes them: one file per `SerDe`, partitions, and the scan.

mod definition;
mod files;
mod gzip;
mod json;
mod lazy_simple;
mod open_csv;
mod parquet;
mod partitions;
mod provider;
mod text_scan;
mod writer;

pub use definition::TableDefinition;
pub use files::{has_files, list_files};
pub use partitions::{key_values, partition_name, partition_value};
pub use provider::{HiveTable, PartitionPlace, Stores};
pub use writer::{TableWriter, Written};
