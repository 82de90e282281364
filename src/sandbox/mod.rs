//! The embedded AWS: one process, one loopback port, no account.
//!
//! [`Sandbox::start`] is the one door to it, for the target `local` and the command `sandbox`. Clients talk to it with the SDK's
//! own wire formats, as to AWS. The account is [`ACCOUNT`]; state lies in a temporary folder, and goes with the sandbox. What
//! it does not support it refuses by name, in the error shape of the service; it never makes up a success.
//!
//! `server` is the port; `s3`, `sts`, `stepfunctions`, `lambda`, `athena`, `glue` and `events` the services; `integrations` what Task states
//! call; `declaration` reads `sandbox.yaml`, and `furnish` puts what it says into the `services`.

mod athena;
mod declaration;
mod door;
mod error;
mod folder;
mod events;
mod furnish;
mod glue;
mod integrations;
mod lambda;
mod s3;
mod server;
mod services;
mod stepfunctions;
mod sts;
pub mod supported;
#[cfg(test)]
mod tests;
mod time;
mod wire;

pub use declaration::{DECLARATION, Declaration};
pub use door::{DEFAULT_REGION, Options, Sandbox};
pub use error::SandboxError;
pub use lambda::default_cache_dir;
pub use sts::{ACCESS_KEY, ACCOUNT, SECRET_KEY};
