//! Parquet files: read by DataFusion, with Athena's rules of which file type may stand for which column type.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr_adapter::{
    DefaultPhysicalExprAdapterFactory, PhysicalExprAdapter, PhysicalExprAdapterFactory,
};
use datafusion::physical_plan::ExecutionPlan;

use super::definition::TableDefinition;
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::values::HiveType;

/// A scan of Parquet files that lie in one bucket, spread over `groups` streams.
pub fn parquet_scan(
    table: &TableDefinition,
    bucket: &str,
    files: Vec<PartitionedFile>,
    groups: usize,
    projection: Option<&Vec<usize>>,
    limit: Option<usize>,
) -> EngineResult<Arc<dyn ExecutionPlan>> {
    let keys: Vec<Arc<Field>> = table.partition_fields().into_iter().map(Arc::new).collect();
    let source = ParquetSource::new(TableSchema::builder(table.file_schema()).with_table_partition_cols(keys).build());
    let mut spread: Vec<Vec<PartitionedFile>> = vec![Vec::new(); groups.clamp(1, files.len().max(1))];
    for (index, file) in files.into_iter().enumerate() {
        let group = index % spread.len();
        spread[group].push(file);
    }
    let url = ObjectStoreUrl::parse(format!("s3://{bucket}"))?;
    let config = FileScanConfigBuilder::new(url, Arc::new(source))
        .with_file_groups(spread.into_iter().map(FileGroup::new).collect())
        .with_projection_indices(projection.cloned())?
        .with_limit(limit)
        .with_expr_adapter(Some(Arc::new(HiveColumns)))
        .build();
    Ok(DataSourceExec::from_data_source(config))
}

/// Finds a table's columns in a file: by name in any case, and only where the file's type fits.
#[derive(Debug)]
struct HiveColumns;

impl PhysicalExprAdapterFactory for HiveColumns {
    fn create(&self, table: SchemaRef, file: SchemaRef) -> EngineResult<Arc<dyn PhysicalExprAdapter>> {
        let lower = |field: &Arc<Field>| field.as_ref().clone().with_name(field.name().to_lowercase());
        let lowered = Schema::new(file.fields().iter().map(lower).collect::<Vec<_>>());
        let inner = DefaultPhysicalExprAdapterFactory.create(Arc::clone(&table), Arc::new(lowered))?;
        Ok(Arc::new(HiveAdapter { inner, table, file }))
    }
}

/// The default adapter over lower-case names; afterwards columns get the names back that they have in the file.
#[derive(Debug)]
struct HiveAdapter {
    inner: Arc<dyn PhysicalExprAdapter>,
    table: SchemaRef,
    file: SchemaRef,
}

impl PhysicalExprAdapter for HiveAdapter {
    fn rewrite(&self, expr: Arc<dyn PhysicalExpr>) -> EngineResult<Arc<dyn PhysicalExpr>> {
        // Columns that the query does not name may have any type, as in Athena.
        expr.apply(|part| self.judge(part.as_ref()))?;
        let named_as_in_file = |expr: Arc<dyn PhysicalExpr>| {
            let Some(column) = expr.downcast_ref::<Column>() else { return Ok(Transformed::no(expr)) };
            let Some(field) = self.file.fields().get(column.index()) else { return Ok(Transformed::no(expr)) };
            Ok(Transformed::yes(Arc::new(Column::new(field.name(), column.index())) as Arc<dyn PhysicalExpr>))
        };
        Ok(self.inner.rewrite(expr)?.transform(named_as_in_file)?.data)
    }
}

impl HiveAdapter {
    fn judge(&self, expr: &dyn PhysicalExpr) -> EngineResult<TreeNodeRecursion> {
        let Some(column) = expr.downcast_ref::<Column>() else { return Ok(TreeNodeRecursion::Continue) };
        let Ok(column) = self.table.field_with_name(column.name()) else { return Ok(TreeNodeRecursion::Continue) };
        let found = self.file.fields().iter().find(|field| field.name().eq_ignore_ascii_case(column.name()));
        match found.filter(|field| !fits(field.data_type(), column.data_type())) {
            Some(field) => Err(DataFusionError::External(Box::new(incompatible(field, column)))),
            None => Ok(TreeNodeRecursion::Continue),
        }
    }
}

fn incompatible(field: &Field, column: &Field) -> Failure {
    let named = |kind: &DataType| HiveType::from_arrow(kind).map_or_else(|_| kind.to_string(), |kind| kind.trino());
    let message = format!(
        "Field {}'s type {} in parquet file is incompatible with type {} defined in table schema",
        column.name(),
        named(field.data_type()).to_uppercase(),
        named(column.data_type()),
    );
    Failure::user("HIVE_BAD_DATA", message)
}

/// Whether values of a file's type may be read as a column's type without losing anything.
fn fits(file: &DataType, column: &DataType) -> bool {
    use DataType::{
        Binary, BinaryView, Date32, Decimal32, Decimal64, Decimal128, Decimal256, Float32, Float64, Int8, Int16, Int32,
        Int64, LargeBinary, LargeList, LargeUtf8, List, Map, Struct, Timestamp, UInt8, UInt16, UInt32, Utf8, Utf8View,
    };
    match (file, column) {
        (Utf8 | LargeUtf8 | Utf8View | Binary | LargeBinary | BinaryView, Utf8 | Binary)
        | (Timestamp(_, _), Timestamp(_, _))
        | (Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32, Int64)
        | (Int8 | Int16 | Int32 | UInt8 | UInt16, Int32)
        | (Int8 | Int16 | UInt8, Int16)
        | (Float32, Float64)
        | (Decimal32(_, _) | Decimal64(_, _) | Decimal128(_, _) | Decimal256(_, _), Decimal128(_, _))
        | (DataType::Date64, Date32) => true,
        (DataType::Dictionary(_, value), _) => fits(value, column),
        (List(left) | LargeList(left), List(right)) => fits(left.data_type(), right.data_type()),
        (Map(left, _), Map(right, _)) => entries_fit(left.data_type(), right.data_type()),
        (Struct(left), Struct(right)) => right.iter().all(|wanted| {
            let found = left.iter().find(|field| field.name().eq_ignore_ascii_case(wanted.name()));
            found.is_none_or(|field| fits(field.data_type(), wanted.data_type()))
        }),
        (left, right) => left == right,
    }
}

/// Keys and values by position: writers name them differently.
fn entries_fit(file: &DataType, column: &DataType) -> bool {
    match (file, column) {
        (DataType::Struct(left), DataType::Struct(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| fits(left.data_type(), right.data_type()))
        }
        _ => false,
    }
}
