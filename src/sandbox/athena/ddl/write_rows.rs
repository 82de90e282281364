//! A query's rows into a table: columns fitted by position, types by Trino's coercions, then written.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, new_null_array};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::object_store::ObjectStore;
use futures::StreamExt;

use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::storage::Location;
use crate::sandbox::athena::table::{TableDefinition, TableWriter, Written};
use crate::sandbox::athena::values::HiveType;

/// Where rows go: the table, the folder of its files and the bucket of that folder.
pub struct Target {
    pub table: TableDefinition,
    pub base: Location,
    pub store: Arc<dyn ObjectStore>,
    /// The query's id, first part of the files' names.
    pub id: String,
    /// Where partitions lie that exist already.
    pub known: BTreeMap<Vec<String>, Location>,
}

/// Writes all rows of `stream`. `places` says for each column of the table which column of the query it takes, `None` is NULL.
pub async fn write_rows(
    target: Target,
    mut stream: SendableRecordBatchStream,
    places: &[Option<usize>],
    sql: &str,
) -> Result<Written, Failure> {
    let schema = target.table.schema();
    let mut writer = TableWriter::new(target.table, target.base, target.store, &target.id, target.known)?;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(|error| Failure::from_engine(&error, sql))?;
        writer.write(&fitted(&batch, &schema, places)?).await?;
    }
    writer.finish().await
}

fn fitted(batch: &RecordBatch, schema: &SchemaRef, places: &[Option<usize>]) -> Result<RecordBatch, Failure> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let column =
        |(field, place): (&Arc<datafusion::arrow::datatypes::Field>, &Option<usize>)| -> Result<ArrayRef, Failure> {
            let Some(place) = place else { return Ok(new_null_array(field.data_type(), batch.num_rows())) };
            cast_with_options(batch.column(*place), field.data_type(), &options).map_err(|error| {
                Failure::user("INVALID_CAST_ARGUMENT", format_args!("column '{}': {error}", field.name()))
            })
        };
    let columns = schema.fields().iter().zip(places).map(column).collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).map_err(Failure::system)
}

/// Whether Trino would put a value of the first type into a column of the second without a cast.
pub fn coercible(from: &DataType, to: &HiveType) -> bool {
    use HiveType::{BigInt, Char, Date, Decimal, Double, Float, Int, SmallInt, String, Timestamp, TinyInt, Varchar};
    if from == &DataType::Null {
        return true;
    }
    let Ok(from) = HiveType::from_arrow(from) else { return false };
    match (&from, to) {
        (TinyInt, SmallInt | Int | BigInt)
        | (SmallInt, Int | BigInt)
        | (Int, BigInt)
        | (TinyInt | SmallInt | Int | BigInt | Decimal(_, _), Float | Double | Decimal(_, _))
        | (Float, Double)
        | (String, Varchar(_) | Char(_))
        | (Date, Timestamp) => true,
        (HiveType::Array(from), HiveType::Array(to)) => coercible(&from.arrow(), to),
        (from, to) => from == to || from.arrow() == to.arrow(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_widen_and_texts_do_not_become_numbers() {
        fn check(from: &str, to: &str, expected: bool) {
            let kind = |text: &str| HiveType::parse(text).expect(text);
            assert_eq!(coercible(&kind(from).arrow(), &kind(to)), expected, "{from} to {to}");
        }
        check("int", "bigint", true);
        check("bigint", "int", false);
        check("string", "varchar(10)", true);
        check("string", "int", false);
        check("decimal(10,2)", "decimal(18,4)", true);
        check("date", "timestamp", true);
        check("timestamp", "date", false);
        check("array<int>", "array<bigint>", true);
        check("map<string,int>", "map<string,int>", true);
    }
}
