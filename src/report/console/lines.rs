//! Single lines of the log.

use super::palette::Palette;
use crate::event::{CaseResult, CleanupItem, Outcome, PlannedCase, StepResult, TargetSummary};
use crate::report::text::{one_line, time};

/// The first line of a run.
pub(super) fn started(run: &str, project: &str, target: &TargetSummary, cases: usize, folder: &str) -> String {
    let place = match &target.endpoint {
        Some(endpoint) => format!("{} {} at {endpoint}", target.account, target.region),
        None => format!("{} {}", target.account, target.region),
    };
    let noun = if cases == 1 { "case" } else { "cases" };
    format!("run {run} of {project} on {} ({place}): {cases} {noun}, files in {folder}", target.name)
}

/// A case that has finished.
pub(super) fn finished(palette: Palette, case: &PlannedCase, result: &CaseResult) -> String {
    let time = if result.steps.is_empty() { "-".to_owned() } else { time(result.duration) };
    let head = format!("{} {time:>8}  {} / {}", palette.word(&result.outcome), case.key.suite, one_line(&case.name));
    match &result.outcome {
        Outcome::Skipped { reason } => format!("{head}  {}", palette.faint(&format!("({reason})"))),
        Outcome::Failed { findings } | Outcome::Errored { findings } => {
            let first = findings.first().map_or("", |finding| finding.message.as_str());
            format!("{head}\n{:>18}{}", "", one_line(first.lines().next().unwrap_or_default()))
        }
        Outcome::Passed { .. } => {
            let notes = result.steps.iter().flat_map(|step| step.notes.iter().map(move |note| (step, note)));
            notes.fold(head, |text, (step, note)| {
                let line = palette.faint(&one_line(&format!("{}: {note}", step.step)));
                format!("{text}\n{:>18}{line}", "")
            })
        }
    }
}

/// A step of a run that reuses another one, if it was taken from the record or might have been.
pub(super) fn reuse(palette: Palette, suite: &str, case: &str, result: &StepResult) -> Option<String> {
    let words = result.reuse_words()?;
    Some(palette.faint(&format!("{suite} / {} / {}: {words}", one_line(case), one_line(&result.step.to_string()))))
}

/// An earlier run that is cleaned up after.
pub(super) fn taken_up(run: &str, why: &str, items: usize) -> String {
    match items {
        0 => format!("run {run} {why}"),
        1 => format!("run {run} {why}: finishing its cleanup, 1 thing is left"),
        several => format!("run {run} {why}: finishing its cleanup, {several} things are left"),
    }
}

/// What cleanup did, where that is worth a line: something it could not remove, or something of an earlier run.
pub(super) fn cleaned_up(item: &CleanupItem) -> Option<String> {
    match (&item.problem, &item.run) {
        (Some(problem), Some(run)) => Some(format!("cleanup of run {run}: {}: {}", item.name, problem.message)),
        (Some(problem), None) => Some(format!("cleanup of {}: {}: {}", item.suite, item.name, problem.message)),
        (None, Some(run)) => Some(format!("cleanup of run {run}: {}: done", item.name)),
        (None, None) => None,
    }
}
