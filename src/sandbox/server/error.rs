//! Why the port could not be opened.

use std::io;

/// Why the sandbox does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another process has the port.
    #[error(
        "listen on 127.0.0.1:{port}: the port is already taken\n\
         help: stop what uses it (`lsof -i :{port}` shows it), choose another with `--port`, or 0 for any free one"
    )]
    Taken {
        /// The port that was asked for.
        port: u16,
    },
    /// The system refused for another reason.
    #[error(
        "listen on 127.0.0.1:{port}: {source}\nhelp: choose another port with `--port`, 1024 or above, or 0 for any free one"
    )]
    Refused {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
}

impl ListenError {
    /// What `bind` said about a port.
    pub fn new(port: u16, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::Taken { port },
            _ => Self::Refused { port, source },
        }
    }
}
