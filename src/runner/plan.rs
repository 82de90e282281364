//! The plan: which cases a run reports, row by row, each with its name and what it waits for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;

use super::scope::{RunFacts, with_row, with_vars};
use super::select::{Selection, SelectionError, Shard};
use super::taken::Taken;
use crate::diagnostic::Problem;
use crate::event::{CaseKey, PlannedCase, Repetition};
use crate::expr::{ErrorKind, EvalError, Functions, Scope, Spanned};
use crate::suite::{Case, Matrix, Suite};
use crate::value::{Map, Value};

/// What a run will report.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Suites with at least one case.
    pub suites: Vec<PlannedSuite>,
    /// Things to know about the selection.
    pub notes: Vec<String>,
    /// What each part of the selection left.
    pub taken: Taken,
}

/// A suite with the cases that are reported of it.
#[derive(Debug, Clone)]
pub struct PlannedSuite {
    /// The suite.
    pub suite: Arc<Suite>,
    /// Its reported cases, in file and row order.
    pub cases: Vec<ReportedCase>,
    /// Which of its repetitions this is, if the run repeats.
    pub repetition: Option<Repetition>,
    /// Why none of them runs here: the suite's `targets` exclude this one.
    pub skip: Option<String>,
    /// The names that its expressions see, `vars` included.
    pub scope: Scope,
}

/// A case as reported: one for each row of its matrix.
#[derive(Debug, Clone)]
pub struct ReportedCase {
    /// Its key.
    pub key: CaseKey,
    /// Its name, with the values of its row; unique within its suite.
    pub name: String,
    /// The case.
    pub case: Arc<Case>,
    /// Its row.
    pub row: Option<Map>,
    /// The names that its expressions see: the suite's, `matrix`, its own `vars`.
    pub scope: Scope,
    /// What must be green before it starts.
    pub needs: Vec<CaseKey>,
}

/// Why a run cannot be planned.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The selection makes no sense.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// Something in a file cannot be resolved for this target.
    #[error("{} problems in the suites", .0.len())]
    Problems(Vec<Problem>),
}

/// Plans the selected cases of these suites.
pub fn plan(
    suites: &[Arc<Suite>],
    facts: &RunFacts,
    functions: &Functions,
    selection: &Selection,
) -> Result<Plan, PlanError> {
    let base = facts.scope(functions.clone());
    let (mut plan, mut wanted, mut problems) = (Plan::default(), BTreeSet::new(), Vec::new());
    for suite in suites {
        let direct = direct_cases(suite, selection, &mut plan.taken)?;
        if direct.is_empty() {
            continue;
        }
        match plan_suite(suite, &direct, facts, &base) {
            Ok(planned) => narrow(planned, &direct, selection, &mut plan, &mut wanted),
            Err(error) => problems.push(problem(suite, &error)),
        }
    }
    if !problems.is_empty() {
        return Err(PlanError::Problems(problems));
    }
    if let Some(shard) = selection.shard {
        keep_shard(&mut plan, shard);
    }
    plan.suites.retain(|suite| !suite.cases.is_empty());
    plan.notes = plan.suites.iter().flat_map(|suite| added(&suite.cases, &wanted)).collect();
    Ok(plan)
}

/// The ids of the cases that are selected by what the file says of them.
fn direct_cases(suite: &Suite, selection: &Selection, taken: &mut Taken) -> Result<BTreeSet<String>, SelectionError> {
    let mut direct = BTreeSet::new();
    for case in &suite.cases {
        if selection.takes(suite, case, taken)? {
            direct.insert(case.id.clone());
        }
    }
    Ok(direct)
}

/// Keeps the rows that are selected, and what they need.
fn narrow(
    mut planned: PlannedSuite,
    direct: &BTreeSet<String>,
    selection: &Selection,
    plan: &mut Plan,
    wanted: &mut BTreeSet<CaseKey>,
) {
    let taken = &mut plan.taken;
    let mut fits = |case: &&ReportedCase| {
        direct.contains(&case.key.case) && selection.takes_reported(&case.key, &case.name, taken)
    };
    let keys: Vec<CaseKey> = planned.cases.iter().filter(|case| fits(case)).map(|case| case.key.clone()).collect();
    keep_with_needs(&mut planned.cases, &keys);
    wanted.extend(keys);
    plan.suites.push(planned);
}

/// What runs although it was not selected, and why.
fn added(cases: &[ReportedCase], wanted: &BTreeSet<CaseKey>) -> Vec<String> {
    let mut notes: IndexMap<String, String> = IndexMap::new();
    for case in cases.iter().filter(|case| !wanted.contains(&case.key)) {
        let id = &case.key.case;
        let by: BTreeSet<&str> =
            cases.iter().filter(|c| c.case.needs.contains(id)).map(|c| c.key.case.as_str()).collect();
        let by = by.into_iter().collect::<Vec<_>>().join(", ");
        notes.insert(id.clone(), format!("{}/{id} runs too, because {by} needs it", case.key.suite));
    }
    notes.into_values().collect()
}

fn closure(cases: &[Arc<Case>], direct: &BTreeSet<String>) -> BTreeSet<String> {
    let mut all = direct.clone();
    let mut open: Vec<String> = direct.iter().cloned().collect();
    while let Some(id) = open.pop() {
        let needs = cases.iter().filter(|case| case.id == id).flat_map(|case| &case.needs);
        open.extend(needs.filter(|need| all.insert((*need).clone())).cloned());
    }
    all
}

fn plan_suite(
    suite: &Arc<Suite>,
    direct: &BTreeSet<String>,
    facts: &RunFacts,
    base: &Scope,
) -> Result<PlannedSuite, EvalError> {
    let skip = excluded(suite, &facts.target);
    let scope = match with_vars(base, &suite.vars, &facts.overrides) {
        // What is not to run here need not have its variables here either.
        Err(_) if skip.is_some() => base.clone(),
        scope => scope?,
    };
    let chosen = closure(&suite.cases, direct);
    let mut cases = Vec::new();
    for case in suite.cases.iter().filter(|case| chosen.contains(&case.id)) {
        match reported_cases(suite, case, facts, &scope) {
            Err(_) if skip.is_some() => cases.push(as_written(suite, case, &scope)),
            reported => cases.extend(reported?),
        }
    }
    connect(&mut cases);
    make_names_unique(&mut cases);
    Ok(PlannedSuite { suite: Arc::clone(suite), cases, repetition: None, skip, scope })
}

/// A case that is not to run here, and whose rows are not known here.
fn as_written(suite: &Suite, case: &Arc<Case>, scope: &Scope) -> ReportedCase {
    let key = CaseKey { suite: suite.name.clone(), case: case.id.clone(), row: None };
    let name = name_of(case, scope).unwrap_or_else(|_| case.id.clone());
    ReportedCase { key, name, case: Arc::clone(case), row: None, scope: scope.clone(), needs: Vec::new() }
}

fn excluded(suite: &Suite, target: &str) -> Option<String> {
    let targets = suite.targets.as_ref()?;
    (!targets.iter().any(|t| t == target))
        .then(|| format!("the suite runs on {} only, not on {target}", targets.join(", ")))
}

fn reported_cases(
    suite: &Suite,
    case: &Arc<Case>,
    facts: &RunFacts,
    scope: &Scope,
) -> Result<Vec<ReportedCase>, EvalError> {
    let rows = match &case.matrix {
        None => vec![None],
        Some(matrix) => rows(matrix, scope)?.into_iter().map(Some).collect(),
    };
    let reported = rows.into_iter().enumerate().map(|(index, row)| {
        let key = CaseKey { suite: suite.name.clone(), case: case.id.clone(), row: row.as_ref().map(|_| index) };
        let in_row = with_row(scope, row.as_ref());
        let name = name_of(case, &in_row)?;
        let scope = with_vars(&in_row, &case.vars, &facts.overrides)?;
        Ok(ReportedCase { key, name, case: Arc::clone(case), row, scope, needs: Vec::new() })
    });
    reported.collect()
}

fn name_of(case: &Case, scope: &Scope) -> Result<String, EvalError> {
    Ok(match case.name.evaluate(scope)? {
        Value::Text(text) => text,
        other => other.display().to_string(),
    })
}

fn rows(matrix: &Matrix, scope: &Scope) -> Result<Vec<Map>, EvalError> {
    match matrix {
        Matrix::Rows(rows) => Ok(rows.clone()),
        Matrix::Lists(lists) => product(lists, scope),
    }
}

/// The product of lists, the first one slowest.
fn product(lists: &IndexMap<String, Spanned>, scope: &Scope) -> Result<Vec<Map>, EvalError> {
    let mut rows = vec![Map::new()];
    for (name, template) in lists {
        let value = template.evaluate(scope)?;
        let Some(values) = value.as_list().filter(|values| !values.is_empty()) else {
            let message = format!("`{name}` must be a list that is not empty, but is {}", value.display());
            return Err(EvalError::new(ErrorKind::Type, message).at(&template.span));
        };
        let with = |row: &Map, value: &Value| {
            let mut row = row.clone();
            row.insert(name.clone(), value.clone());
            row
        };
        rows = rows.iter().flat_map(|row| values.iter().map(move |value| with(row, value))).collect();
    }
    Ok(rows)
}

/// Turns `needs`, which names cases, into the keys of all their rows.
fn connect(cases: &mut [ReportedCase]) {
    let mut keys: BTreeMap<String, Vec<CaseKey>> = BTreeMap::new();
    for case in cases.iter() {
        keys.entry(case.key.case.clone()).or_default().push(case.key.clone());
    }
    for case in cases {
        case.needs = case.case.needs.iter().filter_map(|id| keys.get(id)).flatten().cloned().collect();
    }
}

/// Keeps these cases and what they need.
fn keep_with_needs(cases: &mut Vec<ReportedCase>, wanted: &[CaseKey]) {
    let needs: BTreeMap<&CaseKey, &[CaseKey]> = cases.iter().map(|case| (&case.key, case.needs.as_slice())).collect();
    let mut keep: BTreeSet<CaseKey> = BTreeSet::new();
    let mut open: Vec<&CaseKey> = wanted.iter().collect();
    while let Some(key) = open.pop() {
        if keep.insert(key.clone()) {
            open.extend(needs.get(key).into_iter().flat_map(|needs| needs.iter()));
        }
    }
    cases.retain(|case| keep.contains(&case.key));
}

/// Deals connected cases out together, so that no shard runs what another one needs: groups go round in plan order.
fn keep_shard(plan: &mut Plan, shard: Shard) {
    let mut turn = 0..;
    for suite in &mut plan.suites {
        let groups = groups(&suite.cases);
        let mut shard_of: BTreeMap<usize, usize> = BTreeMap::new();
        let mine: Vec<bool> = groups
            .iter()
            .map(|group| {
                *shard_of.entry(*group).or_insert_with(|| turn.next().unwrap_or(0) % shard.of) == shard.number - 1
            })
            .collect();
        let mut mine = mine.into_iter();
        suite.cases.retain(|_| mine.next().unwrap_or(false));
    }
}

/// For each case the number of the group that `needs` ties it to: the smallest index in it.
fn groups(cases: &[ReportedCase]) -> Vec<usize> {
    let index: BTreeMap<&CaseKey, usize> = cases.iter().enumerate().map(|(i, case)| (&case.key, i)).collect();
    let mut group: Vec<usize> = (0..cases.len()).collect();
    for (i, case) in cases.iter().enumerate() {
        for need in case.needs.iter().filter_map(|need| index.get(need)) {
            let (from, to) = (group[i].max(group[*need]), group[i].min(group[*need]));
            group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
        }
    }
    group
}

/// JUnit readers take a case by its name: a name that is taken gets a number.
fn make_names_unique(cases: &mut [ReportedCase]) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for case in cases {
        let numbered = (2..).map(|n| format!("{} #{n}", case.name));
        let free = std::iter::once(case.name.clone()).chain(numbered).find(|name| !taken.contains(name));
        case.name = free.unwrap_or_default();
        taken.insert(case.name.clone());
    }
}

fn problem(suite: &Suite, error: &EvalError) -> Problem {
    let problem = Problem::error(error.message.clone(), error.span.as_ref().unwrap_or(&suite.span));
    match &error.help {
        Some(help) => problem.with_help(help.clone()),
        None => problem,
    }
}

impl Plan {
    /// Every reported case, in order.
    pub fn cases(&self) -> impl Iterator<Item = (&PlannedSuite, &ReportedCase)> {
        self.suites.iter().flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)))
    }

    /// The cases as the first event names them.
    pub fn announced(&self) -> Vec<PlannedCase> {
        let announce = |(suite, case): (&PlannedSuite, &ReportedCase)| PlannedCase {
            key: case.key.clone(),
            name: case.name.clone(),
            place: (&case.case.span).into(),
            tags: suite.suite.tags.iter().chain(&case.case.tags).cloned().collect(),
            repetition: suite.repetition.clone(),
        };
        self.cases().map(announce).collect()
    }
}
