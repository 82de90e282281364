//! Bodies: a file for each, written once, gone with the last one who holds it.

use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use md5::{Digest, Md5};
use s3s::checksum::ChecksumHasher;
use s3s::dto::Checksum;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;

/// Bytes that a reader takes from a file at once.
const CHUNK: usize = 64 * 1024;

/// The folder that bodies are written to, each under a number of its own.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    next: AtomicU64,
}

impl Folder {
    /// A folder that exists already.
    pub fn new(path: PathBuf) -> Self {
        Self { path, next: AtomicU64::new(0) }
    }

    /// Writes what the stream yields and digests it on the way.
    pub async fn write<S, E>(&self, mut body: S, mut hasher: ChecksumHasher) -> io::Result<Written>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
        E: std::fmt::Display,
    {
        let blob = Arc::new(Blob { path: self.path.join(self.next.fetch_add(1, Ordering::Relaxed).to_string()) });
        let mut file = File::create(&blob.path).await?;
        let mut md5 = Md5::new();
        let mut size = 0;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| io::Error::other(error.to_string()))?;
            md5.update(&chunk);
            hasher.update(&chunk);
            size += chunk.len() as u64;
            file.write_all(&chunk).await?;
        }
        file.flush().await?;
        Ok(Written { blob, size, md5: md5.finalize().into(), checksum: hasher.finalize() })
    }
}

/// A body that was written whole.
#[derive(Debug, Clone)]
pub struct Written {
    /// The file.
    pub blob: Arc<Blob>,
    /// Bytes.
    pub size: u64,
    /// The MD5 digest of all bytes.
    pub md5: [u8; 16],
    /// The digests that were asked for, in base64.
    pub checksum: Checksum,
}

/// One body. The file is removed when nobody holds it any more, so readers never lose it under their hands.
#[derive(Debug)]
pub struct Blob {
    path: PathBuf,
}

impl Blob {
    /// The bytes of a range that lies within the body.
    pub async fn bytes(&self, range: Range<u64>) -> io::Result<Bytes> {
        let mut file = self.open_at(range.start).await?;
        let wanted = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
        let mut bytes = vec![0; wanted];
        file.read_exact(&mut bytes).await?;
        Ok(bytes.into())
    }

    /// The bytes of a range that lies within the body, a chunk at a time. The stream holds the body.
    pub async fn stream(
        self: &Arc<Self>,
        range: Range<u64>,
    ) -> io::Result<impl Stream<Item = io::Result<Bytes>> + Send + Sync + Unpin + use<>> {
        let file = self.open_at(range.start).await?;
        let held = Arc::clone(self);
        let chunks = ReaderStream::with_capacity(file.take(range.end - range.start), CHUNK);
        Ok(chunks.inspect(move |_| {
            let _ = &held;
        }))
    }

    async fn open_at(&self, position: u64) -> io::Result<File> {
        let mut file = File::open(&self.path).await?;
        if position > 0 {
            file.seek(io::SeekFrom::Start(position)).await?;
        }
        Ok(file)
    }
}

impl Drop for Blob {
    fn drop(&mut self) {
        // The folder is temporary: a file that cannot be removed now goes with it.
        let _ = std::fs::remove_file(&self.path);
    }
}
