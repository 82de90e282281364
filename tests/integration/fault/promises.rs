//! What holds in every cell: never green that should not be, never started twice, never hanging, never silent about what is left.

use super::cell::{Cell, Dose, Observed};
use super::faults::Fault;

/// Exit codes by outcome (`Outcomes` in the language): green, green with cleanup left, failed, errored, not begun.
const CODES: [(&str, &[i32]); 4] = [("passed", &[0, 5]), ("failed", &[1]), ("errored", &[3]), ("not begun", &[3])];

/// The promises that a cell breaks, in words.
pub fn broken(cell: &Cell, seen: &Observed) -> Vec<String> {
    let mut broken = Vec::new();
    let mut demand = |holds: bool, promise: &str| {
        if !holds {
            broken.push(promise.to_owned());
        }
    };
    let codes = CODES.iter().find(|(outcome, _)| *outcome == seen.outcome).map_or([].as_slice(), |(_, codes)| codes);
    demand(seen.exit.is_some(), "the run ends");
    demand(seen.exit.is_none_or(|code| codes.contains(&code)), "the exit code is that of the outcome");
    demand(seen.calls > 0, "the call is made at all");
    demand(seen.executions <= 1 && seen.invocations <= 1, "nothing is started twice");
    demand(seen.outcome != "passed" || is_done(cell, seen), "what is green was done");
    demand(seen.outcome != "passed" || may_be_green(cell), "a call that never comes through is not green");
    demand(seen.outcome != "failed" || cell.fault == Fault::NewWord, "what could not be checked is not called false");
    demand(
        seen.outcome != "errored" || !cell.column.green || is_named(cell, seen),
        "an error names the call, or what it waited for",
    );
    demand(seen.told > 0 || seen.running == 0, "what still runs is told");
    demand(seen.told > 0 || left(cell, seen).is_empty(), "what is left over is told");
    demand(seen.exit != Some(5) || seen.told > 0, "an incomplete cleanup says what is left");
    broken
}

/// Whether the account shows what a green case says.
fn is_done(cell: &Cell, seen: &Observed) -> bool {
    let has = |key: &str| seen.keys.iter().any(|found| found == key);
    match cell.column.name {
        name if name.starts_with("run ") || name.starts_with("wait ") || name.starts_with("the account") => {
            seen.executions == 1
        }
        name if name.starts_with("invoke") => seen.invocations == 1,
        "put PutObject" => has("new/a.txt"),
        "delete DeleteObject" => !has("seed/b.txt") && has("seed/a.txt"),
        "delete, recursive DeleteObjects" => !seen.keys.iter().any(|key| key.starts_with("seed/")),
        _ => true,
    }
}

/// A call that goes wrong each time it is made lets a case be green only where the answer is whole all the same, where the call was
/// carried out and another one shows it, or where it is one of cleanup, which judges no case.
fn may_be_green(cell: &Cell) -> bool {
    if cell.dose == Dose::Once || cell.column.cleanup {
        return true;
    }
    let is_answer_lost = matches!(
        cell.fault,
        Fault::ResetAfter
            | Fault::HangAfter
            | Fault::DripBeyond
            | Fault::ResetInside
            | Fault::Truncated
            | Fault::Malformed
            | Fault::Empty
            | Fault::TooLong
            | Fault::TooShort
    );
    let is_found_again =
        matches!(cell.column.name, "run StartExecution" | "put, temporary PutObject" | "put, a glob PutObject");
    // A length of ten more than nothing is none to a client that knows that a 204 has no body.
    let has_no_body = cell.fault == Fault::TooLong && cell.column.operation == "s3.DeleteObject";
    cell.fault == Fault::DripWithin || has_no_body || (is_answer_lost && is_found_again)
}

/// Whether the text tells which call of which service it was, or that a time-out of ours ended it.
fn is_named(cell: &Cell, seen: &Observed) -> bool {
    let (service, operation) = cell.column.operation.split_once('.').unwrap();
    let named =
        seen.text.contains(&format!("{service} {operation}")) || seen.text.contains("this version does not know");
    let found_out = seen.text.contains(&format!("{service} Describe"));
    named || found_out || seen.text.contains("out of time")
}

/// What is in the bucket, and is neither the seed nor a result of Athena's nor what the suite puts there to stay.
fn left(cell: &Cell, seen: &Observed) -> Vec<String> {
    let stays = |key: &str| {
        key.starts_with("seed/")
            || (key.starts_with("results/") && !key.starts_with("results/tables/"))
            || (key == "new/a.txt" && cell.column.name == "put PutObject")
    };
    seen.keys.iter().filter(|key| !stays(key)).cloned().collect()
}
