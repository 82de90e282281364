//! Work groups: where results go, whether that is enforced, and how many bytes a query may read.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::request::{invalid, optional_text, page, text, with_token};
use crate::sandbox::glue::epoch_seconds;
use crate::sandbox::wire::ApiError;

/// The smallest limit of bytes scanned per query, from Athena's API model.
const SMALLEST_CUTOFF: u64 = 10_000_000;
/// The work group of every account, which cannot be deleted.
const PRIMARY: &str = "primary";

/// One work group.
#[derive(Debug, Clone)]
pub struct WorkGroup {
    pub name: String,
    pub enabled: bool,
    pub description: Option<String>,
    pub created: DateTime<Utc>,
    pub output: Option<String>,
    /// The work group's settings win over the client's.
    pub enforced: bool,
    pub cutoff: Option<u64>,
}

/// All work groups.
#[derive(Debug)]
pub struct WorkGroups {
    groups: Mutex<BTreeMap<String, WorkGroup>>,
}

impl WorkGroups {
    /// `primary`, with an output location if one is given.
    pub fn new(output: Option<String>) -> Self {
        let mut primary = WorkGroup::named(PRIMARY);
        primary.enforced = false;
        primary.output = output;
        Self { groups: Mutex::new(BTreeMap::from([(PRIMARY.to_owned(), primary)])) }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, WorkGroup>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The work group of that name.
    pub fn get(&self, name: &str) -> Result<WorkGroup, ApiError> {
        self.lock().get(name).cloned().ok_or_else(|| missing(name))
    }

    /// Answers `CreateWorkGroup`, `GetWorkGroup`, `ListWorkGroups`, `UpdateWorkGroup` and `DeleteWorkGroup`.
    pub fn handle(&self, operation: &str, body: &Value) -> Result<Value, ApiError> {
        match operation {
            "CreateWorkGroup" => self.create(body),
            "GetWorkGroup" => Ok(json!({"WorkGroup": self.get(text(body, "WorkGroup")?)?.shown()})),
            "UpdateWorkGroup" => self.update(body),
            "DeleteWorkGroup" => self.delete(text(body, "WorkGroup")?),
            _ => self.list(body),
        }
    }

    fn create(&self, body: &Value) -> Result<Value, ApiError> {
        let mut group = WorkGroup::named(checked_name(text(body, "Name")?)?);
        group.description = optional_text(body, "Description")?.map(str::to_owned);
        let configuration = &body["Configuration"];
        group.configure(configuration, &configuration["ResultConfiguration"])?;
        let mut groups = self.lock();
        if groups.contains_key(&group.name) {
            return Err(invalid("WorkGroup is already created"));
        }
        groups.insert(group.name.clone(), group);
        Ok(json!({}))
    }

    fn update(&self, body: &Value) -> Result<Value, ApiError> {
        let name = text(body, "WorkGroup")?;
        let mut groups = self.lock();
        let mut group = groups.get(name).cloned().ok_or_else(|| missing(name))?;
        if let Some(description) = optional_text(body, "Description")? {
            group.description = Some(description.to_owned());
        }
        match optional_text(body, "State")? {
            None => {}
            Some("ENABLED") => group.enabled = true,
            Some("DISABLED") => group.enabled = false,
            Some(other) => return Err(invalid(format!("State {other} is not ENABLED or DISABLED"))),
        }
        let updates = &body["ConfigurationUpdates"];
        group.configure(updates, &updates["ResultConfigurationUpdates"])?;
        if updates["RemoveBytesScannedCutoffPerQuery"] == json!(true) {
            group.cutoff = None;
        }
        if updates["ResultConfigurationUpdates"]["RemoveOutputLocation"] == json!(true) {
            group.output = None;
        }
        groups.insert(name.to_owned(), group);
        Ok(json!({}))
    }

    fn delete(&self, name: &str) -> Result<Value, ApiError> {
        if name == PRIMARY {
            return Err(invalid("The primary workgroup cannot be deleted"));
        }
        self.lock().remove(name).ok_or_else(|| missing(name))?;
        Ok(json!({}))
    }

    fn list(&self, body: &Value) -> Result<Value, ApiError> {
        let all: Vec<WorkGroup> = self.lock().values().cloned().collect();
        let (groups, token) = page(body, 50, all)?;
        let shown: Vec<Value> = groups.iter().map(WorkGroup::summary).collect();
        Ok(with_token(json!({"WorkGroups": shown}), token))
    }
}

impl WorkGroup {
    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            enabled: true,
            description: None,
            created: crate::sandbox::time::now(),
            output: None,
            enforced: true,
            cutoff: None,
        }
    }

    fn configure(&mut self, configuration: &Value, result: &Value) -> Result<(), ApiError> {
        for other in ["ExecutionRole", "CustomerContentEncryptionConfiguration", "ManagedQueryResultsConfiguration"] {
            if configuration.get(other).is_some_and(|value| !value.is_null()) {
                return Err(ApiError::unsupported(format_args!("the work group setting {other}")));
            }
        }
        if let Some(enforced) = configuration["EnforceWorkGroupConfiguration"].as_bool() {
            self.enforced = enforced;
        }
        if let Some(output) = optional_text(result, "OutputLocation")? {
            self.output = Some(output.to_owned());
        }
        match configuration.get("BytesScannedCutoffPerQuery") {
            None | Some(Value::Null) => {}
            Some(cutoff) => {
                let cutoff = cutoff.as_u64().filter(|cutoff| *cutoff >= SMALLEST_CUTOFF);
                let refused = || invalid(format!("BytesScannedCutoffPerQuery must be at least {SMALLEST_CUTOFF}"));
                self.cutoff = Some(cutoff.ok_or_else(refused)?);
            }
        }
        Ok(())
    }

    fn state(&self) -> &'static str {
        if self.enabled { "ENABLED" } else { "DISABLED" }
    }

    fn summary(&self) -> Value {
        json!({
            "Name": self.name,
            "State": self.state(),
            "Description": self.description.clone().unwrap_or_default(),
            "CreationTime": epoch_seconds(self.created),
            "EngineVersion": engine_version(),
        })
    }

    fn shown(&self) -> Value {
        let mut shown = self.summary();
        if let Some(group) = shown.as_object_mut() {
            group.remove("EngineVersion");
        }
        let mut configuration = json!({
            "ResultConfiguration": {},
            "EnforceWorkGroupConfiguration": self.enforced,
            "PublishCloudWatchMetricsEnabled": false,
            "RequesterPaysEnabled": false,
            "EngineVersion": engine_version(),
        });
        if let Some(output) = &self.output {
            configuration["ResultConfiguration"]["OutputLocation"] = json!(output);
        }
        if let Some(cutoff) = self.cutoff {
            configuration["BytesScannedCutoffPerQuery"] = json!(cutoff);
        }
        shown["Configuration"] = configuration;
        shown
    }
}

/// The engine whose dialect the sandbox follows.
pub fn engine_version() -> Value {
    json!({"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"})
}

fn missing(name: &str) -> ApiError {
    invalid(format!("WorkGroup {name} is not found."))
}

fn checked_name(name: &str) -> Result<&str, ApiError> {
    let fits = (1..=128).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if fits { Ok(name) } else { Err(invalid("a work group's name has 1 to 128 of a-z, A-Z, 0-9, '.', '_', '-'")) }
}
