//! Text files as a stream of batches: bytes from S3, lines, columns. Holds one chunk and one batch at a time.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::ScalarValue;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, Result as StoreResult};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::StreamExt;
use futures::stream::BoxStream;

use super::definition::{Format, TableDefinition};
use super::gzip::Decoder;
use crate::sandbox::athena::failure::Failure;
use crate::sandbox::athena::values::ColumnBuilder;

/// Rows of one batch.
const BATCH_ROWS: usize = 8192;
/// Bytes after which a batch ends early, so that long lines do not pile up.
const BATCH_BYTES: usize = 8 << 20;
/// Bytes that are unpacked at a time: a file may unpack to a thousand times its size, a piece of it not to more than memory holds.
const PIECE_BYTES: usize = 64 << 10;
/// The longest line that is read.
const LINE_BYTES: usize = 64 << 20;

/// One file to read, with the partition it belongs to.
#[derive(Debug, Clone)]
pub struct TextFile {
    pub store: Arc<dyn ObjectStore>,
    pub meta: ObjectMeta,
    pub partition: Arc<Vec<ScalarValue>>,
}

/// Some of a table's text files, read one after the other.
#[derive(Debug)]
pub struct TextScan {
    pub table: Arc<TableDefinition>,
    /// Positions in the table's schema of the columns to yield.
    pub projection: Vec<usize>,
    pub schema: SchemaRef,
    pub files: Vec<TextFile>,
}

impl PartitionStream for TextScan {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let reader = Reader {
            table: Arc::clone(&self.table),
            projection: self.projection.clone(),
            schema: Arc::clone(&self.schema),
            files: self.files.clone().into(),
            open: None,
        };
        let batches = futures::stream::try_unfold(reader, |mut reader| async move {
            let batch = reader.next_batch().await.map_err(|failure| DataFusionError::External(Box::new(failure)))?;
            Ok(batch.map(|batch| (batch, reader)))
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches))
    }
}

struct Reader {
    table: Arc<TableDefinition>,
    projection: Vec<usize>,
    schema: SchemaRef,
    files: VecDeque<TextFile>,
    open: Option<OpenFile>,
}

struct OpenFile {
    chunks: BoxStream<'static, StoreResult<Bytes>>,
    /// What is left of the last chunk.
    packed: Bytes,
    decoder: Decoder,
    text: Vec<u8>,
    at: usize,
    ended: bool,
    partition: Arc<Vec<ScalarValue>>,
}

impl Reader {
    async fn next_batch(&mut self) -> Result<Option<RecordBatch>, Failure> {
        loop {
            if self.open.is_none() {
                let Some(file) = self.files.pop_front() else { return Ok(None) };
                self.open = Some(begin(file, self.table.header_lines).await?);
            }
            let Some(open) = self.open.as_mut() else { return Ok(None) };
            let mut columns = Columns::new(&self.table, &self.projection);
            let (mut rows, mut bytes) = (0, 0);
            while rows < BATCH_ROWS && bytes < BATCH_BYTES {
                let Some(line) = open.next_line().await? else { break };
                bytes += line.len();
                columns.push(&self.table.format, &String::from_utf8_lossy(&open.text[line]))?;
                rows += 1;
            }
            let partition = Arc::clone(&open.partition);
            if rows == 0 {
                self.open = None;
            } else {
                return self.batch(&mut columns, &partition, rows).map(Some);
            }
        }
    }

    fn batch(&self, columns: &mut Columns, partition: &[ScalarValue], rows: usize) -> Result<RecordBatch, Failure> {
        let mut read = columns.finish()?.into_iter();
        let file_columns = self.table.columns.len();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.projection.len());
        for &index in &self.projection {
            arrays.push(if index < file_columns {
                read.next().ok_or_else(|| Failure::system("a column was not read"))?
            } else {
                partition[index - file_columns].to_array_of_size(rows).map_err(Failure::system)?
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options).map_err(Failure::system)
    }
}

/// Opens a file and skips its header.
async fn begin(file: TextFile, header_lines: usize) -> Result<OpenFile, Failure> {
    let decoder = Decoder::for_file(file.meta.location.as_ref())?;
    let chunks = file.store.get(&file.meta.location).await?.into_stream();
    let partition = file.partition;
    let mut open = OpenFile { chunks, packed: Bytes::new(), decoder, text: Vec::new(), at: 0, ended: false, partition };
    for _ in 0..header_lines {
        open.next_line().await?;
    }
    Ok(open)
}

impl OpenFile {
    /// Where the next line lies in `text`, without its end; `None` after the last one.
    async fn next_line(&mut self) -> Result<Option<std::ops::Range<usize>>, Failure> {
        let mut searched = self.at;
        loop {
            if let Some(found) = self.text[searched..].iter().position(|byte| *byte == b'\n') {
                let line = self.at..searched + found;
                self.at = line.end + 1;
                return Ok(Some(self.without_return(line)));
            }
            if self.ended {
                let line = self.at..self.text.len();
                self.at = self.text.len();
                return Ok((!line.is_empty()).then(|| self.without_return(line)));
            }
            self.text.drain(..self.at);
            self.at = 0;
            searched = self.text.len();
            if searched > LINE_BYTES {
                return Err(Failure::user(
                    "HIVE_CURSOR_ERROR",
                    format_args!("a line is longer than {LINE_BYTES} bytes"),
                ));
            }
            self.read_more().await?;
        }
    }

    fn without_return(&self, line: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let ends = self.text[line.clone()].last() == Some(&b'\r');
        line.start..line.end - usize::from(ends)
    }

    async fn read_more(&mut self) -> Result<(), Failure> {
        if self.packed.is_empty() {
            let Some(chunk) = self.chunks.next().await else {
                self.ended = true;
                return self.decoder.finish(&mut self.text);
            };
            self.packed = chunk?;
        }
        let piece = self.packed.split_to(self.packed.len().min(PIECE_BYTES));
        self.decoder.push(&piece, &mut self.text)
    }
}

/// The columns of one batch: by position for delimited text, by name for JSON.
enum Columns {
    ByPosition(Vec<(usize, ColumnBuilder)>),
    ByName(Vec<(String, ColumnBuilder)>),
}

impl Columns {
    fn new(table: &TableDefinition, projection: &[usize]) -> Self {
        let wanted = projection.iter().filter_map(|index| Some((*index, table.columns.get(*index)?)));
        match table.format {
            Format::Json(_) => {
                Self::ByName(wanted.map(|(_, (name, kind))| (name.clone(), ColumnBuilder::new(kind))).collect())
            }
            _ => Self::ByPosition(wanted.map(|(index, (_, kind))| (index, ColumnBuilder::new(kind))).collect()),
        }
    }

    fn push(&mut self, format: &Format, line: &str) -> Result<(), Failure> {
        match (self, format) {
            (Self::ByPosition(columns), Format::LazySimple(serde)) => serde.push_line(line, columns),
            (Self::ByPosition(columns), Format::OpenCsv(serde)) => serde.push_line(line, columns),
            (Self::ByName(columns), Format::Json(serde)) => serde.push_line(line, columns),
            _ => Err(Failure::system("a Parquet table was read as text")),
        }
    }

    fn finish(&mut self) -> Result<Vec<ArrayRef>, Failure> {
        match self {
            Self::ByPosition(columns) => columns.iter_mut().map(|(_, column)| column.finish()).collect(),
            Self::ByName(columns) => columns.iter_mut().map(|(_, column)| column.finish()).collect(),
        }
    }
}
