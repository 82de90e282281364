//! Request bodies up to a limit. What is longer is read to its end all the same, so that the client sees the refusal and
//! not a broken connection.

use axum::body::{Body, Bytes};
use http_body_util::BodyExt as _;

/// Why there is no body.
#[derive(Debug, PartialEq, Eq)]
pub enum Unread {
    /// It has this many bytes.
    TooLarge(usize),
    /// The client went away.
    Broken,
}

/// Reads a body of at most `limit` bytes.
pub async fn read(mut body: Body, limit: usize) -> Result<Bytes, Unread> {
    let mut kept = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        length += data.len();
        if length <= limit {
            kept.extend_from_slice(&data);
        }
    }
    if length > limit { Err(Unread::TooLarge(length)) } else { Ok(kept.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_limit_is_inclusive() {
        assert_eq!(read(Body::from("1234"), 4).await, Ok(Bytes::from("1234")));
        assert_eq!(read(Body::from("12345"), 4).await, Err(Unread::TooLarge(5)));
    }
}
