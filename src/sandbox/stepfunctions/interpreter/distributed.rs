//! Map states whose iterations are executions of their own: a map run, with readers, batches, tolerance and a writer.

use std::sync::Arc;

use futures::stream::{self, StreamExt};
use serde_json::{Value, json};

use super::super::{
    clock::text,
    history::{Event, History, LIMIT},
    jsonpath::Path,
    machine::{Distributed, MapState, Percentage, Tolerance, Writer},
};
use super::data::shown;
use super::failure::Failure;
use super::frame::Frame;
use super::items::Item;
use super::outcome::Outcome;
use super::program::walk;
use super::run::{Identity, Run, Scope, Track};

/// A map run has at most so many child executions side by side (quota of Step Functions).
const MOST_SIDE_BY_SIDE: usize = 10_000;

/// What may fail before the map run fails.
struct Tolerated {
    count: Option<u64>,
    percentage: Option<f64>,
}

/// The names of one map run.
struct MapRun {
    label: String,
    id: String,
    arn: String,
}

/// A child execution that ended.
struct Child {
    identity: Identity,
    stopped: Value,
    result: Result<Value, Failure>,
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
        track.event(Event::map_run_started(&names.arn))?;
        let inputs = self.inputs(map, distributed, input, items, scope).await;
        let ended = match inputs {
            Ok(inputs) => self.map_run(map, distributed, &names, inputs, limit, &tolerated).await,
            Err(failure) => Err(failure),
        };
        let result = match ended {
            Ok(children) => self.written(distributed.writer.as_ref(), &names, children, input).await,
            Err(failure) => Err(failure),
        };
        match result {
            Ok(outputs) => {
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

    /// The inputs of the child executions.
    async fn inputs(
        &self,
        map: &MapState,
        distributed: &Distributed,
        input: &Value,
        items: Vec<Item>,
        scope: &Scope,
    ) -> Result<Vec<Value>, Failure> {
        let items = match &distributed.reader {
            Some(reader) => self.read(reader, map.items_path.as_ref(), input).await?,
            None => items,
        };
        let one = |(index, item)| self.iteration(map, input, index, item, scope).map(|(value, _)| value);
        let inputs = items.into_iter().enumerate().map(one).collect::<Result<Vec<_>, _>>()?;
        match &distributed.batch {
            Some(batch) => self.batches(batch, inputs, input),
            None => Ok(inputs),
        }
    }

    fn map_run_names(&self, label: Option<&str>) -> MapRun {
        let label = label.map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
        let id = uuid::Uuid::new_v4().to_string();
        let (place, machine) = (&self.run.place, &self.run.identity.machine_name);
        let arn = format!("arn:aws:states:{}:{}:mapRun:{machine}/{label}:{id}", place.region, place.account);
        MapRun { label, id, arn }
    }

    /// Runs every child and gives them in the order of their inputs, unless too many failed.
    async fn map_run(
        &self,
        map: &MapState,
        distributed: &Distributed,
        names: &MapRun,
        inputs: Vec<Value>,
        limit: usize,
        tolerated: &Tolerated,
    ) -> Result<Vec<Child>, Failure> {
        let total = inputs.len();
        let child = |(index, input)| async move {
            (index, child(&self.child_run(names, input, distributed.express), map).await)
        };
        let mut running = stream::iter(inputs.into_iter().enumerate()).map(child).buffer_unordered(limit);
        let mut children = Vec::with_capacity(total);
        let mut failed = 0;
        while let Some((index, child)) = running.next().await {
            failed += usize::from(child.result.is_err());
            if tolerated.is_exceeded(failed, total) {
                let cause = "The specified tolerated failure threshold was exceeded";
                return Err(Failure::new("States.ExceedToleratedFailureThreshold", cause));
            }
            children.push((index, child));
        }
        children.sort_by_key(|(index, _)| *index);
        Ok(children.into_iter().map(|(_, child)| child).collect())
    }

    fn child_run(&self, names: &MapRun, input: Value, express: bool) -> Run {
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
        history.end(0, Event::started(&identity.input.to_string(), &identity.role_arn));
        // Not `..run.clone()`: that would copy the parent's input for every child.
        Run {
            clock: run.clock,
            tasks: Arc::clone(&run.tasks),
            tokens: run.tokens.clone(),
            history,
            machine: Arc::clone(&run.machine),
            identity,
            place: run.place.clone(),
            express,
        }
    }

    fn tolerated(&self, tolerance: &Tolerance, input: &Value) -> Result<Tolerated, Failure> {
        let count = tolerance.count.as_ref().map(|count| self.amount(count, "ToleratedFailureCountPath", input));
        let percentage = match &tolerance.percentage {
            Some(Percentage::Fixed(percentage)) => Some(*percentage),
            Some(Percentage::Path(path)) => Some(self.percentage(path, input)?),
            None => None,
        };
        Ok(Tolerated { count: count.transpose()?, percentage })
    }

    fn percentage(&self, path: &Path, input: &Value) -> Result<f64, Failure> {
        let value = self.path(path, input)?;
        let Some(percentage) = value.as_f64() else {
            let (shown, path) = (shown(&value), path.text());
            let field = "The ToleratedFailurePercentagePath field refers to value";
            return Err(self.runtime(format!("{field} \"{shown}\" which is not a valid float: {path}")));
        };
        if (0.0..=100.0).contains(&percentage) {
            return Ok(percentage);
        }
        Err(self.runtime("ToleratedFailurePercentage must be between 0 and 100."))
    }

    /// The outputs of the children, or where the writer put them.
    async fn written(
        &self,
        writer: Option<&Writer>,
        names: &MapRun,
        children: Vec<Child>,
        input: &Value,
    ) -> Result<Value, Failure> {
        let Some(writer) = writer else {
            return Ok(children.into_iter().filter_map(|child| child.result.ok()).collect());
        };
        let place = self.template(&writer.parameters, input)?;
        let folder = match place["Prefix"].as_str() {
            Some(prefix) if !prefix.is_empty() => format!("{}/{}", prefix.trim_end_matches('/'), names.id),
            _ => names.id.clone(),
        };
        let bucket = &place["Bucket"];
        let (succeeded, failed): (Vec<_>, Vec<_>) = children.iter().partition(|child| child.result.is_ok());
        let mut files = json!({"FAILED": [], "PENDING": [], "SUCCEEDED": []});
        for (kind, children) in [("SUCCEEDED", succeeded), ("FAILED", failed)] {
            if !children.is_empty() {
                let body = Value::Array(children.into_iter().map(Child::record).collect());
                let (key, size) = (format!("{folder}/{kind}_0.json"), body.to_string().len());
                self.put(bucket, &key, body).await?;
                files[kind] = json!([{"Key": key, "Size": size}]);
            }
        }
        let manifest = json!({"DestinationBucket": bucket, "MapRunArn": names.arn, "ResultFiles": files});
        let key = format!("{folder}/manifest.json");
        self.put(bucket, &key, manifest).await?;
        Ok(json!({"MapRunArn": names.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}))
    }

    async fn put(&self, bucket: &Value, key: &str, body: Value) -> Result<(), Failure> {
        let parameters = json!({"Bucket": bucket, "Key": key, "Body": body});
        let put = self.s3("putObject", parameters).await;
        put.map(drop).map_err(|cause| Failure::new("States.ResultWriterFailed", cause))
    }
}

impl Tolerated {
    /// Whether more failed than may. Nothing may, unless the definition says so.
    fn is_exceeded(&self, failed: usize, total: usize) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "counts of items are far below 2^52")]
        let percentage = 100.0 * failed as f64 / (total.max(1)) as f64;
        match (self.count, self.percentage) {
            (None, None) => failed > 0,
            (count, limit) => {
                count.is_some_and(|count| failed as u64 > count) || limit.is_some_and(|limit| percentage > limit)
            }
        }
    }
}

impl Child {
    /// A child as the result files list it.
    fn record(&self) -> Value {
        let identity = &self.identity;
        let mut record = json!({
            "ExecutionArn": identity.arn, "Input": identity.input.to_string(), "InputDetails": {"Included": true},
            "Name": identity.name, "StartDate": text(identity.started), "StateMachineArn": identity.machine_arn,
            "StopDate": self.stopped,
        });
        match &self.result {
            Ok(output) => {
                record["Output"] = json!(output.to_string());
                record["OutputDetails"] = json!({"Included": true});
                record["Status"] = json!("SUCCEEDED");
            }
            Err(failure) => {
                record["Error"] = json!(failure.error);
                record["Cause"] = json!(failure.cause);
                record["Status"] = json!("FAILED");
            }
        }
        record
    }
}

async fn child(run: &Run, map: &MapState) -> Child {
    let mut track = run.track();
    let result = walk(run, &map.processor, run.identity.input.clone(), &mut track, run.scope()).await;
    Child { identity: run.identity.clone(), stopped: json!(text(run.clock.now())), result }
}
