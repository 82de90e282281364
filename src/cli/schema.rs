//! `shakedown schema`: made from the same field tables that decode the files.

use clap::{Args, ValueEnum};

use super::World;
use crate::event::Exit;
use crate::{sandbox, suite};

#[derive(Debug, Args)]
pub(super) struct Schema {
    /// Of what.
    what: What,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// Suite files, a JSON Schema.
    Suite,
    /// The project file, a JSON Schema.
    Project,
    /// The whole language, Markdown.
    Reference,
    /// What the sandbox serves, Markdown.
    Sandbox,
}

impl Schema {
    #[expect(clippy::needless_pass_by_value, reason = "every subcommand takes the world")]
    pub fn execute(self, world: World) -> Exit {
        world.out(&match self.what {
            What::Suite => document(&suite::suite_schema()),
            What::Project => document(&suite::project_schema()),
            What::Reference => suite::reference(),
            What::Sandbox => sandbox::supported::document(),
        });
        Exit::Green
    }
}

fn document(schema: &serde_json::Value) -> String {
    format!("{schema:#}\n")
}
