//! Buckets in the host name: `bucket.localhost:4566` is a bucket, every other host is none.

use s3s::S3Result;
use s3s::host::{S3Host, VirtualHost};

/// Host names of the sandbox.
pub struct Localhost;

impl S3Host for Localhost {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        Ok(match name.strip_suffix(".localhost") {
            Some(bucket) if !bucket.is_empty() => VirtualHost::new("localhost").with_bucket(bucket),
            _ => VirtualHost::new(host),
        })
    }
}
