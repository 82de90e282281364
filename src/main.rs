//! Parse, run, exit code.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use shakedown::cli::{Cli, Streams, World};
use shakedown::clock::SystemClock;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("SHAKEDOWN_LOG").unwrap_or_else(|_| EnvFilter::new("error,s3s=off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    ExitCode::from(Box::pin(cli.execute(world())).await.code())
}

/// The world as it is found here, and nowhere else.
#[expect(clippy::disallowed_methods, reason = "this is the place where the surroundings are read")]
fn world() -> World {
    let folder = std::env::current_dir().unwrap_or_default();
    let env: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let streams = Streams { out: Box::new(std::io::stdout()), err: Box::new(std::io::stderr()) };
    let terminals = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
    World::new(folder, env, Arc::new(SystemClock), streams, terminals)
}
