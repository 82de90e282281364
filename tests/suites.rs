//! The example project's cases as trials: `cargo test --test suites` and `cargo nextest run --test suites` list and run them.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use shakedown::clock::SystemClock;
use shakedown::harness;
use shakedown::sandbox::default_cache_dir;
use shakedown::target::Surroundings;

fn main() -> ExitCode {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let cache_dir = default_cache_dir(|name| std::env::var_os(name)).unwrap_or_else(|| root.join(".shakedown-cache"));
    let env =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    harness::main(root, Surroundings { env: env.collect(), cache_dir }, Arc::new(SystemClock))
}
