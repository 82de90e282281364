//! Arrow's types under Athena's names, as `ColumnInfo` reports them.

use datafusion::arrow::datatypes::DataType;
use serde_json::{Value, json};

/// Precision of an unbounded varchar, as Athena reports it.
const UNBOUNDED: u32 = 2_147_483_647;

/// One entry of `ResultSetMetadata.ColumnInfo`.
pub fn column_info(name: &str, kind: &DataType) -> Value {
    let (type_name, precision, scale) = named(kind);
    json!({
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": type_name,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": matches!(type_name, "varchar" | "json" | "char"),
    })
}

/// Athena's name, precision and scale of a type.
fn named(kind: &DataType) -> (&'static str, u32, i32) {
    match kind {
        DataType::Boolean => ("boolean", 0, 0),
        DataType::Int8 => ("tinyint", 3, 0),
        DataType::Int16 | DataType::UInt8 => ("smallint", 5, 0),
        DataType::Int32 | DataType::UInt16 => ("integer", 10, 0),
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => ("bigint", 19, 0),
        DataType::Float16 | DataType::Float32 => ("float", 17, 0),
        DataType::Float64 => ("double", 17, 0),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => ("decimal", u32::from(*precision), i32::from(*scale)),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => ("varchar", UNBOUNDED, 0),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            ("varbinary", 1_073_741_824, 0)
        }
        DataType::Date32 | DataType::Date64 => ("date", 0, 0),
        DataType::Time32(_) | DataType::Time64(_) => ("time", 3, 0),
        DataType::Timestamp(_, None) => ("timestamp", 3, 0),
        DataType::Timestamp(_, Some(_)) => ("timestamp with time zone", 3, 0),
        DataType::Interval(datafusion::arrow::datatypes::IntervalUnit::YearMonth) => ("interval year to month", 0, 0),
        DataType::Interval(_) | DataType::Duration(_) => ("interval day to second", 0, 0),
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(_, _)
        | DataType::ListView(_)
        | DataType::LargeListView(_) => ("array", 0, 0),
        DataType::Map(_, _) => ("map", 0, 0),
        DataType::Struct(_) => ("row", 0, 0),
        DataType::Dictionary(_, value) => named(value),
        DataType::RunEndEncoded(_, values) => named(values.data_type()),
        DataType::Null | DataType::Union(_, _) => ("unknown", 0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_athenas_names_precision_and_scale() {
        fn check(kind: &DataType, expected: (&str, u32, i32)) {
            assert_eq!(named(kind), expected);
        }
        check(&DataType::Int32, ("integer", 10, 0));
        check(&DataType::UInt64, ("bigint", 19, 0));
        check(&DataType::Decimal128(18, 2), ("decimal", 18, 2));
        check(&DataType::Utf8View, ("varchar", UNBOUNDED, 0));
        check(&DataType::Timestamp(datafusion::arrow::datatypes::TimeUnit::Nanosecond, None), ("timestamp", 3, 0));
        check(&DataType::Null, ("unknown", 0, 0));
    }
}
