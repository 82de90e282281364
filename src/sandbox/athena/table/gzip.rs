//! Gzip, chunk by chunk: what comes from S3 goes in, text comes out.

use std::io::Write;

use flate2::write::MultiGzDecoder;

use crate::sandbox::athena::failure::Failure;

/// A text file's bytes on their way from S3: as they are, or unpacked.
pub enum Decoder {
    Plain,
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
}

impl Decoder {
    /// Chosen by the name of the file, as Hive does. What Hive could unpack and the sandbox cannot is refused.
    pub fn for_file(name: &str) -> Result<Self, Failure> {
        let extension =
            name.rsplit('/').next().and_then(|file| file.rsplit_once('.')).map_or("", |(_, extension)| extension);
        match extension.to_ascii_lowercase().as_str() {
            "gz" => Ok(Self::Gzip(Box::new(MultiGzDecoder::new(Vec::new())))),
            "bz2" | "lz4" | "lzo" | "snappy" | "zst" | "deflate" => {
                Err(Failure::unsupported(format_args!("text files compressed as .{extension} ({name})")))
            }
            _ => Ok(Self::Plain),
        }
    }

    /// The text that a piece of the file adds; the caller keeps pieces small, since they unpack to many times their size.
    pub fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), Failure> {
        match self {
            Self::Plain => out.extend_from_slice(chunk),
            Self::Gzip(decoder) => {
                decoder.write_all(chunk).map_err(|error| broken(&error))?;
                out.append(decoder.get_mut());
            }
        }
        Ok(())
    }

    /// The text that was left when the file ended.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Failure> {
        if let Self::Gzip(decoder) = self {
            decoder.try_finish().map_err(|error| broken(&error))?;
            out.append(decoder.get_mut());
        }
        Ok(())
    }
}

fn broken(error: &std::io::Error) -> Failure {
    Failure::user("HIVE_CURSOR_ERROR", format_args!("Failed to read file: {error}"))
}
