//! The result of a query as an object in S3: CSV as Athena quotes it, or plain lines, and the `.metadata` beside it.

use bytes::Bytes;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::object_store::buffered::BufWriter;
use datafusion::object_store::{ObjectStoreExt, PutPayload};
use futures::StreamExt;
use tokio::io::AsyncWriteExt;

use super::ddl::Outcome;
use super::environment::Environment;
use super::failure::Failure;
use super::queries::{Finished, Query, Shape};
use super::storage::Location;
use super::values::{ValueText, column_info};

/// Writes what a statement left behind to the query's result location.
pub async fn write_result(query: &Query, outcome: Outcome, environment: &Environment) -> Result<Finished, Failure> {
    let place = &query.asked.result;
    match outcome {
        Outcome::Rows { names, stream } => {
            let kinds: Vec<DataType> = stream.schema().fields().iter().map(|field| field.data_type().clone()).collect();
            let columns = names.iter().zip(&kinds).map(|(name, kind)| column_info(name, kind)).collect();
            write_csv(&names, stream, place, environment, &query.asked.sql).await?;
            put(environment, &beside(place, ".metadata"), String::new()).await?;
            Ok(Finished { columns, shape: Shape::Csv, update_count: Some(0) })
        }
        Outcome::Lines { columns, lines } => {
            let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
            put(environment, place, text).await?;
            put(environment, &beside(place, ".metadata"), String::new()).await?;
            Ok(Finished { columns, shape: Shape::Lines, update_count: Some(0) })
        }
        Outcome::Wrote { rows, files } => {
            let manifest: String = files.iter().flat_map(|file| [file.to_string(), "\n".to_owned()]).collect();
            put(environment, &beside(place, "-manifest.csv"), manifest).await?;
            put(environment, &beside(place, ".metadata"), String::new()).await?;
            let columns = vec![column_info("rows", &DataType::Int64)];
            Ok(Finished { columns, shape: Shape::Nothing, update_count: Some(rows) })
        }
    }
}

fn beside(place: &Location, suffix: &str) -> Location {
    Location { bucket: place.bucket.clone(), prefix: format!("{}{suffix}", place.prefix) }
}

async fn put(environment: &Environment, place: &Location, text: String) -> Result<(), Failure> {
    environment.store(&place.bucket)?.put(&place.path()?, PutPayload::from(text)).await?;
    Ok(())
}

async fn write_csv(
    names: &[String],
    mut stream: SendableRecordBatchStream,
    place: &Location,
    environment: &Environment,
    sql: &str,
) -> Result<(), Failure> {
    let mut writer = BufWriter::new(environment.store(&place.bucket)?, place.path()?);
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        separate(index, &mut text);
        quote(name, &mut text);
    }
    text.push('\n');
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(|error| Failure::from_engine(&error, sql))?;
        append_rows(&batch, &mut text)?;
        writer.put(Bytes::from(std::mem::take(&mut text))).await?;
    }
    if !text.is_empty() {
        writer.put(Bytes::from(text)).await?;
    }
    writer.shutdown().await.map_err(Failure::system)
}

/// Every value quoted, NULL as nothing.
fn append_rows(batch: &RecordBatch, text: &mut String) -> Result<(), Failure> {
    let columns = batch.columns().iter().map(ValueText::new).collect::<Result<Vec<_>, _>>()?;
    let mut value = String::new();
    for row in 0..batch.num_rows() {
        for (index, column) in columns.iter().enumerate() {
            separate(index, text);
            value.clear();
            if column.write(row, &mut value)? {
                quote(&value, text);
            }
        }
        text.push('\n');
    }
    Ok(())
}

fn separate(index: usize, text: &mut String) {
    if index > 0 {
        text.push(',');
    }
}

fn quote(value: &str, text: &mut String) {
    text.push('"');
    for (index, part) in value.split('"').enumerate() {
        if index > 0 {
            text.push_str("\"\"");
        }
        text.push_str(part);
    }
    text.push('"');
}
