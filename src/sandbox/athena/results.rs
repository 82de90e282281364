//! `GetQueryResults`: pages of a result, read from its object in S3 from where the last page ended.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use datafusion::object_store::{GetOptions, GetRange, ObjectStore};
use futures::StreamExt;
use serde_json::{Value, json};

use super::queries::{Finished, Query, Shape};
use super::request::{invalid, optional_text, page_size, with_token};
use super::storage::Buckets;
use crate::sandbox::wire::ApiError;

/// The largest page, from Athena's API model.
const PAGE: usize = 1000;

/// One row: `None` is NULL.
type Row = Vec<Option<String>>;

/// Answers `GetQueryResults` for a query.
pub async fn results(query: &Query, buckets: &dyn Buckets, body: &Value) -> Result<Value, ApiError> {
    match optional_text(body, "QueryResultType")? {
        None | Some("DATA_ROWS") => {}
        Some(other) => return Err(ApiError::unsupported(format_args!("QueryResultType {other}"))),
    }
    let size = page_size(body, PAGE)?;
    let finished = query.finished()?;
    let from = position(optional_text(body, "NextToken")?, &query.asked.id)?;
    let (rows, next) = match finished.shape {
        Shape::Nothing => (Vec::new(), None),
        shape => read_page(query, buckets, shape, from, size).await?,
    };
    let token = next.map(|next| STANDARD.encode(format!("{}:{next}", query.asked.id)));
    Ok(with_token(shown(&finished, &rows), token))
}

fn shown(finished: &Finished, rows: &[Row]) -> Value {
    let datum = |value: &Option<String>| value.as_ref().map_or_else(|| json!({}), |text| json!({"VarCharValue": text}));
    let row = |row: &Row| json!({"Data": row.iter().map(datum).collect::<Vec<_>>()});
    let mut answer = json!({
        "ResultSet": {
            "Rows": rows.iter().map(row).collect::<Vec<_>>(),
            "ResultSetMetadata": {"ColumnInfo": finished.columns},
        },
    });
    if let Some(count) = finished.update_count {
        answer["UpdateCount"] = json!(count);
    }
    answer
}

/// The byte at which a page begins.
fn position(token: Option<&str>, id: &str) -> Result<u64, ApiError> {
    let Some(token) = token else { return Ok(0) };
    let decoded = STANDARD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let of_this = decoded.as_deref().and_then(|text| text.strip_prefix(id)?.strip_prefix(':')?.parse().ok());
    of_this.ok_or_else(|| invalid("NextToken is not valid"))
}

async fn read_page(
    query: &Query,
    buckets: &dyn Buckets,
    shape: Shape,
    from: u64,
    size: usize,
) -> Result<(Vec<Row>, Option<u64>), ApiError> {
    let place = &query.asked.result;
    let gone = |problem: String| invalid(format!("Could not find results at {place}: {problem}"));
    let store = buckets.bucket(&place.bucket).ok_or_else(|| gone("the bucket does not exist".to_owned()))?;
    let path = place.path().map_err(|failure| gone(failure.reason))?;
    let head = store.get_opts(&path, GetOptions { head: true, ..GetOptions::default() }).await;
    let total = head.map_err(|error| gone(error.to_string()))?.meta.size;
    if from >= total {
        return Ok((Vec::new(), None));
    }
    let options = GetOptions { range: Some(GetRange::Offset(from)), ..GetOptions::default() };
    let mut chunks = store.get_opts(&path, options).await.map_err(|error| gone(error.to_string()))?.into_stream();
    let mut reader = RowReader::new(shape);
    while reader.rows.len() < size {
        let Some(chunk) = chunks.next().await else { break };
        reader.read(&chunk.map_err(|error| gone(error.to_string()))?, size)?;
    }
    let next = from + reader.used;
    Ok((reader.rows, (next < total).then_some(next)))
}

/// Cuts a result's bytes into rows.
struct RowReader {
    shape: Shape,
    rows: Vec<Row>,
    row: Row,
    field: Vec<u8>,
    /// The field had a quote, so that it is not NULL.
    present: bool,
    quoted: bool,
    /// Bytes of whole rows.
    used: u64,
    seen: u64,
}

impl RowReader {
    fn new(shape: Shape) -> Self {
        Self {
            shape,
            rows: Vec::new(),
            row: Vec::new(),
            field: Vec::new(),
            present: false,
            quoted: false,
            used: 0,
            seen: 0,
        }
    }

    fn read(&mut self, chunk: &[u8], size: usize) -> Result<(), ApiError> {
        for byte in chunk {
            if self.rows.len() >= size {
                return Ok(());
            }
            self.seen += 1;
            match (self.shape, byte) {
                (Shape::Csv, b'"') => self.quote(),
                (Shape::Csv, b',') if !self.quoted => self.end_field()?,
                (_, b'\n') if !self.quoted => {
                    self.present |= self.shape == Shape::Lines;
                    self.end_field()?;
                    self.rows.push(std::mem::take(&mut self.row));
                    self.used = self.seen;
                }
                (_, byte) => self.field.push(*byte),
            }
        }
        Ok(())
    }

    /// A quote opens, closes, or reopens: the second of two inside a value stands for itself.
    fn quote(&mut self) {
        if !self.quoted && self.present {
            self.field.push(b'"');
        }
        self.quoted = !self.quoted;
        self.present = true;
    }

    fn end_field(&mut self) -> Result<(), ApiError> {
        let bytes = std::mem::take(&mut self.field);
        let text = String::from_utf8(bytes).map_err(|_| invalid("the result object is not what the query wrote"))?;
        self.row.push(std::mem::take(&mut self.present).then_some(text));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_comes_back_as_it_was_written_however_it_is_cut() {
        let text = "\"a\",\"say \"\"hi\"\"\"\n,\"\"\n\"x,\ny\",\n\n";
        let expected =
            [vec![Some("a"), Some("say \"hi\"")], vec![None, Some("")], vec![Some("x,\ny"), None], vec![None]];
        for cut in 0..text.len() {
            let mut reader = RowReader::new(Shape::Csv);
            reader.read(&text.as_bytes()[..cut], 10).expect("rows");
            reader.read(&text.as_bytes()[cut..], 10).expect("rows");
            let rows: Vec<Vec<Option<&str>>> =
                reader.rows.iter().map(|row| row.iter().map(Option::as_deref).collect()).collect();
            assert_eq!(rows, expected, "cut at {cut}");
            assert_eq!(reader.used, text.len() as u64);
        }
    }

    #[test]
    fn a_token_is_good_for_its_own_query_only() {
        let token = STANDARD.encode("abc:17");
        assert_eq!(position(Some(&token), "abc"), Ok(17));
        assert!(position(Some(&token), "abd").is_err());
        assert!(position(Some("?"), "abc").is_err());
        assert_eq!(position(None, "abc"), Ok(0));
    }
}
