//! `shakedown sandbox`: the embedded AWS on a port, for any SDK and the aws CLI.

use std::path::PathBuf;

use clap::Args;

use super::World;
use crate::event::Exit;
use crate::launch::signalled;
use crate::sandbox::{self, DEFAULT_REGION, Declaration, Options, SandboxError};
use crate::target::{Account, load};

#[derive(Debug, Args)]
pub(super) struct Sandbox {
    /// The port on 127.0.0.1; 0 is any free one.
    #[arg(long, value_name = "N", default_value_t = 4566)]
    port: u16,
    /// The region of everything in it.
    #[arg(long, value_name = "NAME", default_value = DEFAULT_REGION)]
    region: String,
    /// Begin with nothing, instead of what the project's sandbox file declares.
    #[arg(long)]
    empty: bool,
    /// The sandbox file; by default the one of the project's first target that has one.
    #[arg(long, value_name = "FILE", conflicts_with = "empty")]
    declaration: Option<PathBuf>,
}

impl Sandbox {
    pub async fn execute(self, world: World) -> Exit {
        let (root, declaration) = match self.declaration(&world) {
            Ok(found) => found,
            Err(exit) => return exit,
        };
        let cache_dir = world.surroundings().cache_dir;
        let options = Options { port: Some(self.port), region: self.region.clone(), declaration, cache_dir, root };
        let sandbox = match sandbox::Sandbox::start(options).await {
            Ok(sandbox) => sandbox,
            Err(SandboxError::Declaration(problems)) => {
                world.problems(&problems);
                return Exit::Refused;
            }
            Err(error) => {
                world.err(&format!("error: failed to {error}"));
                return Exit::Errored;
            }
        };
        world.out(&usage(sandbox.endpoint(), &self.region));
        world.err("Ctrl-C ends it.");
        signalled().await;
        sandbox.shutdown().await;
        Exit::Green
    }

    fn declaration(&self, world: &World) -> Result<(PathBuf, Option<Declaration>), Exit> {
        if self.empty {
            return Ok((world.folder.clone(), None));
        }
        let root = world.root()?;
        let file = match &self.declaration {
            Some(file) => Some(world.folder.join(file)),
            None => declared(world, &root)?,
        };
        let Some(file) = file else { return Ok((root, None)) };
        let relative = file.strip_prefix(&root).unwrap_or(&file);
        let declaration = Declaration::read(&root, relative).map_err(|problems| {
            world.problems(&problems);
            Exit::Refused
        })?;
        Ok((root, Some(declaration)))
    }
}

/// The sandbox file of the project's first target that has one.
fn declared(world: &World, root: &std::path::Path) -> Result<Option<PathBuf>, Exit> {
    let project = load(root).map_err(|problems| {
        world.problems(&problems);
        Exit::Refused
    })?;
    Ok(project.targets.values().find_map(|target| match &target.account {
        Account::Sandbox { declaration } => Some(root.join(declaration)),
        Account::Aws { .. } => None,
    }))
}

/// Lines to paste into a shell.
fn usage(endpoint: &str, region: &str) -> String {
    format!(
        "export AWS_ENDPOINT_URL={endpoint}\nexport AWS_ACCESS_KEY_ID={}\nexport AWS_SECRET_ACCESS_KEY={}\nexport AWS_REGION={region}\nexport AWS_DEFAULT_REGION={region}\n",
        sandbox::ACCESS_KEY,
        sandbox::SECRET_KEY,
    )
}
