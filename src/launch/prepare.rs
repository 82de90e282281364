//! Everything that can be known, and refused, before anything is started.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::environment;
use super::folder::new_run_id;
use super::needs::needs;
use super::request::Request;
use super::reuse::{self, Earlier};
use crate::clock::Clock;
use crate::diagnostic::{Problem, did_you_mean};
use crate::event::RunId;
use crate::expr::Functions;
use crate::runner::{Plan, PlanError, RunFacts, Selection, TagExpression, plan, plan_repeated};
use crate::suite::{self, Suite};
use crate::target::{Project, Surroundings, Target, judge_needs, load};

/// The target that is taken when none is named.
const DEFAULT_TARGET: &str = "local";

/// A run that may start.
#[derive(Debug)]
pub struct Prepared {
    /// The project.
    pub project: Project,
    /// The target.
    pub target: Target,
    /// The run's id.
    pub run: RunId,
    /// `run.date`.
    pub date: NaiveDate,
    /// `run.started_at`.
    pub started_at: DateTime<FixedOffset>,
    /// The run whose record is used.
    pub earlier: Option<Earlier>,
    /// The cases.
    pub plan: Plan,
    /// Warnings of the check.
    pub warnings: Vec<Problem>,
    /// What was asked for.
    pub request: Request,
}

/// Why a run does not start. Nothing was called.
#[derive(Debug)]
pub enum Refused {
    /// Mistakes in files. Exit 2.
    Problems(Vec<Problem>),
    /// A mistake on the command line, or the target's rules. Exit 2.
    Usage(String),
    /// The selection takes no case. Exit 4.
    Nothing(String),
}

/// Reads the project, checks the suites, plans the selected cases and holds them against the target's rules.
pub fn prepare(request: Request, surroundings: &Surroundings, clock: &dyn Clock) -> Result<Prepared, Refused> {
    let project = load(&request.root).map_err(Refused::Problems)?;
    let target = choose(&project, request.target.as_deref())?.clone();
    may_keep(&target, &request)?;
    let (suites, warnings) = suites(&project, &request)?;
    let now = clock.now();
    let local = now.with_timezone(&project.timezone);
    let run = new_run_id(now);
    let earlier = request.reuse.as_deref().map(|name| reuse::load(&project, &target, name, now)).transpose()?;
    // What expressions see is what they saw then, or nothing that is named after the run would be found again.
    let (id, date, started_at) = if let Some(earlier) = &earlier {
        (earlier.reused.id.clone(), earlier.date, earlier.started_at)
    } else {
        let date = request.date.or(target.date).unwrap_or_else(|| local.date_naive());
        (run.clone(), date, local.fixed_offset())
    };
    let facts = RunFacts {
        id,
        date,
        started_at,
        target: target.name.clone(),
        target_vars: target.vars.clone(),
        env: project.env.iter().filter_map(|name| Some((name.clone(), surroundings.env.get(name)?.clone()))).collect(),
        overrides: request.vars.clone(),
    };
    known_vars(&suites, &request)?;
    let functions = functions(&project);
    let selection = selection(&project, &request)?;
    let once = plan(&suites, &facts, &functions, &selection).map_err(unplanned)?;
    if once.suites.is_empty() {
        return Err(Refused::Nothing(once.taken.why_nothing(&selection)));
    }
    let unset = environment::unset(&once, &surroundings.env);
    if !unset.is_empty() {
        return Err(Refused::Problems(unset));
    }
    judge_needs(&target, &needs(&once)).map_err(|refusal| Refused::Usage(refusal.to_string()))?;
    let plan = match request.repeat {
        0 | 1 => once,
        times => plan_repeated(&suites, &facts, &functions, &selection, times).map_err(unplanned)?,
    };
    Ok(Prepared { project, target, run, date, started_at, earlier, plan, warnings, request })
}

fn unplanned(error: PlanError) -> Refused {
    match error {
        PlanError::Selection(error) => Refused::Usage(error.to_string()),
        PlanError::Problems(problems) => Refused::Problems(problems),
    }
}

/// What the functions of expressions need to know of a project.
pub(super) fn functions(project: &Project) -> Functions {
    Functions { root: project.root.clone(), timezone: project.timezone, secrets: BTreeMap::new() }
}

/// The target of this name.
pub(super) fn choose<'p>(project: &'p Project, name: Option<&str>) -> Result<&'p Target, Refused> {
    let wanted = name.unwrap_or(DEFAULT_TARGET);
    project.targets.get(wanted).ok_or_else(|| {
        let known: Vec<&str> = project.targets.keys().map(String::as_str).collect();
        let help = did_you_mean(wanted, known.iter().copied())
            .map_or_else(|| format!("the project has {}", known.join(", ")), |best| format!("did you mean `{best}`?"));
        Refused::Usage(match name {
            Some(_) => format!("no target `{wanted}` in the project file: {help}"),
            None => format!("name a target with --target: {help}"),
        })
    })
}

fn may_keep(target: &Target, request: &Request) -> Result<(), Refused> {
    if target.keep || !request.keep {
        return Ok(());
    }
    let name = &target.name;
    Err(Refused::Usage(format!("refused: target `{name}` forbids --keep (`keep: false`). Nothing was run.")))
}

/// The checked suites. All of them are read, whatever is selected, so that a mistake never hides behind a selection of tags.
fn suites(project: &Project, request: &Request) -> Result<(Vec<Arc<Suite>>, Vec<Problem>), Refused> {
    let mut paths: Vec<_> = request.paths.iter().map(|(path, _)| path.clone()).collect();
    paths.sort();
    paths.dedup();
    let options = suite::LoadOptions { update: request.update };
    let loaded = suite::load_with(project, &paths, options);
    if loaded.problems.iter().any(Problem::is_error) {
        return Err(Refused::Problems(loaded.problems));
    }
    Ok((loaded.suites, loaded.problems))
}

fn known_vars(suites: &[Arc<Suite>], request: &Request) -> Result<(), Refused> {
    let known = || suites.iter().flat_map(|suite| suite.vars.keys()).map(String::as_str);
    match request.vars.keys().find(|name| !known().any(|k| k == name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let hint = did_you_mean(name, known()).map(|best| format!(": did you mean `{best}`?")).unwrap_or_default();
            Err(Refused::Usage(format!("--var {name}: no suite has a variable of this name{hint}")))
        }
    }
}

fn selection(project: &Project, request: &Request) -> Result<Selection, Refused> {
    let tags = request.tags.as_deref().map(|text| TagExpression::parse(text, &project.tags)).transpose();
    Ok(Selection {
        paths: request.paths.clone(),
        tags: tags.map_err(|error| Refused::Usage(error.to_string()))?,
        case: request.case.clone(),
        shard: request.shard,
        only: request.only.clone(),
    })
}
