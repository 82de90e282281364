//! How often each repeated case was green: what one repetition cannot say of itself.

use indexmap::IndexMap;

use crate::event::{CaseKey, CaseResult, Outcome, PlannedCase};

/// The repetitions of each case.
#[derive(Debug, Default)]
pub struct Repetitions(IndexMap<CaseKey, Count>);

/// What became of the repetitions of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// As reports name the case, without its repetition.
    pub name: String,
    /// Green ones.
    pub green: usize,
    /// The numbers of those that failed or could not be judged.
    pub red: Vec<usize>,
    /// All of them, also those that have not ended.
    pub of: usize,
}

impl Repetitions {
    /// Counts these cases; those that are not repeated are left out.
    pub fn count<'a>(cases: impl Iterator<Item = (&'a PlannedCase, Option<&'a CaseResult>)>) -> Self {
        let mut counts: IndexMap<CaseKey, Count> = IndexMap::new();
        for (case, result) in cases {
            let Some(repetition) = &case.repetition else { continue };
            let new = || Count { name: case.name.clone(), green: 0, red: Vec::new(), of: repetition.of };
            let count = counts.entry(case.origin()).or_insert_with(new);
            match result.map(|result| &result.outcome) {
                Some(Outcome::Passed { .. }) => count.green += 1,
                Some(Outcome::Failed { .. } | Outcome::Errored { .. }) => count.red.push(repetition.number),
                Some(Outcome::Skipped { .. }) | None => {}
            }
        }
        Self(counts)
    }

    /// The count of a case; none if it is not repeated.
    pub fn of(&self, case: &PlannedCase) -> Option<&Count> {
        self.0.get(&case.origin())
    }

    /// All of them, in the order of the plan, by suite, case and row.
    pub fn iter(&self) -> impl Iterator<Item = (&CaseKey, &Count)> {
        self.0.iter()
    }

    /// Whether nothing is repeated.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Count {
    /// Whether every repetition was green.
    pub fn is_green(&self) -> bool {
        self.green == self.of
    }

    /// In words: `green in 3 of 5 repetitions, red in 2 and 4`.
    pub fn words(&self) -> String {
        /// So many numbers are named.
        const NAMED: usize = 12;
        let numbers: Vec<String> = self.red.iter().take(NAMED).map(ToString::to_string).collect();
        let more = if self.red.len() > NAMED { " …" } else { "" };
        let red = if numbers.is_empty() { String::new() } else { format!(", red in {}{more}", numbers.join(", ")) };
        format!("green in {} of {} repetitions{red}", self.green, self.of)
    }
}
