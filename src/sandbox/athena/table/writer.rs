//! Rows into a table's files: Parquet, delimited text or JSON Lines, one file per partition that a query writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{Array, ArrayRef, UInt32Array};
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::object_store::ObjectStore;
use datafusion::object_store::buffered::BufWriter;
use datafusion::parquet::arrow::AsyncArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::properties::WriterProperties;
use tokio::io::AsyncWriteExt;

use super::definition::{Format, TableDefinition};
use super::lazy_simple::LazySimple;
use super::partitions::{NULL_PARTITION, partition_name};
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::storage::Location;
use crate::sandbox::athena::values::ValueText;

/// Partitions that one statement may write, as in Athena.
const OPEN_PARTITIONS: usize = 100;

/// What a statement wrote.
#[derive(Debug, Default)]
pub struct Written {
    pub rows: u64,
    pub files: Vec<Location>,
    /// Values and location of each partition with rows.
    pub partitions: Vec<(Vec<String>, Location)>,
}

/// Writes batches that have the table's schema: file columns, then partition keys.
pub struct TableWriter {
    table: TableDefinition,
    base: Location,
    store: Arc<dyn ObjectStore>,
    /// First part of the files' names: the query's id.
    id: String,
    /// Partitions that exist already, whose files may lie elsewhere than below `base`.
    known: BTreeMap<Vec<String>, Location>,
    open: BTreeMap<Vec<String>, (Location, FileWriter)>,
    written: Written,
}

enum FileWriter {
    Parquet(Box<AsyncArrowWriter<BufWriter>>),
    Text(Box<BufWriter>),
}

impl TableWriter {
    /// A writer of files below `base`; formats that Athena or the sandbox cannot write are refused.
    pub fn new(
        table: TableDefinition,
        base: Location,
        store: Arc<dyn ObjectStore>,
        id: &str,
        known: BTreeMap<Vec<String>, Location>,
    ) -> Result<Self, Failure> {
        match &table.format {
            Format::OpenCsv(_) => {
                return Err(Failure::user("NOT_SUPPORTED", "INSERT INTO is not supported for OpenCSVSerde tables"));
            }
            Format::Json(json) if !json.writable() => {
                return Err(Failure::unsupported("INSERT INTO a JSON table with mapped keys"));
            }
            _ => {}
        }
        Ok(Self { table, base, store, id: id.to_owned(), known, open: BTreeMap::new(), written: Written::default() })
    }

    /// Appends a batch.
    pub async fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let keys = self.table.partition_keys.len();
        let columns: Vec<usize> = (0..batch.num_columns() - keys).collect();
        for (values, rows) in grouped(batch, keys)? {
            let part = take_record_batch(batch, &UInt32Array::from(rows)).map_err(Failure::system)?;
            let part = part.project(&columns).map_err(Failure::system)?;
            self.write_part(values, &part).await?;
        }
        self.written.rows += batch.num_rows() as u64;
        Ok(())
    }

    async fn write_part(&mut self, values: Vec<String>, part: &RecordBatch) -> Result<(), Failure> {
        if !self.open.contains_key(&values) {
            if self.open.len() >= OPEN_PARTITIONS {
                let message = format!("Exceeded limit of {OPEN_PARTITIONS} open writers for partitions/buckets");
                return Err(Failure::user("HIVE_TOO_MANY_OPEN_PARTITIONS", message));
            }
            let opened = self.begin(&values, part.schema())?;
            self.open.insert(values.clone(), opened);
        }
        let Some((_, writer)) = self.open.get_mut(&values) else { return Err(Failure::system("a writer was lost")) };
        match (writer, &self.table.format) {
            (FileWriter::Parquet(writer), _) => writer.write(part).await.map_err(Failure::system),
            (FileWriter::Text(writer), Format::LazySimple(serde)) => put(writer, delimited(part, serde)?).await,
            (FileWriter::Text(writer), _) => put(writer, json_lines(part)?).await,
        }
    }

    fn begin(&self, values: &[String], schema: SchemaRef) -> Result<(Location, FileWriter), Failure> {
        let keys = self.table.partition_keys.iter().map(|(name, _)| name.as_str());
        let folder = match self.known.get(values) {
            Some(known) => known.clone(),
            None if values.is_empty() => self.base.clone(),
            None => self.base.child(&partition_name(keys, values)),
        };
        if folder.bucket != self.base.bucket {
            return Err(Failure::unsupported(format_args!(
                "writing to a partition in another bucket than its table: {folder}"
            )));
        }
        let file = folder.child(&format!("{}_{}", self.id, uuid::Uuid::new_v4()));
        let writer = BufWriter::new(Arc::clone(&self.store), file.path()?);
        let writer = if matches!(self.table.format, Format::Parquet) {
            let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
            let writer = AsyncArrowWriter::try_new(writer, schema, Some(properties)).map_err(Failure::system)?;
            FileWriter::Parquet(Box::new(writer))
        } else {
            FileWriter::Text(Box::new(writer))
        };
        Ok((file, writer))
    }

    /// Closes all files; only now are they visible.
    pub async fn finish(mut self) -> Result<Written, Failure> {
        for (values, (file, writer)) in self.open {
            match writer {
                FileWriter::Parquet(writer) => drop(writer.close().await.map_err(Failure::system)?),
                FileWriter::Text(mut writer) => writer.shutdown().await.map_err(Failure::system)?,
            }
            if !values.is_empty() {
                let folder = file.prefix.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
                self.written.partitions.push((values, Location { bucket: file.bucket.clone(), prefix: folder }));
            }
            self.written.files.push(file);
        }
        Ok(self.written)
    }
}

async fn put(writer: &mut BufWriter, text: String) -> Result<(), Failure> {
    Ok(writer.put(Bytes::from(text)).await?)
}

/// Row numbers by the texts of the last `keys` columns.
fn grouped(batch: &RecordBatch, keys: usize) -> Result<BTreeMap<Vec<String>, Vec<u32>>, Failure> {
    let columns = &batch.columns()[batch.num_columns() - keys..];
    let texts = columns.iter().map(ValueText::new).collect::<Result<Vec<_>, _>>()?;
    let mut groups: BTreeMap<Vec<String>, Vec<u32>> = BTreeMap::new();
    for row in 0..batch.num_rows() {
        let mut values = Vec::with_capacity(keys);
        for text in &texts {
            let mut value = String::new();
            let present = text.write(row, &mut value)?;
            values.push(if present { value } else { NULL_PARTITION.to_owned() });
        }
        groups.entry(values).or_default().push(u32::try_from(row).map_err(Failure::system)?);
    }
    Ok(groups)
}

fn scalar_texts(part: &RecordBatch) -> Result<Vec<(String, ValueText)>, Failure> {
    let schema = part.schema();
    let text = |(index, column): (usize, &ArrayRef)| {
        let kind = column.data_type();
        if kind.is_nested() || matches!(kind, DataType::Binary) {
            return Err(Failure::unsupported(format_args!("writing columns of type {kind} to text or JSON tables")));
        }
        Ok((schema.field(index).name().clone(), ValueText::new(column)?))
    };
    part.columns().iter().enumerate().map(text).collect()
}

fn delimited(part: &RecordBatch, serde: &LazySimple) -> Result<String, Failure> {
    let columns = scalar_texts(part)?;
    let (mut out, mut value) = (String::new(), String::new());
    for row in 0..part.num_rows() {
        for (index, (_, column)) in columns.iter().enumerate() {
            if index > 0 {
                out.push(serde.separators[0]);
            }
            value.clear();
            if column.write(row, &mut value)? {
                serde.append_escaped(&value, &mut out);
            } else {
                out.push_str(&serde.null_text);
            }
        }
        out.push('\n');
    }
    Ok(out)
}

fn json_lines(part: &RecordBatch) -> Result<String, Failure> {
    let columns = scalar_texts(part)?;
    let (mut out, mut value) = (String::new(), String::new());
    for row in 0..part.num_rows() {
        out.push('{');
        let mut comma = "";
        for ((name, column), array) in columns.iter().zip(part.columns()) {
            value.clear();
            if !column.write(row, &mut value)? {
                continue;
            }
            out.push_str(comma);
            out.push_str(&serde_json::Value::from(name.as_str()).to_string());
            out.push(':');
            out.push_str(&json_text(array, &value));
            comma = ",";
        }
        out.push_str("}\n");
    }
    Ok(out)
}

/// Numbers and truth values stand for themselves, all else is a string.
fn json_text(array: &ArrayRef, text: &str) -> String {
    let bare = matches!(array.data_type(), DataType::Boolean) || array.data_type().is_numeric();
    let finite = !matches!(text, "NaN" | "Infinity" | "-Infinity");
    if bare && finite { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
