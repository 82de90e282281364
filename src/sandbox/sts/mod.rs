//! STS: who is calling, and roles to assume. No permissions are judged: the sandbox has one account, and a session is a name.

mod api;
mod sessions;
mod xml;

#[cfg(test)]
mod tests;

pub use api::Sts;
pub use sessions::{ACCESS_KEY, ACCOUNT, SECRET_KEY, Sessions};
