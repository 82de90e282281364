//! The score by class and language, and the rows that are wrong.

use super::drive::drive;
use super::judge::{Verdict, judge};
use super::rows::{Language, Row};
use std::collections::BTreeMap;
use std::io::Write as _;

/// The least share, in percent, of the pure rows in JSONPath whose outcome must be AWS's.
const FLOOR: usize = 90;

/// Counts of one class and language.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    judged: usize,
    outcome: usize,
    strict: usize,
    apart: usize,
}

#[expect(clippy::disallowed_methods, reason = "the path of the recordings is given from outside")]
#[tokio::test(start_paused = true)]
async fn recorded_executions_end_as_they_did_on_aws() {
    let Ok(path) = std::env::var("SHAKEDOWN_CORPUS") else {
        return say("SHAKEDOWN_CORPUS is not set: the interpreter is not measured against AWS's recordings");
    };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let wanted = std::env::var("SHAKEDOWN_ROW").unwrap_or_default();
    let rows: Vec<Row> =
        text.lines().map(|line| Row::parse(line).unwrap()).filter(|row| row.name.contains(&wanted)).collect();
    let mut tallies: BTreeMap<(String, Language), Tally> = BTreeMap::new();
    for row in &rows {
        let verdict = verdict(row, !wanted.is_empty()).await;
        tallies.entry((row.class().to_owned(), row.language())).or_default().count(&verdict);
        report(row, &verdict);
    }
    for ((class, language), tally) in &tallies {
        say(&format!("{class:8} {:10} {tally}", format!("{language:?}")));
    }
    if wanted.is_empty() {
        let pure = tallies.get(&("pure".to_owned(), Language::JsonPath)).copied().unwrap_or_default();
        assert!(
            pure.judged > 0 && pure.outcome * 100 >= pure.judged * FLOOR,
            "pure JSONPath rows: {pure}, and {FLOOR} % is the floor"
        );
    }
}

async fn verdict(row: &Row, show: bool) -> Verdict {
    if let Some(reason) = row.obstacle() {
        return Verdict::Unjudged(reason);
    }
    let driven = drive(row).await;
    if show {
        say(&format!(
            "{}\nexpected {}\nanswered {driven:#?}",
            row.name,
            serde_json::Value::Object(row.expected.clone())
        ));
    }
    judge(row, &driven)
}

fn report(row: &Row, verdict: &Verdict) {
    let head = format!("{} {:?} {}", row.class(), row.language(), row.short_name());
    match verdict {
        Verdict::Strict => {}
        Verdict::Outcome(found) => say(&format!("~ {head}\n    {found}")),
        Verdict::Wrong(found) => say(&format!("✗ {head}\n    {found}")),
        Verdict::Unjudged(reason) => say(&format!("- {head}: {reason}")),
    }
}

/// Writes past the capturing of the test harness: the score is what this test is for.
fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").unwrap();
}

impl Tally {
    fn count(&mut self, verdict: &Verdict) {
        let (outcome, strict) = match verdict {
            Verdict::Strict => (1, 1),
            Verdict::Outcome(_) => (1, 0),
            Verdict::Wrong(_) => (0, 0),
            Verdict::Unjudged(_) => {
                self.apart += 1;
                return;
            }
        };
        self.judged += 1;
        self.outcome += outcome;
        self.strict += strict;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = |part: usize| part * 100 / self.judged.max(1);
        let (outcome, strict) = (percent(self.outcome), percent(self.strict));
        write!(
            formatter,
            "outcome {:3} of {:3} ({outcome} %), strict {:3} ({strict} %), not driven {}",
            self.outcome, self.judged, self.strict, self.apart
        )
    }
}
