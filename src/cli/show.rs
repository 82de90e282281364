//! `shakedown show <run> <case>`: every resolved input and output, as recorded.

use clap::Args;

use super::World;
use crate::event::{CaseKey, Event, Exit, Kind, PlannedCase, StepResult};
use crate::launch::{REPORTS_FOLDER, RunFolder};
use crate::report::text;
use crate::{journal, value};

#[derive(Debug, Args)]
pub(super) struct Show {
    /// The run's id; `last` is the newest.
    run: String,
    /// suite/case, the case's name, or a part of them.
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
        let planned: Vec<&PlannedCase> = events.iter().flat_map(planned).collect();
        let key = named(&planned, &self.case)?;
        let steps = events.iter().filter_map(|event| match &event.kind {
            Kind::StepFinished { case: Some(case), result, .. } if *case == key => Some(step(result, &folder)),
            Kind::CaseFinished { case, result } if *case == key => {
                Some(format!("{key} {} in {}\n", result.outcome.name(), text::time(result.duration)))
            }
            _ => None,
        });
        Ok(steps.collect())
    }
}

fn planned(event: &Event) -> &[PlannedCase] {
    if let Kind::RunStarted { cases, .. } = &event.kind { cases } else { &[] }
}

/// The case that is meant. An exact name wins over a part of one.
fn named(planned: &[&PlannedCase], typed: &str) -> Result<CaseKey, String> {
    let is = |wanted: fn(&str, &str) -> bool| {
        let matches = |case: &&&PlannedCase| titles(case).iter().any(|title| wanted(title, typed));
        planned.iter().filter(matches).map(|case| &case.key).collect::<Vec<_>>()
    };
    let exact = is(|title, typed| title == typed);
    let found = if exact.is_empty() { is(|title, typed| title.contains(typed)) } else { exact };
    match found.as_slice() {
        [key] => Ok((*key).clone()),
        [] => Err(format!("no case of the run is called `{typed}`{}", known(planned))),
        several => {
            let names: Vec<String> = several.iter().map(ToString::to_string).collect();
            Err(format!("`{typed}` is one of {}", names.join(", ")))
        }
    }
}

/// What a case may be called by: `suite/id`, its name, and both as the terminal shows them.
fn titles(case: &PlannedCase) -> [String; 4] {
    let suite = &case.key.suite;
    let name = &case.name;
    [case.key.to_string(), name.clone(), format!("{suite} / {name}"), format!("{suite}/{name}")]
}

/// A few of the cases that there are.
fn known(planned: &[&PlannedCase]) -> String {
    const SHOWN: usize = 10;
    let keys: Vec<String> = planned.iter().take(SHOWN).map(|case| case.key.to_string()).collect();
    format!("\nhelp: it has {}{}", keys.join(", "), if planned.len() > SHOWN { " …" } else { "" })
}

fn step(result: &StepResult, folder: &std::path::Path) -> String {
    let time = text::time(result.duration);
    let attempts = if result.attempts == 1 { "1 attempt".to_owned() } else { format!("{} attempts", result.attempts) };
    let mut out = format!("{}  {} in {time}, {attempts}\n", result.step, result.outcome.name());
    if let Some(words) = result.reuse_words() {
        for part in ["  ", &words, "\n"] {
            out.push_str(part);
        }
    }
    for (title, document) in [("arguments", &result.arguments), ("output", &result.output)] {
        if let Some(document) = document {
            for part in ["  ", title, ":\n", &indented(&pretty(document, folder)), "\n"] {
                out.push_str(part);
            }
        }
    }
    for note in &result.notes {
        out.push_str(&indented(&format!("note: {note}")));
        out.push('\n');
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
    let document = journal::document(document, folder).unwrap_or_else(|| document.clone());
    value::Value::from_recorded(document.clone()).map_or_else(|_| document.to_string(), |value| value.pretty())
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Place;

    fn found(typed: &str) -> Result<String, String> {
        let case = |id: &str, name: &str| PlannedCase {
            key: CaseKey { suite: "t".to_owned(), case: id.to_owned(), row: None },
            name: name.to_owned(),
            place: Place { file: "suites/t.yaml".to_owned(), line: 1, column: 1 },
            tags: Vec::new(),
            repetition: None,
        };
        let planned = [case("load", "the day is loaded"), case("case-2", "two"), case("case-3", "two again")];
        named(&planned.iter().collect::<Vec<_>>(), typed).map(|key| key.to_string())
    }

    #[test]
    fn a_case_is_found_by_its_id_and_by_what_the_terminal_calls_it() {
        for (typed, expected) in [
            ("t/load", Ok("t/load")),
            ("load", Ok("t/load")),
            ("the day", Ok("t/load")),
            ("t / two", Ok("t/case-2")),
            ("two", Ok("t/case-2")),
            ("again", Ok("t/case-3")),
            ("t", Err("`t` is one of t/load, t/case-2, t/case-3")),
            ("nine", Err("no case of the run is called `nine`\nhelp: it has t/load, t/case-2, t/case-3")),
        ] {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(found(typed), expected, "{typed}");
        }
    }
}
