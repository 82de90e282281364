//! Arrow columns built from what text files hold: Hive's texts and JSON values.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder, Float64Builder,
    Int8Builder, Int16Builder, Int32Builder, Int64Builder, ListArray, MapArray, NullBufferBuilder, StringBuilder,
    StructArray, TimestampMillisecondBuilder,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field};

use super::hive_type::HiveType;
use super::parse;
use crate::sandbox::athena::failure::Failure;

/// A text is not a value of its column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAValue;

/// A growing column of one Hive type.
#[derive(Debug)]
pub enum ColumnBuilder {
    Boolean(BooleanBuilder),
    TinyInt(Int8Builder),
    SmallInt(Int16Builder),
    Int(Int32Builder),
    BigInt(Int64Builder),
    Float(Float32Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder, u8, i8),
    /// A text and the number of characters after which it is cut (varchar and char).
    Text(StringBuilder, Option<usize>),
    Binary(BinaryBuilder),
    Date(Date32Builder),
    Timestamp(TimestampMillisecondBuilder),
    Array(Nested),
    Map(Nested),
    Struct(Nested),
}

/// Children of an array (one), a map (key, value) or a struct (its fields).
#[derive(Debug)]
pub struct Nested {
    kind: DataType,
    /// Names of a struct's fields, else empty.
    pub names: Vec<String>,
    pub children: Vec<ColumnBuilder>,
    offsets: Vec<i32>,
    nulls: NullBufferBuilder,
    length: usize,
}

impl Nested {
    fn new(kind: &HiveType, names: Vec<String>, children: Vec<ColumnBuilder>) -> Self {
        Self { kind: kind.arrow(), names, children, offsets: vec![0], nulls: NullBufferBuilder::new(0), length: 0 }
    }

    /// Ends one value after `items` items were pushed to the children.
    pub fn end(&mut self, items: usize) -> Result<(), Failure> {
        let grown = self.offsets.last().and_then(|last| last.checked_add(i32::try_from(items).ok()?));
        self.offsets
            .push(grown.ok_or_else(|| Failure::user("HIVE_CURSOR_ERROR", "a batch has too many nested values"))?);
        self.nulls.append_non_null();
        self.length += 1;
        Ok(())
    }

    fn end_null(&mut self) {
        self.offsets.push(self.offsets.last().copied().unwrap_or_default());
        self.nulls.append_null();
        self.length += 1;
    }
}

impl ColumnBuilder {
    /// An empty column.
    pub fn new(kind: &HiveType) -> Self {
        match kind {
            HiveType::Boolean => Self::Boolean(BooleanBuilder::new()),
            HiveType::TinyInt => Self::TinyInt(Int8Builder::new()),
            HiveType::SmallInt => Self::SmallInt(Int16Builder::new()),
            HiveType::Int => Self::Int(Int32Builder::new()),
            HiveType::BigInt => Self::BigInt(Int64Builder::new()),
            HiveType::Float => Self::Float(Float32Builder::new()),
            HiveType::Double => Self::Double(Float64Builder::new()),
            HiveType::Decimal(precision, scale) => {
                Self::Decimal(Decimal128Builder::new().with_data_type(kind.arrow()), *precision, *scale)
            }
            HiveType::String => Self::Text(StringBuilder::new(), None),
            HiveType::Varchar(length) | HiveType::Char(length) => {
                Self::Text(StringBuilder::new(), usize::try_from(*length).ok())
            }
            HiveType::Binary => Self::Binary(BinaryBuilder::new()),
            HiveType::Date => Self::Date(Date32Builder::new()),
            HiveType::Timestamp => Self::Timestamp(TimestampMillisecondBuilder::new()),
            HiveType::Array(item) => Self::Array(Nested::new(kind, Vec::new(), vec![Self::new(item)])),
            HiveType::Map(key, value) => {
                Self::Map(Nested::new(kind, Vec::new(), vec![Self::new(key), Self::new(value)]))
            }
            HiveType::Struct(fields) => {
                let names = fields.iter().map(|(name, _)| name.clone()).collect();
                Self::Struct(Nested::new(kind, names, fields.iter().map(|(_, kind)| Self::new(kind)).collect()))
            }
        }
    }

    /// Appends NULL.
    pub fn push_null(&mut self) {
        match self {
            Self::Boolean(builder) => builder.append_null(),
            Self::TinyInt(builder) => builder.append_null(),
            Self::SmallInt(builder) => builder.append_null(),
            Self::Int(builder) => builder.append_null(),
            Self::BigInt(builder) => builder.append_null(),
            Self::Float(builder) => builder.append_null(),
            Self::Double(builder) => builder.append_null(),
            Self::Decimal(builder, _, _) => builder.append_null(),
            Self::Text(builder, _) => builder.append_null(),
            Self::Binary(builder) => builder.append_null(),
            Self::Date(builder) => builder.append_null(),
            Self::Timestamp(builder) => builder.append_null(),
            Self::Array(nested) | Self::Map(nested) => nested.end_null(),
            Self::Struct(nested) => {
                nested.children.iter_mut().for_each(Self::push_null);
                nested.end_null();
            }
        }
    }

    /// Appends the value that a text of a scalar type stands for in Hive; when there is none, nothing is appended.
    pub fn push_text(&mut self, text: &str) -> Result<(), NotAValue> {
        match self {
            Self::Boolean(builder) => builder.append_value(parse::boolean(text).ok_or(NotAValue)?),
            Self::TinyInt(builder) => builder.append_value(parse::integer(text).ok_or(NotAValue)?),
            Self::SmallInt(builder) => builder.append_value(parse::integer(text).ok_or(NotAValue)?),
            Self::Int(builder) => builder.append_value(parse::integer(text).ok_or(NotAValue)?),
            Self::BigInt(builder) => builder.append_value(parse::integer(text).ok_or(NotAValue)?),
            Self::Float(builder) => builder.append_value(parse::float(text).ok_or(NotAValue)?),
            Self::Double(builder) => builder.append_value(parse::float(text).ok_or(NotAValue)?),
            Self::Decimal(builder, precision, scale) => {
                builder.append_value(parse::decimal(text, *precision, *scale).ok_or(NotAValue)?);
            }
            Self::Text(builder, None) => builder.append_value(text),
            Self::Text(builder, Some(length)) => {
                builder.append_value(text.char_indices().nth(*length).map_or(text, |(end, _)| &text[..end]));
            }
            Self::Binary(builder) => builder.append_value(parse::base64(text).ok_or(NotAValue)?),
            Self::Date(builder) => builder.append_value(parse::date(text).ok_or(NotAValue)?),
            Self::Timestamp(builder) => builder.append_value(parse::timestamp(text).ok_or(NotAValue)?),
            Self::Array(_) | Self::Map(_) | Self::Struct(_) => return Err(NotAValue),
        }
        Ok(())
    }

    /// The column; the builder is empty afterwards and not to be used again.
    pub fn finish(&mut self) -> Result<ArrayRef, Failure> {
        Ok(match self {
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::TinyInt(builder) => Arc::new(builder.finish()),
            Self::SmallInt(builder) => Arc::new(builder.finish()),
            Self::Int(builder) => Arc::new(builder.finish()),
            Self::BigInt(builder) => Arc::new(builder.finish()),
            Self::Float(builder) => Arc::new(builder.finish()),
            Self::Double(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder, _, _) => Arc::new(builder.finish()),
            Self::Text(builder, _) => Arc::new(builder.finish()),
            Self::Binary(builder) => Arc::new(builder.finish()),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => Arc::new(builder.finish()),
            Self::Array(nested) | Self::Map(nested) | Self::Struct(nested) => finish_nested(nested)?,
        })
    }
}

fn finish_nested(nested: &mut Nested) -> Result<ArrayRef, Failure> {
    let mut children = nested.children.iter_mut().map(ColumnBuilder::finish).collect::<Result<Vec<_>, _>>()?;
    let offsets = OffsetBuffer::new(std::mem::take(&mut nested.offsets).into());
    let nulls = nested.nulls.finish();
    let array: ArrayRef = match &nested.kind {
        DataType::List(item) => {
            let values = children.pop().ok_or_else(|| Failure::system("a list without items"))?;
            Arc::new(ListArray::try_new(Arc::<Field>::clone(item), offsets, values, nulls).map_err(Failure::system)?)
        }
        DataType::Map(entries, sorted) => {
            let DataType::Struct(fields) = entries.data_type() else {
                return Err(Failure::system("a map without entries"));
            };
            let values = StructArray::try_new(fields.clone(), children, None).map_err(Failure::system)?;
            let field = Arc::<Field>::clone(entries);
            Arc::new(MapArray::try_new(field, offsets, values, nulls, *sorted).map_err(Failure::system)?)
        }
        DataType::Struct(fields) => {
            let array = StructArray::try_new_with_length(fields.clone(), children, nulls, nested.length);
            Arc::new(array.map_err(Failure::system)?)
        }
        other => return Err(Failure::system(format_args!("{other} is not nested"))),
    };
    Ok(array)
}
