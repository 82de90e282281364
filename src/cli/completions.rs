//! `shakedown completions`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, World};
use crate::event::Exit;

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    #[expect(clippy::needless_pass_by_value, reason = "every subcommand takes the world")]
    pub fn execute(self, world: World) -> Exit {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "shakedown", &mut script);
        world.out(&String::from_utf8_lossy(&script));
        Exit::Green
    }
}
