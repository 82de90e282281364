//! Why the sandbox does not start.

use std::io;

use super::server::ListenError;
use crate::diagnostic::{Problem, render};

/// Why the sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The declaration, or what it declares, is not right. All problems, with their places.
    #[error("start the sandbox:\n{}", render(.0, false))]
    Declaration(Vec<Problem>),
    /// The port cannot be opened.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// There is no temporary folder.
    #[error("make a temporary folder for the sandbox: {0}\nhelp: TMPDIR names the folder that it is made in")]
    Folder(#[from] io::Error),
    /// A service does not come up.
    #[error("start {service}: {reason}")]
    Service {
        /// Its name.
        service: &'static str,
        /// What it says.
        reason: String,
    },
}
