//! The end of a run: failures again, whole, then a table of suites and the verdict.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table, TableComponent};
use indexmap::IndexMap;

use super::consumer::Kept;
use super::palette::Palette;
use crate::event::{CaseResult, CleanupItem, Exit, Finding, Outcome, PlannedCase, Totals};
use crate::report::fit;
use crate::report::repetitions::Repetitions;
use crate::report::text::{self, time};

/// What the summary is made of, in the order of the plan.
pub(super) struct Summary<'a> {
    pub palette: Palette,
    pub cases: Vec<(&'a PlannedCase, &'a CaseResult)>,
    pub left_over: &'a [CleanupItem],
    pub kept: &'a Kept,
    pub problems: &'a [Finding],
    pub totals: Totals,
    pub exit: Exit,
    pub duration: Duration,
    pub folder: &'a str,
    pub run: &'a str,
}

impl Summary<'_> {
    pub fn render(&self) -> String {
        let mut out = String::new();
        for group in self.red_groups() {
            self.red(&mut out, &group);
        }
        self.repetitions(&mut out);
        for item in self.left_over {
            if let Some(problem) = &item.problem {
                let whose = item.run.as_ref().map_or_else(|| item.suite.clone(), |run| format!("run {run}"));
                let heading = format!("LEFT OVER  {whose} / {}", item.name);
                let _ = writeln!(out, "\n{}\n{}", self.palette.strong(&heading), text::finding(problem));
            }
        }
        self.kept(&mut out);
        for problem in self.problems {
            let _ = writeln!(out, "\n{}", text::finding(problem));
        }
        let _ = writeln!(out, "\n{}", self.table());
        let _ = writeln!(out, "{}", self.verdict());
        let _ = writeln!(
            out,
            "{}",
            self.palette.faint(&format!("reports: {}/junit.xml, {}/events.jsonl", self.folder, self.folder))
        );
        out
    }

    /// Red cases with their text. Those that never began for one and the same reason are told of together: a thousand times
    /// the same words would hide the one that matters.
    fn red_groups(&self) -> Vec<Red<'_>> {
        let mut groups: Vec<Red<'_>> = Vec::new();
        let mut group_of: HashMap<String, usize> = HashMap::new();
        for (case, result) in &self.cases {
            let findings = result.outcome.findings();
            if findings.is_empty() {
                continue;
            }
            let text = fit::findings(findings, fit::LONGEST, &fit::whole(self.run, &case.key.to_string()));
            let known = if result.steps.is_empty() { group_of.get(&text).copied() } else { None };
            if let Some(group) = known.and_then(|index| groups.get_mut(index)) {
                group.cases.push(case);
                continue;
            }
            if result.steps.is_empty() {
                group_of.insert(text.clone(), groups.len());
            }
            groups.push(Red { outcome: &result.outcome, text, cases: vec![case] });
        }
        groups
    }

    fn kept(&self, out: &mut String) {
        if self.kept.names.is_empty() {
            return;
        }
        let _ = writeln!(out);
        for name in &self.kept.names {
            let _ = writeln!(out, "kept: {}", text::one_line(name));
        }
        let _ = writeln!(out, "remove what was kept with: {}", self.kept.command);
    }

    fn red(&self, out: &mut String, red: &Red<'_>) {
        /// Of a group of cases so many are named.
        const NAMED: usize = 20;
        let word = self.palette.word(red.outcome);
        let name = |case: &&PlannedCase| format!("{} / {}", case.key.suite, text::one_line(&case.name));
        if let [case] = red.cases.as_slice() {
            let _ = writeln!(out, "\n{word} {}\n{}", self.palette.strong(&name(case)), red.text);
            return;
        }
        let heading = self.palette.strong(&format!("{} cases", red.cases.len()));
        let _ = writeln!(out, "\n{word} {heading}\n{}", red.text);
        for case in red.cases.iter().take(NAMED) {
            let _ = writeln!(out, "    {}", name(case));
        }
        if red.cases.len() > NAMED {
            let _ = writeln!(out, "    … and {} more", red.cases.len() - NAMED);
        }
    }

    /// What one repetition cannot say of itself: which cases are green sometimes.
    fn repetitions(&self, out: &mut String) {
        let counts = Repetitions::count(self.cases.iter().map(|(case, result)| (*case, Some(*result))));
        if counts.is_empty() {
            return;
        }
        let of_cases = |n: usize| if n == 1 { "1 case".to_owned() } else { format!("{n} cases") };
        let (green, others): (Vec<_>, Vec<_>) = counts.iter().partition(|(_, count)| count.is_green());
        let _ = writeln!(out, "\n{}", self.palette.strong("repetitions"));
        if !green.is_empty() {
            let _ = writeln!(out, "  {}: green in every one", of_cases(green.len()));
        }
        for (key, count) in others {
            let _ = writeln!(out, "  {} / {}: {}", key.suite, text::one_line(&count.name), count.words());
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_preset(UTF8_HORIZONTAL_ONLY);
        // Lines around the table and below its head are enough.
        for line in [TableComponent::HorizontalLines, TableComponent::MiddleIntersections] {
            table.remove_style(line);
        }
        table.set_header(["suite", "cases", "passed", "failed", "errored", "skipped", "time"]);
        for (suite, row) in self.suites() {
            let counts = [row.cases, row.passed, row.failed, row.errored, row.skipped].map(|n| n.to_string());
            let cells = std::iter::once(suite).chain(counts).chain([time(row.time)]);
            table.add_row(cells);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }

    fn suites(&self) -> IndexMap<String, Row> {
        let mut suites: IndexMap<String, Row> = IndexMap::new();
        for (case, result) in &self.cases {
            suites.entry(case.key.suite.clone()).or_default().add(result);
        }
        suites
    }

    fn verdict(&self) -> String {
        let totals = self.totals;
        let word = match self.exit {
            Exit::Green => "GREEN",
            Exit::Failed => "FAILED",
            Exit::Refused => "REFUSED",
            Exit::Errored => "ERRORED",
            Exit::NothingJudged => "NOTHING JUDGED",
            Exit::CleanupIncomplete => "GREEN, BUT CLEANUP IS INCOMPLETE",
            Exit::Interrupted => "INTERRUPTED",
        };
        let mut counts = vec![format!("{} of {} passed", totals.passed, totals.planned)];
        let others = [
            (totals.failed, "failed"),
            (totals.errored, "errored"),
            (totals.skipped, "skipped"),
            (totals.warned, "warned"),
            (totals.flaky, "flaky"),
            (totals.left_over, "left over"),
        ];
        counts.extend(others.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")));
        let verdict = self.palette.verdict(word, self.exit == Exit::Green);
        format!("{verdict}  {} in {} (exit {})", counts.join(", "), time(self.duration), self.exit.code())
    }
}

/// Red cases with one text.
struct Red<'a> {
    outcome: &'a Outcome,
    text: String,
    cases: Vec<&'a PlannedCase>,
}

#[derive(Default)]
struct Row {
    cases: usize,
    passed: usize,
    failed: usize,
    errored: usize,
    skipped: usize,
    time: Duration,
}

impl Row {
    fn add(&mut self, result: &CaseResult) {
        self.cases += 1;
        self.time += result.duration;
        match result.outcome {
            Outcome::Passed { .. } => self.passed += 1,
            Outcome::Failed { .. } => self.failed += 1,
            Outcome::Errored { .. } => self.errored += 1,
            Outcome::Skipped { .. } => self.skipped += 1,
        }
    }
}
