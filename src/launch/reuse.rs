//! `--reuse <run>`: the earlier run whose record stands for what is not started again.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

use super::folder::{REPORTS_FOLDER, RunFolder};
use super::prepare::Refused;
use crate::event::{Event, Kind, Reused, RunId, TargetSummary};
use crate::journal;
use crate::runner::{Plan, Record};
use crate::target::{Account, Project, Target};

/// In a run's folder: which runs have adopted what it kept.
const ADOPTED: &str = "adopted.json";

/// An earlier run as this one takes it up: what its expressions saw, and what was recorded.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// The run, and the `run.id` of its expressions.
    pub reused: Reused,
    /// `run.date`.
    pub date: NaiveDate,
    /// `run.started_at`.
    pub started_at: DateTime<FixedOffset>,
    /// What was recorded.
    pub record: Arc<Record>,
}

/// Reads the run of this id (`last` is the newest) and holds it against project and target.
pub(super) fn load(project: &Project, target: &Target, name: &str, now: DateTime<Utc>) -> Result<Earlier, Refused> {
    let refuse = |text: String| Refused::Usage(format!("--reuse {name}: {text}"));
    if let Account::Sandbox { .. } = &target.account {
        return Err(refuse(format!(
            "target `{}` is an account of its own for each run, and what an earlier run started went with it\n\
             help: serve it with `shakedown sandbox`, and run against a target with that `endpoint`",
            target.name
        )));
    }
    let id = named(&project.root, name).map_err(refuse)?;
    let folder = project.root.join(REPORTS_FOLDER).join(id.as_str());
    let (events, _) = journal::read(&folder).map_err(|error| refuse(error.to_string()))?;
    let start = start(&events).ok_or_else(|| refuse("its record has no beginning".to_owned()))?;
    fits(&start, project, target).map_err(refuse)?;
    let started_at = start.started_at.ok_or_else(|| refuse("its record does not say when it started".to_owned()))?;
    let reused = Reused { id: start.reuses.map_or_else(|| id.clone(), |earlier| earlier.id.clone()), run: id.clone() };
    let adopted = adoptions(&folder).map_err(|error| refuse(format!("failed to read {ADOPTED}: {error}")))?;
    let record = Record::new(id, &events, now, |document| journal::document(document, &folder)).adopted(&adopted);
    Ok(Earlier { reused, date: start.date, started_at, record: Arc::new(record) })
}

/// Notes in the reused run's folder that what it kept for these suites is this run's from now on.
pub(super) fn adopt(root: &Path, earlier: &Earlier, run: &RunId, plan: &Plan) -> io::Result<()> {
    let kept = earlier.record.keeps_for();
    let planned = plan.suites.iter().map(|planned| &planned.suite.name);
    let adopted: Vec<&String> = planned.filter(|suite| kept.contains(suite.as_str())).collect();
    if adopted.is_empty() {
        return Ok(());
    }
    let folder = root.join(REPORTS_FOLDER).join(earlier.reused.run.as_str());
    let mut all = adoptions(&folder)?;
    all.extend(adopted.into_iter().map(|suite| (suite.clone(), run.to_string())));
    std::fs::write(folder.join(ADOPTED), serde_json::to_vec_pretty(&all)?)
}

/// The run that adopted what was kept for a suite, by the suite's name.
fn adoptions(folder: &Path) -> io::Result<BTreeMap<String, String>> {
    match std::fs::read(folder.join(ADOPTED)) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}

fn named(root: &Path, name: &str) -> Result<RunId, String> {
    let name = match name {
        "last" => RunFolder::earlier(root).map_err(|error| error.to_string())?.pop().ok_or("there is no run yet")?,
        name => name.to_owned(),
    };
    RunId::new(name).map_err(|error| error.to_string())
}

/// What the first event says.
struct Start<'e> {
    project: &'e str,
    target: &'e TargetSummary,
    date: NaiveDate,
    started_at: Option<DateTime<FixedOffset>>,
    reuses: Option<&'e Reused>,
    is_repeated: bool,
}

fn start(events: &[Event]) -> Option<Start<'_>> {
    let Kind::RunStarted { project, target, date, started_at, reuses, cases, .. } = &events.first()?.kind else {
        return None;
    };
    let is_repeated = cases.iter().any(|case| case.repetition.is_some());
    let (date, started_at, reuses) = (*date, *started_at, reuses.as_ref());
    Some(Start { project, target, date, started_at, reuses, is_repeated })
}

/// The same project against the same account, or why not.
fn fits(start: &Start<'_>, project: &Project, target: &Target) -> Result<(), String> {
    let Account::Aws { account, region, endpoint, .. } = &target.account else { return Ok(()) };
    let (then, at) = (start.target, |endpoint: &Option<String>| endpoint.clone().unwrap_or_else(|| "AWS".to_owned()));
    if start.is_repeated {
        return Err("it repeated its suites, and a step of it is recorded several times".to_owned());
    }
    let pairs = [
        ("project", start.project.to_owned(), project.name.clone()),
        ("target", then.name.clone(), target.name.clone()),
        ("account", then.account.clone(), account.clone()),
        ("region", then.region.clone(), region.clone()),
        ("endpoint", at(&then.endpoint), at(endpoint)),
    ];
    match pairs.iter().find(|(_, then, now)| then != now) {
        Some((what, then, now)) => Err(format!("that run was of another {what}: {then}, not {now}")),
        None => Ok(()),
    }
}
