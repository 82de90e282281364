//! Map states whose iterations are executions of their own: a map run, with readers, batches, tolerance and a writer.

use std::sync::Arc;

use futures::stream::{self, StreamExt};
use serde_json::{Value, json};

use super::super::{
    clock::text,
    history::{Event, History, LIMIT},
    machine::{Distributed, MapState},
    map_runs::{MapRun, Ongoing},
};
use super::failure::Failure;
use super::frame::Frame;
use super::items::Item;
use super::outcome::Outcome;
use super::program::walk;
use super::results::Child;
use super::run::{Identity, Run, Scope, Track};
use super::tolerance::Tolerated;

/// A map run has at most so many child executions side by side (quota of Step Functions).
const MOST_SIDE_BY_SIDE: usize = 10_000;

/// The names of one map run.
pub struct MapRunNames {
    label: String,
    pub id: String,
    pub arn: String,
}

/// Everything that is settled before a map run begins.
struct Plan<'p> {
    map: &'p MapState,
    distributed: &'p Distributed,
    input: &'p Value,
    names: MapRunNames,
    tolerated: Tolerated,
    /// Children side by side.
    limit: usize,
}

impl Frame<'_> {
    /// One attempt at a distributed map.
    pub async fn distributed(
        &self,
        map: &MapState,
        distributed: &Distributed,
        input: &Value,
        track: &mut Track<'_>,
        scope: &Scope,
    ) -> Result<Outcome, Failure> {
        let items = match distributed.reader {
            Some(_) => Vec::new(),
            None => self.items(map, input)?,
        };
        let limit = self.side_by_side(map, input, MOST_SIDE_BY_SIDE)?;
        track.event(Event::map_started(items.len()))?;
        let tolerated = self.tolerated(&map.tolerance, input)?;
        let names = self.map_run_names(distributed.label.as_deref());
        let plan = Plan { map, distributed, input, names, tolerated, limit };
        track.event(Event::map_run_started(&plan.names.arn))?;
        let ongoing = self.begun(&plan)?;
        let result = self.whole_run(&plan, &ongoing, items, scope).await;
        ongoing.end(result.is_ok());
        match result {
            Ok(outputs) => {
                // The exit follows this event. Since the end of 2024 AWS lets it follow `MapRunStarted`; most recordings
                // are older, and nothing but the number differs.
                track.event(Event::plain("MapRunSucceeded"))?;
                self.mapped(outputs, track)
            }
            Err(failure) => {
                if !failure.is_terminal() {
                    track.event(Event::map_run_failed(failure.error.as_deref(), failure.cause.as_deref()))?;
                }
                Err(failure)
            }
        }
    }

    fn map_run_names(&self, label: Option<&str>) -> MapRunNames {
        let label = label.map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
        let id = uuid::Uuid::new_v4().to_string();
        let (place, machine) = (&self.run.place, &self.run.identity.machine_name);
        let arn = format!("arn:aws:states:{}:{}:mapRun:{machine}/{label}:{id}", place.region, place.account);
        MapRunNames { label, id, arn }
    }

    /// Keeps the map run for those who ask for it.
    fn begun(&self, plan: &Plan<'_>) -> Result<Ongoing, Failure> {
        let run = MapRun {
            arn: plan.names.arn.clone(),
            execution_arn: self.run.identity.arn.clone(),
            machine_arn: format!("{}/{}", self.run.identity.machine_arn, plan.names.label),
            started: self.run.clock.now(),
            max_concurrency: self.amount(&plan.map.max_concurrency, "MaxConcurrencyPath", plan.input)?,
            tolerated_count: plan.tolerated.count.unwrap_or(0),
            tolerated_percentage: plan.tolerated.percentage.unwrap_or(0.0),
        };
        Ok(self.run.map_runs.begin(run, self.run.clock))
    }

    /// Reads the items, runs the children and gathers their results.
    async fn whole_run(
        &self,
        plan: &Plan<'_>,
        ongoing: &Ongoing,
        items: Vec<Item>,
        scope: &Scope,
    ) -> Result<Value, Failure> {
        let inputs = self.inputs(plan, items, scope).await?;
        let children = self.children(plan, ongoing, inputs).await?;
        self.written(plan.distributed.writer.as_ref(), &plan.names, children, plan.input).await
    }

    /// The inputs of the child executions.
    async fn inputs(&self, plan: &Plan<'_>, items: Vec<Item>, scope: &Scope) -> Result<Vec<Value>, Failure> {
        let (map, input) = (plan.map, plan.input);
        let items = match &plan.distributed.reader {
            Some(reader) => self.read(reader, map.items_path.as_ref(), input).await?,
            None => items,
        };
        let one = |(index, item)| self.iteration(map, input, index, item, scope).map(|(value, _)| value);
        let inputs = items.into_iter().enumerate().map(one).collect::<Result<Vec<_>, _>>()?;
        match &plan.distributed.batch {
            Some(batch) => self.batches(batch, inputs, input),
            None => Ok(inputs),
        }
    }

    /// Runs every child and gives them in the order of their inputs, unless too many failed.
    async fn children(&self, plan: &Plan<'_>, ongoing: &Ongoing, inputs: Vec<Value>) -> Result<Vec<Child>, Failure> {
        let total = inputs.len();
        let batched = plan.distributed.batch.is_some();
        let items_in_all: usize = inputs.iter().map(|input| items_in(input, batched)).sum();
        ongoing.plan(total, items_in_all);
        let child = |(index, input): (usize, Value)| async move {
            let items = items_in(&input, batched);
            ongoing.child_began(items);
            let child = child(&self.child_run(&plan.names, input, plan.distributed.express), plan.map).await;
            ongoing.child_ended(child.result.is_ok(), items);
            (index, items, child)
        };
        let mut running = stream::iter(inputs.into_iter().enumerate()).map(child).buffer_unordered(plan.limit);
        let mut children = Vec::with_capacity(total);
        let mut failed = 0;
        while let Some((index, items, child)) = running.next().await {
            // A batch that fails is as many failed items as it had.
            failed += if child.result.is_err() { items } else { 0 };
            if plan.tolerated.is_exceeded(failed, items_in_all) {
                let cause = "The specified tolerated failure threshold was exceeded";
                return Err(Failure::new("States.ExceedToleratedFailureThreshold", cause));
            }
            children.push((index, child));
        }
        children.sort_by_key(|(index, _)| *index);
        Ok(children.into_iter().map(|(_, child)| child).collect())
    }

    fn child_run(&self, names: &MapRunNames, input: Value, express: bool) -> Run {
        let (run, name) = (self.run, uuid::Uuid::new_v4().to_string());
        let machine = format!("{}/{}", run.identity.machine_name, names.label);
        let place = &run.place;
        let identity = Identity {
            arn: format!("arn:aws:states:{}:{}:execution:{machine}:{name}", place.region, place.account),
            name,
            machine_arn: format!("{}/{}", run.identity.machine_arn, names.label),
            machine_name: machine,
            input,
            started: run.clock.now(),
            role_arn: run.identity.role_arn.clone(),
        };
        let history = Arc::new(History::new(run.clock, (!express).then_some(LIMIT)));
        history.begin(Event::started(&identity.input.to_string(), &identity.role_arn));
        // Not `..run.clone()`: that would copy the parent's input for every child.
        Run {
            clock: run.clock,
            tasks: Arc::clone(&run.tasks),
            tokens: run.tokens.clone(),
            map_runs: run.map_runs.clone(),
            history,
            machine: Arc::clone(&run.machine),
            identity,
            place: run.place.clone(),
            express,
        }
    }
}

async fn child(run: &Run, map: &MapState) -> Child {
    let mut track = run.track();
    let result = walk(run, &map.processor, run.identity.input.clone(), &mut track, run.scope()).await;
    Child { identity: run.identity.clone(), stopped: json!(text(run.clock.now())), result }
}

/// How many items a child was given.
fn items_in(input: &Value, batched: bool) -> usize {
    if batched { input["Items"].as_array().map_or(1, Vec::len) } else { 1 }
}
