//! `shakedown list`.

use clap::Args;
use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::World;
use super::selection::SelectionArgs;
use crate::event::Exit;
use crate::launch::prepare;

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    selection: SelectionArgs,
}

impl List {
    #[expect(clippy::needless_pass_by_value, reason = "every subcommand takes the world")]
    pub fn execute(self, world: World) -> Exit {
        match self.try_execute(&world) {
            Ok(exit) | Err(exit) => exit,
        }
    }

    fn try_execute(self, world: &World) -> Result<Exit, Exit> {
        let request = self.selection.request(world, world.root()?)?;
        let prepared = prepare(request, &world.surroundings(), world.clock.as_ref()).map_err(|r| world.refused(&r))?;
        let mut table = Table::new();
        table.load_preset(NOTHING);
        for case in prepared.plan.announced() {
            table.add_row([case.key.to_string(), case.name, case.tags.join(" "), case.place.to_string()]);
        }
        world.out(&format!("{}\n", table.trim_fmt()));
        Ok(Exit::Green)
    }
}
