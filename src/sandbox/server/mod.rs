//! The front door: one public loopback port for every service, told apart by credential scope, target header, then path.

mod calls;
mod credential;
mod error;
mod front;
mod host;
mod inbound;
mod json;
mod lambda_operation;
mod listen;
mod route;
#[cfg(test)]
pub(crate) mod testing;

#[cfg(test)]
mod tests;

pub use calls::Calls;
pub use error::ListenError;
pub use front::{Front, Services};
pub use json::JsonService;
pub use listen::{Listening, bind};
