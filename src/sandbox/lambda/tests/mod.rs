//! The service as its users meet it: AWS's own SDK client over HTTP, and real Python, Node.js and shell functions.

mod lifecycle;
mod node;
mod protocol;
mod python;
mod service;
