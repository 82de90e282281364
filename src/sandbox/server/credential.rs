//! What a signed request says of who signed it, and for which service.

use http::header::AUTHORIZATION;
use http::request::Parts;

/// Header of the token of temporary credentials.
const TOKEN: &str = "x-amz-security-token";

/// The credential of Signature Version 4, unverified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The access key.
    pub access_key: String,
    /// The service of the scope, for example `states`.
    pub service: String,
    /// The token of temporary credentials.
    pub token: Option<String>,
}

impl Credential {
    /// Reads the Authorization header, or the query of a presigned URL.
    pub fn of(parts: &Parts) -> Option<Self> {
        let mut credential = Self::of_header(parts).or_else(|| Self::of_query(parts.uri.query()?))?;
        credential.token = parts.headers.get(TOKEN).and_then(|token| token.to_str().ok()).map(str::to_owned);
        Some(credential)
    }

    fn of_header(parts: &Parts) -> Option<Self> {
        let header = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
        let rest = header.split_once("Credential=")?.1;
        Self::parse(rest.split([',', ' ']).next()?)
    }

    fn of_query(query: &str) -> Option<Self> {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(name, _)| name == "X-Amz-Credential").and_then(|(_, value)| Self::parse(&value))
    }

    /// `key/20260116/eu-west-1/s3/aws4_request`; the key itself may have slashes.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(5, '/');
        let [_terminator, service, _region, _date, access_key] =
            [parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        Some(Self { access_key: access_key.to_owned(), service: service.to_owned(), token: None })
    }
}
