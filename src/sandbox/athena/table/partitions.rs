//! Hive-style partitions: their folder names, the values in them, and which of them a filter leaves.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::Expr;
use percent_encoding::percent_decode_str;

use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::values::{ColumnBuilder, HiveType};

/// Hive's name of the partition whose value is NULL.
pub const NULL_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

/// `day=2026-01-16/hour=7`, with the characters escaped that Hive escapes.
pub fn partition_name<'a>(keys: impl IntoIterator<Item = &'a str>, values: &[String]) -> String {
    let parts: Vec<String> =
        keys.into_iter().zip(values).map(|(key, value)| format!("{key}={}", escaped(value))).collect();
    parts.join("/")
}

fn escaped(value: &str) -> String {
    let special = |c: char| c.is_control() || "\"#%'*/:=?\\{[]^".contains(c);
    value.chars().map(|c| if special(c) { format!("%{:02X}", u32::from(c)) } else { c.to_string() }).collect()
}

/// The values in a path below a table's location, or `None` when the path does not begin with a folder per key.
pub fn key_values(below: &str, keys: &[(String, HiveType)]) -> Option<Vec<String>> {
    let mut folders = below.trim_start_matches('/').split('/');
    let value_of = |key: &str, folder: &str| {
        let (name, value) = folder.split_once('=')?;
        name.eq_ignore_ascii_case(key).then(|| percent_decode_str(value).decode_utf8_lossy().into_owned())
    };
    let values: Option<Vec<String>> = keys.iter().map(|(key, _)| value_of(key, folders.next()?)).collect();
    // What is left must at least be a file name.
    folders.next().and(values)
}

/// A partition's text as a value of its key's type.
pub fn partition_value(text: &str, (key, kind): &(String, HiveType)) -> Result<ScalarValue, Failure> {
    let mut column = ColumnBuilder::new(kind);
    if text == NULL_PARTITION {
        column.push_null();
    } else {
        column.push_text(text).map_err(|_| {
            let message = format!(
                "Invalid partition value '{text}' for {} partition key: {key}={text}",
                kind.trino().to_uppercase()
            );
            Failure::user("HIVE_INVALID_PARTITION_VALUE", message)
        })?;
    }
    ScalarValue::try_from_array(column.finish()?.as_ref(), 0).map_err(Failure::system)
}

/// Whether each partition can hold rows that pass all of `filters`; filters on other columns than the keys are left alone.
pub fn survivors(
    state: &dyn Session,
    fields: &[Field],
    partitions: &[Vec<ScalarValue>],
    filters: &[Expr],
) -> EngineResult<Vec<bool>> {
    let mut keep = vec![true; partitions.len()];
    let is_key = |name: &str| fields.iter().any(|field| field.name() == name);
    let about_keys = |filter: &&Expr| {
        let columns = filter.column_refs();
        !columns.is_empty() && columns.iter().all(|column| is_key(&column.name))
    };
    if partitions.is_empty() {
        return Ok(keep);
    }
    let batch = values_batch(fields, partitions)?;
    let schema = DFSchema::try_from(batch.schema().as_ref().clone())?;
    for filter in filters.iter().filter(about_keys) {
        let unqualified = without_qualifiers(filter)?;
        let passed =
            state.create_physical_expr(unqualified, &schema)?.evaluate(&batch)?.into_array(partitions.len())?;
        let passed = passed.as_boolean();
        for (row, keep) in keep.iter_mut().enumerate() {
            *keep &= passed.is_valid(row) && passed.value(row);
        }
    }
    Ok(keep)
}

fn without_qualifiers(filter: &Expr) -> EngineResult<Expr> {
    use datafusion::common::tree_node::{Transformed, TreeNode};
    let bare = |expr: Expr| match expr {
        Expr::Column(mut column) => {
            column.relation = None;
            Ok(Transformed::yes(Expr::Column(column)))
        }
        other => Ok(Transformed::no(other)),
    };
    Ok(filter.clone().transform(bare)?.data)
}

fn values_batch(fields: &[Field], partitions: &[Vec<ScalarValue>]) -> EngineResult<RecordBatch> {
    let column = |index: usize| ScalarValue::iter_to_array(partitions.iter().map(|values| values[index].clone()));
    let columns: Vec<ArrayRef> = (0..fields.len()).map(column).collect::<EngineResult<_>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(partitions.len()));
    Ok(RecordBatch::try_new_with_options(Arc::new(Schema::new(fields.to_vec())), columns, &options)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_each_others_inverse() {
        let keys = [("day".to_owned(), HiveType::String), ("hour".to_owned(), HiveType::Int)];
        let values = ["2026-01-16 10:00/x".to_owned(), "7".to_owned()];
        let name = partition_name(["day", "hour"], &values);
        assert_eq!(name, "day=2026-01-16 10%3A00%2Fx/hour=7");
        assert_eq!(key_values(&format!("{name}/a.csv"), &keys).as_deref(), Some(&values[..]));
        assert_eq!(key_values("day=1/a.csv", &keys), None);
        assert_eq!(key_values("hour=1/day=2/a.csv", &keys), None);
        assert_eq!(key_values("day=1/hour=2", &keys), None);
    }

    #[test]
    fn a_partition_that_is_not_of_its_type_is_an_error() {
        let key = ("n".to_owned(), HiveType::Int);
        assert_eq!(partition_value("7", &key), Ok(ScalarValue::Int32(Some(7))));
        assert_eq!(partition_value(NULL_PARTITION, &key), Ok(ScalarValue::Int32(None)));
        assert!(
            partition_value("x", &key).is_err_and(|failure| failure.reason.starts_with("HIVE_INVALID_PARTITION_VALUE"))
        );
    }
}
