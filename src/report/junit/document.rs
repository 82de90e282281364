//! Cases as a JUnit document.

use chrono::{DateTime, Utc};
use junit_report::{Duration, OffsetDateTime, Report, ReportBuilder, TestCase, TestCaseBuilder, TestSuite};

use super::sanitise::{MESSAGE_LENGTH, NAME_LENGTH, attribute, body};
use crate::event::{CaseResult, Finding, Outcome, PlannedCase};
use crate::report::{fit, text};

/// A case as the document shows it.
pub(super) struct Shown<'a> {
    pub case: &'a PlannedCase,
    /// None: it has not finished.
    pub result: Option<&'a CaseResult>,
    /// In how many repetitions the case was green, where that is not all of them.
    pub repeated: Option<String>,
    /// The command that shows all of it.
    pub whole: String,
}

/// The document of some cases. Each suite stands where its first case stands.
pub(super) fn document(cases: &[Shown<'_>], started: DateTime<Utc>) -> Report {
    let mut suites: Vec<TestSuite> = Vec::new();
    for shown in cases {
        let name = attribute(&shown.case.key.suite, NAME_LENGTH);
        let at = suites.iter().position(|suite| suite.name == name).unwrap_or_else(|| {
            suites.push(suite(&name, started));
            suites.len() - 1
        });
        suites[at].add_testcase(test_case(shown, &name));
    }
    let mut report = ReportBuilder::new();
    report.add_testsuites(suites);
    report.build()
}

fn suite(name: &str, started: DateTime<Utc>) -> TestSuite {
    let mut suite = TestSuite::new(name);
    name.clone_into(&mut suite.package);
    suite.set_timestamp(OffsetDateTime::from_unix_timestamp(started.timestamp()).unwrap_or(OffsetDateTime::UNIX_EPOCH));
    suite
}

fn test_case(shown: &Shown<'_>, suite: &str) -> TestCase {
    let name = name_of(shown);
    let time =
        shown.result.map_or(Duration::ZERO, |result| Duration::try_from(result.duration).unwrap_or(Duration::ZERO));
    let unfinished = Outcome::errored(Finding::new("did not finish: the run ended before this case did"));
    let mut builder = match shown.result.map_or(&unfinished, |result| &result.outcome) {
        Outcome::Passed { warnings, flaky } => passed(&name, time, (warnings, *flaky), shown.result),
        Outcome::Failed { findings } => {
            let mut case = TestCaseBuilder::failure(&name, time, "failed", &message(findings, shown));
            case.set_trace(&trace(findings, shown));
            case
        }
        Outcome::Errored { findings } => {
            let mut case = TestCaseBuilder::error(&name, time, "errored", &message(findings, shown));
            case.set_trace(&trace(findings, shown));
            case
        }
        Outcome::Skipped { reason } => {
            TestCaseBuilder::skipped_with_cause(&name, "skipped", &attribute(reason, MESSAGE_LENGTH))
        }
    };
    builder.set_classname(suite).set_filepath(&attribute(&shown.case.place.file, NAME_LENGTH)).build()
}

fn passed(
    name: &str,
    time: Duration,
    (warnings, flaky): (&[Finding], bool),
    result: Option<&CaseResult>,
) -> TestCaseBuilder {
    let mut case = TestCaseBuilder::success(name, time);
    let mut remarks: Vec<String> = warnings.iter().map(|w| format!("warned: {}", text::finding(w))).collect();
    if flaky {
        remarks.push("flaky: passed on a later attempt".to_owned());
    }
    let steps = result.iter().flat_map(|result| &result.steps);
    remarks.extend(steps.flat_map(|step| step.notes.iter().map(move |note| format!("note: {}: {note}", step.step))));
    remarks.extend(result.into_iter().flat_map(reused));
    if !remarks.is_empty() {
        case.set_system_out(&body(&remarks.join("\n"), MESSAGE_LENGTH));
    }
    case
}

/// The case's name. Of a passed case CodeBuild keeps nothing else, so that this is where a flaky one says that it is.
fn name_of(shown: &Shown<'_>) -> String {
    let flaky = match shown.result.map(|result| &result.outcome) {
        Some(Outcome::Passed { flaky: true, .. }) => " [flaky]",
        _ => "",
    };
    format!("{}{flaky}", attribute(&shown.case.name, NAME_LENGTH - flaky.len()))
}

/// The steps that were taken from the record of another run, or might have been.
fn reused(result: &CaseResult) -> impl Iterator<Item = String> {
    result.steps.iter().filter_map(|step| Some(format!("{}: {}", step.step, step.reuse_words()?)))
}

/// The whole text.
fn trace(findings: &[Finding], shown: &Shown<'_>) -> String {
    let repeated = shown.repeated.as_ref().map(|words| format!("\n\n{words}")).unwrap_or_default();
    let reused: Vec<String> = shown.result.iter().flat_map(|result| reused(result)).collect();
    let reused = if reused.is_empty() { String::new() } else { format!("\n\n{}", reused.join("\n")) };
    let room = fit::LONGEST.saturating_sub(repeated.chars().count() + reused.chars().count());
    body(&format!("{}{repeated}{reused}", fit::findings(findings, room, &shown.whole)), MESSAGE_LENGTH)
}

fn message(findings: &[Finding], shown: &Shown<'_>) -> String {
    let more = match findings.len() {
        0 | 1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    let repeated = shown.repeated.as_ref().map(|words| format!(" [{words}]")).unwrap_or_default();
    attribute(&format!("{}{more}{repeated}", findings.first().map_or("", |f| f.message.as_str())), MESSAGE_LENGTH)
}
