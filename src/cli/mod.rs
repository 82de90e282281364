//! The command line: what was typed, and one file per subcommand. clap's types stay in this folder.

mod check;
mod cleanup;
mod completions;
mod io;
mod list;
mod run;
mod sandbox;
mod schema;
mod selection;
mod show;

use clap::{Parser, Subcommand};

use crate::event::Exit;

pub use io::{Streams, World};

/// Post-deployment integration tests for data platforms on AWS.
#[derive(Debug, Parser)]
#[command(name = "shakedown", version, about, max_term_width = 100)]
pub struct Cli {
    /// The project's folder; by default the nearest one above that has a shakedown.yaml.
    #[arg(long, global = true, value_name = "DIR")]
    project: Option<std::path::PathBuf>,
    /// Colour: auto, always or never.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_parser = ["auto", "always", "never"])]
    color: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run suites against a target, judge them and write the reports.
    Run(run::Run),
    /// Check project and suites; touches no network.
    Check(check::Check),
    /// List the cases that a run would report.
    List(list::List),
    /// Show a case of a run: every resolved input and output.
    Show(show::Show),
    /// Finish the cleanup of runs that were killed, lost, or kept what they created.
    Cleanup(cleanup::Cleanup),
    /// Serve the embedded AWS on a port.
    Sandbox(sandbox::Sandbox),
    /// Print a JSON Schema, the reference of the language, or what the sandbox serves.
    Schema(schema::Schema),
    /// Print the completions of a shell.
    Completions(completions::Completions),
}

impl Cli {
    /// Carries out what was typed; the exit code.
    pub async fn execute(self, world: World) -> Exit {
        let world = world.with_color(&self.color).in_project(self.project);
        match self.command {
            Command::Run(run) => Box::pin(run.execute(world)).await,
            Command::Check(check) => check.execute(world),
            Command::List(list) => list.execute(world),
            Command::Show(show) => show.execute(world),
            Command::Cleanup(cleanup) => Box::pin(cleanup.execute(world)).await,
            Command::Sandbox(sandbox) => Box::pin(sandbox.execute(world)).await,
            Command::Schema(schema) => schema.execute(world),
            Command::Completions(completions) => completions.execute(world),
        }
    }
}
