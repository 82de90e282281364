//! Actions against a real sandbox, and against a server that fails as AWS and networks do, through the SDK's own clients.

mod athena;
mod awaited;
mod exec;
mod explained;
mod faults;
mod lab;
mod lambda;
mod s3;
mod server;
mod session;
mod stepfunctions;
