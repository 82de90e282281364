//! Files that steps name: they are there, and inside the project.

use std::path::Path;

use indexmap::IndexMap;

use crate::actions::Spec;
use crate::actions::files::{Names, file, files, stays_inside};
use crate::diagnostic::Problem;
use crate::expr::Spanned;

use super::effects::stand_in;

/// Reports files that are not there. What a template names is looked for when the step runs; it cannot leave the project.
pub(super) fn check(spec: &Spec, arguments: &IndexMap<String, Spanned>, root: &Path, problems: &mut Vec<Problem>) {
    for (name, kind) in spec.files {
        let Some(argument) = arguments.get(*name) else { continue };
        let text = stand_in(argument);
        let Some(text) = text.as_text() else { continue };
        let found = match (argument.is_literal(), kind) {
            (true, Names::Glob) => files(root, text).map(drop),
            (true, Names::File) => file(root, text).map(drop),
            (false, _) => stays_inside(text),
        };
        if let Err(message) = found {
            let problem = Problem::error(message, &argument.span);
            problems
                .push(problem.with_help("paths are relative to the project's root, the folder of `shakedown.yaml`"));
        }
    }
}
