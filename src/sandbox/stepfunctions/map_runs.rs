//! The runs of distributed maps, as `ListMapRuns` and `DescribeMapRun` show them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde_json::{Value, json};

use super::clock::{Clock, epoch};

/// What a map run is.
#[derive(Debug, Clone)]
pub struct MapRun {
    pub arn: String,
    pub execution_arn: String,
    /// The machine of the children: `…:stateMachine:name/label`.
    pub machine_arn: String,
    pub started: DateTime<Utc>,
    /// 0 is no limit.
    pub max_concurrency: u64,
    pub tolerated_count: u64,
    pub tolerated_percentage: f64,
}

/// How a child, or the run itself, stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Running,
    Succeeded,
    Failed,
    Aborted,
}

impl Standing {
    fn text(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Aborted => "ABORTED",
        }
    }
}

/// Children, or the items they were given, by how they stand.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    total: usize,
    running: usize,
    succeeded: usize,
    failed: usize,
    aborted: usize,
    written: usize,
}

impl Counts {
    fn show(&self) -> Value {
        let pending = self.total - self.running - self.succeeded - self.failed - self.aborted;
        json!({
            "pending": pending, "running": self.running, "succeeded": self.succeeded, "failed": self.failed,
            "timedOut": 0, "aborted": self.aborted, "total": self.total, "resultsWritten": self.written,
        })
    }

    fn end(&mut self, standing: Standing, number: usize) {
        self.running -= number;
        match standing {
            Standing::Succeeded => self.succeeded += number,
            Standing::Failed => self.failed += number,
            Standing::Running | Standing::Aborted => self.aborted += number,
        }
    }

    /// What did not end by itself was aborted.
    fn close(&mut self, written: bool) {
        self.aborted = self.total - self.succeeded - self.failed;
        self.running = 0;
        self.written = if written { self.succeeded + self.failed } else { 0 };
    }
}

#[derive(Debug, Clone)]
struct Kept {
    run: MapRun,
    standing: Standing,
    stopped: Option<DateTime<Utc>>,
    children: Counts,
    items: Counts,
}

/// All map runs, by ARN. Cloned freely.
#[derive(Debug, Clone, Default)]
pub struct MapRuns(Arc<Mutex<IndexMap<String, Kept>>>);

/// A map run that is going on; dropped before its end it was aborted.
#[derive(Debug)]
pub struct Ongoing {
    runs: MapRuns,
    arn: String,
    clock: Clock,
}

impl MapRuns {
    /// Keeps a new map run.
    pub fn begin(&self, run: MapRun, clock: Clock) -> Ongoing {
        let arn = run.arn.clone();
        let (children, items) = (Counts::default(), Counts::default());
        self.lock().insert(arn.clone(), Kept { run, standing: Standing::Running, stopped: None, children, items });
        Ongoing { runs: self.clone(), arn, clock }
    }

    /// As `DescribeMapRun` answers.
    pub fn describe(&self, arn: &str) -> Option<Value> {
        self.lock().get(arn).map(|kept| {
            let mut answer = kept.listed();
            if let Value::Object(members) = &mut answer {
                members.shift_remove("stateMachineArn");
            }
            answer["status"] = json!(kept.standing.text());
            answer["maxConcurrency"] = json!(kept.run.max_concurrency);
            answer["toleratedFailureCount"] = json!(kept.run.tolerated_count);
            answer["toleratedFailurePercentage"] = json!(kept.run.tolerated_percentage);
            answer["itemCounts"] = kept.items.show();
            answer["executionCounts"] = kept.children.show();
            answer
        })
    }

    /// The map runs of an execution, the oldest first, as `ListMapRuns` lists them.
    pub fn of_execution(&self, arn: &str) -> Vec<Value> {
        self.lock().values().filter(|kept| kept.run.execution_arn == arn).map(Kept::listed).collect()
    }

    fn lock(&self) -> MutexGuard<'_, IndexMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn listed(&self) -> Value {
        let mut answer = json!({
            "mapRunArn": self.run.arn, "executionArn": self.run.execution_arn,
            "stateMachineArn": self.run.machine_arn, "startDate": epoch(self.run.started),
        });
        if let Some(stopped) = self.stopped {
            answer["stopDate"] = epoch(stopped);
        }
        answer
    }
}

impl Ongoing {
    /// So many children will work on so many items.
    pub fn plan(&self, children: usize, items: usize) {
        self.change(|kept| (kept.children.total, kept.items.total) = (children, items));
    }

    /// A child with so many items began.
    pub fn child_began(&self, items: usize) {
        self.change(|kept| {
            kept.children.running += 1;
            kept.items.running += items;
        });
    }

    /// A child with so many items ended.
    pub fn child_ended(&self, succeeded: bool, items: usize) {
        let standing = if succeeded { Standing::Succeeded } else { Standing::Failed };
        self.change(|kept| {
            kept.children.end(standing, 1);
            kept.items.end(standing, items);
        });
    }

    /// The run ended.
    pub fn end(&self, succeeded: bool) {
        self.close(if succeeded { Standing::Succeeded } else { Standing::Failed });
    }

    fn close(&self, standing: Standing) {
        let now = self.clock.now();
        self.change(|kept| {
            if kept.standing == Standing::Running {
                (kept.standing, kept.stopped) = (standing, Some(now));
                kept.children.close(standing == Standing::Succeeded);
                kept.items.close(standing == Standing::Succeeded);
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut Kept)) {
        if let Some(kept) = self.runs.lock().get_mut(&self.arn) {
            change(kept);
        }
    }
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        self.close(Standing::Aborted);
    }
}
