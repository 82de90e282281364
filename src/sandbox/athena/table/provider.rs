//! A table of the catalog as DataFusion scans it: partitions pruned by the filter, files listed, streams made.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::object_store::{ObjectMeta, ObjectStore};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::union::UnionExec;

use super::definition::{Format, TableDefinition};
use super::files::list_files;
use super::parquet::parquet_scan;
use super::partitions::survivors;
use super::text_scan::{TextFile, TextScan};
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::storage::Location;

/// The buckets that a table's files lie in, by name, counted reads.
pub type Stores = BTreeMap<String, Arc<dyn ObjectStore>>;

/// One partition: its values and its location. A table without partition keys has one, with no values.
pub type PartitionPlace = (Vec<ScalarValue>, Location);

/// A table, its partitions and the stores that hold them.
#[derive(Debug)]
pub struct HiveTable {
    table: Arc<TableDefinition>,
    partitions: Vec<PartitionPlace>,
    stores: Stores,
    schema: SchemaRef,
}

type FileInPartition = (String, ObjectMeta, Arc<Vec<ScalarValue>>);

impl HiveTable {
    /// `stores` must hold the bucket of every partition.
    pub fn new(table: TableDefinition, partitions: Vec<PartitionPlace>, stores: Stores) -> Self {
        let schema = table.schema();
        Self { table: Arc::new(table), partitions, stores, schema }
    }

    async fn files(&self, state: &dyn Session, filters: &[Expr]) -> EngineResult<Vec<FileInPartition>> {
        let values: Vec<Vec<ScalarValue>> = self.partitions.iter().map(|(values, _)| values.clone()).collect();
        let keep = survivors(state, &self.table.partition_fields(), &values, filters)?;
        let mut files = Vec::new();
        for ((values, location), _) in self.partitions.iter().zip(keep).filter(|(_, keep)| *keep) {
            let values = Arc::new(values.clone());
            let listed = list_files(self.store(&location.bucket)?.as_ref(), location).await.map_err(external)?;
            files.extend(listed.into_iter().map(|file| (location.bucket.clone(), file, Arc::clone(&values))));
        }
        Ok(files)
    }

    fn store(&self, bucket: &str) -> EngineResult<&Arc<dyn ObjectStore>> {
        self.stores.get(bucket).ok_or_else(|| DataFusionError::Internal(format!("bucket {bucket} was not opened")))
    }

    fn text_scan(
        &self,
        files: Vec<FileInPartition>,
        groups: usize,
        projection: &[usize],
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let schema: SchemaRef = Arc::new(self.schema.project(projection)?);
        let mut spread: Vec<Vec<TextFile>> = vec![Vec::new(); groups.clamp(1, files.len().max(1))];
        for (index, (bucket, meta, partition)) in files.into_iter().enumerate() {
            let group = index % spread.len();
            spread[group].push(TextFile { store: Arc::clone(self.store(&bucket)?), meta, partition });
        }
        let scan = |files| {
            let (table, projection, schema) = (Arc::clone(&self.table), projection.to_vec(), Arc::clone(&schema));
            Arc::new(TextScan { table, projection, schema, files }) as Arc<dyn PartitionStream>
        };
        let streams = spread.into_iter().map(scan).collect();
        Ok(Arc::new(StreamingTableExec::try_new(Arc::clone(&schema), streams, None, None, false, None)?))
    }

    fn parquet_scans(
        &self,
        files: Vec<FileInPartition>,
        groups: usize,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let mut by_bucket: BTreeMap<String, Vec<PartitionedFile>> = BTreeMap::new();
        for (bucket, meta, partition) in files {
            let file = PartitionedFile::new_from_meta(meta).with_partition_values(partition.as_ref().clone());
            by_bucket.entry(bucket).or_default().push(file);
        }
        let scan = |(bucket, files): (String, Vec<PartitionedFile>)| {
            parquet_scan(&self.table, &bucket, files, groups, projection, limit)
        };
        let mut scans = by_bucket.into_iter().map(scan).collect::<EngineResult<Vec<_>>>()?;
        match scans.pop() {
            Some(only) if scans.is_empty() => Ok(only),
            Some(last) => {
                scans.push(last);
                UnionExec::try_new(scans)
            }
            None => {
                let schema: &Schema = &self.schema;
                let projected = projection.map_or_else(|| Ok(schema.clone()), |columns| schema.project(columns))?;
                Ok(Arc::new(EmptyExec::new(Arc::new(projected))))
            }
        }
    }
}

fn external(failure: Failure) -> DataFusionError {
    DataFusionError::External(Box::new(failure))
}

#[async_trait]
impl TableProvider for HiveTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> EngineResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let files = self.files(state, filters).await?;
        let groups = state.config().target_partitions();
        if matches!(self.table.format, Format::Parquet) {
            return self.parquet_scans(files, groups, projection, limit);
        }
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        self.text_scan(files, groups, projection.unwrap_or(&all))
    }
}
