//! Trouble between the product and the account: a proxy that makes it, a table of what is to come of it, and what the product
//! promises whatever happens: never green that should not be, never started twice, never hanging.

mod cell;
mod columns;
mod faults;
mod operation;
mod promises;
mod proxy;
mod table;

use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// Loopback needs no TLS.
fn plain_http() -> SharedHttpClient {
    Builder::new().build_http()
}
