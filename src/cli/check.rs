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
        world.out(&format!("{} suites with {cases} cases are fine\n", loaded.suites.len()));
        if loaded.suites.is_empty() { Exit::NothingJudged } else { Exit::Green }
    }
}
