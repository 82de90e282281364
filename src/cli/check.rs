//! `shakedown check`.

use std::path::PathBuf;

use clap::Args;

use super::World;
use crate::diagnostic::Problem;
use crate::event::Exit;
use crate::suite::load;
use crate::target;

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Suite files or folders, relative to the project; default suites/.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

impl Check {
    #[expect(clippy::needless_pass_by_value, reason = "every subcommand takes the world")]
    pub fn execute(self, world: World) -> Exit {
        let root = match world.root() {
            Ok(root) => root,
            Err(exit) => return exit,
        };
        let project = match target::load(&root) {
            Ok(project) => project,
            Err(problems) => {
                world.problems(&problems);
                return Exit::Refused;
            }
        };
        let loaded = load(&project, &self.paths);
        world.problems(&loaded.problems);
        if loaded.problems.iter().any(Problem::is_error) {
            return Exit::Refused;
        }
        let cases: usize = loaded.suites.iter().map(|suite| suite.cases.len()).sum();
        if loaded.suites.is_empty() {
            world
                .err("error: there is no suite to check\nhelp: suites are `suites/**/*.yaml` below the project's root");
            return Exit::NothingJudged;
        }
        let (suites, cases) = (counted(loaded.suites.len(), "suite"), counted(cases, "case"));
        world.out(&format!("checked {suites} with {cases}: no mistake found\n"));
        Exit::Green
    }
}

/// `1 case`, `2 cases`.
fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
