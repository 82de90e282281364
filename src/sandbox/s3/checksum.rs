//! What a caller claims about a body: MD5 and the flexible checksums, in headers or behind the body, judged once the body is here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use s3s::TrailingHeaders;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::dto::{Checksum, ChecksumType};

use super::blob::Written;
use crate::sandbox::wire::ApiError;

/// A checksum algorithm of S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

/// Every algorithm, in the order of S3's documentation.
pub const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme, Algorithm::Sha1, Algorithm::Sha256];

impl Algorithm {
    /// Reads the name that `x-amz-checksum-algorithm` carries.
    pub fn parse(name: &str) -> Result<Self, ApiError> {
        ALGORITHMS
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| ApiError::client("InvalidRequest", format!("Checksum algorithm {name} is not known.")))
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header, or trailing header, that carries the value.
    pub fn header(self) -> String {
        format!("x-amz-checksum-{}", self.name().to_ascii_lowercase())
    }

    /// The value among digests.
    pub fn of(self, checksum: &Checksum) -> Option<&String> {
        match self {
            Self::Crc32 => checksum.checksum_crc32.as_ref(),
            Self::Crc32c => checksum.checksum_crc32c.as_ref(),
            Self::Crc64Nvme => checksum.checksum_crc64nvme.as_ref(),
            Self::Sha1 => checksum.checksum_sha1.as_ref(),
            Self::Sha256 => checksum.checksum_sha256.as_ref(),
        }
    }

    /// Sets the value among digests.
    pub fn set(self, checksum: &mut Checksum, value: String) {
        let field = match self {
            Self::Crc32 => &mut checksum.checksum_crc32,
            Self::Crc32c => &mut checksum.checksum_crc32c,
            Self::Crc64Nvme => &mut checksum.checksum_crc64nvme,
            Self::Sha1 => &mut checksum.checksum_sha1,
            Self::Sha256 => &mut checksum.checksum_sha256,
        };
        *field = Some(value);
    }

    fn enable(self, hasher: &mut ChecksumHasher) {
        match self {
            Self::Crc32 => hasher.crc32 = Some(Crc32::default()),
            Self::Crc32c => hasher.crc32c = Some(Crc32c::default()),
            Self::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::default()),
            Self::Sha1 => hasher.sha1 = Some(Sha1::default()),
            Self::Sha256 => hasher.sha256 = Some(Sha256::default()),
        }
    }
}

/// A hasher for these algorithms.
pub fn hasher(algorithms: impl IntoIterator<Item = Algorithm>) -> ChecksumHasher {
    let mut hasher = ChecksumHasher::default();
    algorithms.into_iter().for_each(|algorithm| algorithm.enable(&mut hasher));
    hasher
}

/// Only one algorithm's value, as the answer of an upload.
pub fn only(algorithm: Algorithm, checksum: &Checksum, full_object: bool) -> Checksum {
    let mut one = Checksum::default();
    if let Some(value) = algorithm.of(checksum) {
        algorithm.set(&mut one, value.clone());
        one.checksum_type = Some(checksum_type(full_object));
    }
    one
}

/// How S3 names a checksum over all bytes, and one over the checksums of the parts.
pub fn checksum_type(full_object: bool) -> ChecksumType {
    ChecksumType::from_static(if full_object { ChecksumType::FULL_OBJECT } else { ChecksumType::COMPOSITE })
}

/// A checksum over the checksums of the parts, written `value-n`.
pub fn composite(algorithm: Algorithm, parts: &[&Checksum]) -> Option<String> {
    let mut digest = hasher([algorithm]);
    for part in parts {
        digest.update(&STANDARD.decode(algorithm.of(part)?).ok()?);
    }
    algorithm.of(&digest.finalize()).map(|value| format!("{value}-{}", parts.len()))
}

/// What the caller says the body's digests are.
#[derive(Debug, Default)]
pub struct Claim {
    /// The algorithm that the caller named.
    pub algorithm: Option<Algorithm>,
    /// Values from headers.
    pub expected: Checksum,
    /// `Content-MD5`.
    pub md5: Option<String>,
    /// Values that follow the body.
    pub trailers: Option<TrailingHeaders>,
}

impl Claim {
    /// The one algorithm to digest with. Without a claim S3 takes CRC64NVME.
    pub fn algorithm(&self) -> Algorithm {
        let from_values = || ALGORITHMS.into_iter().find(|algorithm| algorithm.of(&self.expected).is_some());
        self.algorithm.or_else(from_values).unwrap_or(Algorithm::Crc64Nvme)
    }

    /// Refuses a body that is not what the caller says it is.
    pub fn judge(&self, written: &Written) -> Result<(), ApiError> {
        self.judge_md5(written)?;
        let algorithm = self.algorithm();
        let Some(actual) = algorithm.of(&written.checksum) else { return Ok(()) };
        match self.expected(algorithm) {
            Some(expected) if expected != *actual => Err(bad_digest(algorithm.name())),
            _ => Ok(()),
        }
    }

    fn judge_md5(&self, written: &Written) -> Result<(), ApiError> {
        let Some(md5) = &self.md5 else { return Ok(()) };
        let expected = STANDARD.decode(md5).unwrap_or_default();
        match expected.len() {
            16 if expected == written.md5 => Ok(()),
            16 => Err(bad_digest("Content-MD5")),
            _ => Err(ApiError::client("InvalidDigest", "The Content-MD5 you specified is not valid.")),
        }
    }

    fn expected(&self, algorithm: Algorithm) -> Option<String> {
        let trailing = || {
            let trailers = self.trailers.as_ref()?;
            trailers.read(|headers| Some(headers.get(algorithm.header())?.to_str().ok()?.to_owned())).flatten()
        };
        algorithm.of(&self.expected).cloned().or_else(trailing)
    }
}

fn bad_digest(what: &str) -> ApiError {
    ApiError::client("BadDigest", format!("The {what} you specified did not match the calculated checksum."))
}
