//! A plan, several times: for each suite its repetitions, which run one after the other.
//!
//! A repetition is a suite of its own, `orders (2 of 5)`: it has its own setup and cleanup, its `needs` are within it, and its
//! `run.id` is the run's with its number, so that no name and no prefix of one repetition is met by another.

use std::sync::Arc;

use indexmap::IndexMap;

use super::plan::{Plan, PlanError, PlannedSuite, plan};
use super::scope::RunFacts;
use super::select::{Selection, SelectionError};
use crate::event::Repetition;
use crate::expr::Functions;
use crate::suite::Suite;

/// `run.id` has 26 characters, and room for a number of so much.
const MOST: usize = 9_999;

/// Plans the selected cases of these suites so many times. Once is a plain plan.
pub fn plan_repeated(
    suites: &[Arc<Suite>],
    facts: &RunFacts,
    functions: &Functions,
    selection: &Selection,
    times: usize,
) -> Result<Plan, PlanError> {
    if times <= 1 {
        return plan(suites, facts, functions, selection);
    }
    if times > MOST {
        return Err(too_often(times).into());
    }
    let mut by_suite: IndexMap<String, Vec<PlannedSuite>> = IndexMap::new();
    let mut first = None;
    for number in 1..=times {
        let id = facts.id.repetition(number).map_err(|_| too_often(times))?;
        let mut planned = plan(suites, &RunFacts { id, ..facts.clone() }, functions, selection)?;
        for suite in planned.suites.drain(..) {
            let repetition = Repetition { suite: suite.suite.name.clone(), number, of: times };
            by_suite.entry(repetition.suite.clone()).or_default().push(repeated(suite, repetition));
        }
        first.get_or_insert(planned);
    }
    Ok(Plan { suites: by_suite.into_values().flatten().collect(), ..first.unwrap_or_default() })
}

/// The same suite under the name of its repetition.
fn repeated(mut planned: PlannedSuite, repetition: Repetition) -> PlannedSuite {
    let name = repetition.title();
    planned.suite = Arc::new(Suite { name: name.clone(), ..planned.suite.as_ref().clone() });
    for case in &mut planned.cases {
        case.key.suite.clone_from(&name);
        case.needs.iter_mut().for_each(|need| need.suite.clone_from(&name));
    }
    PlannedSuite { repetition: Some(repetition), ..planned }
}

fn too_often(times: usize) -> SelectionError {
    SelectionError(format!(
        "--repeat {times}: a run has at most {MOST} repetitions, for `run.id` has to hold their number"
    ))
}
