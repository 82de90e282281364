//! `shakedown show <run> <case>`: every resolved input and output, as recorded.

use clap::Args;

use super::World;
use crate::event::{CaseKey, Event, Exit, Kind, StepResult};
use crate::launch::{REPORTS_FOLDER, RunFolder};
use crate::report::text;
use crate::{journal, value};

#[derive(Debug, Args)]
pub(super) struct Show {
    /// The run's id; `last` is the newest.
    run: String,
    /// suite/case, or a part of it.
    case: String,
}

impl Show {
    #[expect(clippy::needless_pass_by_value, reason = "every subcommand takes the world")]
    pub fn execute(self, world: World) -> Exit {
        match self.shown(&world) {
            Ok(text) => {
                world.out(&text);
                Exit::Green
            }
            Err(message) => {
                world.err(&format!("error: {message}"));
                Exit::Refused
            }
        }
    }

    fn shown(&self, world: &World) -> Result<String, String> {
        let root = world.root().map_err(|_| "there is no project to look in".to_owned())?;
        let run = match self.run.as_str() {
            "last" => RunFolder::earlier(&root).map_err(|e| e.to_string())?.pop().ok_or("there is no run yet")?,
            name => name.to_owned(),
        };
        let folder = root.join(REPORTS_FOLDER).join(run);
        let (events, _) = journal::read(&folder).map_err(|error| error.to_string())?;
        let key = self.find(&events)?;
        let steps = events.iter().filter_map(|event| match &event.kind {
            Kind::StepFinished { case: Some(case), result, .. } if *case == key => Some(step(result, &folder)),
            Kind::CaseFinished { case, result } if *case == key => {
                Some(format!("{key} {} in {}\n", result.outcome.name(), text::time(result.duration)))
            }
            _ => None,
        });
        Ok(steps.collect())
    }

    fn find(&self, events: &[Event]) -> Result<CaseKey, String> {
        let keys: Vec<&CaseKey> = events
            .iter()
            .filter_map(|event| match &event.kind {
                Kind::CaseFinished { case, .. } => Some(case),
                _ => None,
            })
            .collect();
        let exact = keys.iter().find(|key| key.to_string() == self.case);
        let found: Vec<&&CaseKey> = keys.iter().filter(|key| key.to_string().contains(&self.case)).collect();
        match (exact, found.as_slice()) {
            (Some(key), _) => Ok((**key).clone()),
            (None, [key]) => Ok((**key).clone()),
            (None, []) => Err(format!("no case of the run is called `{}`", self.case)),
            (None, several) => {
                let names: Vec<String> = several.iter().map(ToString::to_string).collect();
                Err(format!("`{}` is one of {}", self.case, names.join(", ")))
            }
        }
    }
}

fn step(result: &StepResult, folder: &std::path::Path) -> String {
    let time = text::time(result.duration);
    let mut out = format!("{}  {} in {time}, {} attempts\n", result.step, result.outcome.name(), result.attempts);
    for (title, document) in [("arguments", &result.arguments), ("output", &result.output)] {
        if let Some(document) = document {
            for part in ["  ", title, ":\n", &indented(&pretty(document, folder)), "\n"] {
                out.push_str(part);
            }
        }
    }
    let findings = result.outcome.findings();
    if !findings.is_empty() {
        out.push_str(&indented(&text::findings(findings)));
        out.push('\n');
    }
    out.push('\n');
    out
}

/// A recorded document, from its own file where it was too large for the journal.
fn pretty(document: &serde_json::Value, folder: &std::path::Path) -> String {
    let outsourced = document.get("$file").and_then(serde_json::Value::as_str);
    let document = match outsourced.map(|name| std::fs::read(folder.join(name))) {
        Some(Ok(bytes)) => serde_json::from_slice(&bytes).unwrap_or_else(|_| document.clone()),
        Some(Err(_)) | None => document.clone(),
    };
    value::Value::from_recorded(document.clone()).map_or_else(|_| document.to_string(), |value| value.pretty())
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
