//! Lambda's REST protocol: paths, documents, errors.
//!
//! `routes` lists what is served, `unsupported` names the rest; `functions`, `versions` and `invoke` serve it, with the
//! documents of `configuration`, the request fields of `request` and the errors of `error`.

mod configuration;
mod document;
mod error;
mod functions;
mod invoke;
mod request;
mod routes;
mod unsupported;
mod versions;

pub use routes::router;
