//! Creating, describing, changing, deleting and listing state machines.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::sandbox::wire::ApiError;

use super::super::{
    clock::epoch,
    machine::{Machine, Problem, Rules, parse},
};
use super::names::{check, no_machine};
use super::paging::{place, token};
use super::params::{Params, constraint};
use super::record::{MachineType, Record, Revision};
use super::service::StepFunctions;
use super::tags;

impl StepFunctions {
    pub(super) fn create(&self, params: &Params) -> Result<Value, ApiError> {
        let name = params.text("name")?;
        check(name)?;
        refuse_versions(params)?;
        let kind = machine_type(params)?;
        let definition = params.text("definition")?;
        let revision = Revision {
            machine: Arc::new(self.checked(definition, kind)?),
            definition: definition.to_owned(),
            role_arn: role(params.text("roleArn")?)?.to_owned(),
            logging: logging(params.value("loggingConfiguration"))?,
            tracing: tracing(params.value("tracingConfiguration")),
            id: None,
            updated: self.clock.now(),
        };
        let tags = tags::read(params.value("tags"))?;
        let arn = format!("arn:aws:states:{}:{}:stateMachine:{name}", self.config.region, self.config.account);
        let mut store = self.lock();
        if let Some(record) = store.machines.get(&arn) {
            return repeated(record, &revision, kind);
        }
        let created = self.clock.now();
        let record = Record { arn: arn.clone(), name: name.to_owned(), kind, created, revision, tags, started: 0 };
        store.machines.insert(arn.clone(), record);
        Ok(json!({"stateMachineArn": arn, "creationDate": epoch(created)}))
    }

    /// The machine of a definition, or all that is wrong with it.
    fn checked(&self, definition: &str, kind: MachineType) -> Result<Machine, ApiError> {
        self.read(definition, kind).map_err(|problems| {
            let list: Vec<String> = problems.iter().map(Problem::text).collect();
            let message = format!("Invalid State Machine Definition: '{}'", list.join(", "));
            ApiError::client("InvalidDefinition", message)
        })
    }

    /// Reads a definition with the rules of this sandbox.
    pub(super) fn read(&self, definition: &str, kind: MachineType) -> Result<Machine, Vec<Problem>> {
        let supports = |resource: &str| self.tasks.supports(resource);
        parse(definition, &Rules { supports: &supports, express: kind == MachineType::Express })
    }

    pub(super) fn describe(&self, params: &Params) -> Result<Value, ApiError> {
        let arn = params.arn("stateMachineArn")?;
        self.lock().machines.get(arn).map(Record::describe).ok_or_else(|| no_machine(arn))
    }

    pub(super) fn update(&self, params: &Params) -> Result<Value, ApiError> {
        let arn = params.arn("stateMachineArn")?;
        refuse_versions(params)?;
        let fields = ["definition", "roleArn", "loggingConfiguration", "tracingConfiguration"];
        let kind = self.lock().machines.get(arn).ok_or_else(|| no_machine(arn))?.kind;
        if fields.iter().all(|field| params.value(field).is_none()) {
            let message = "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration \
                           must be specified";
            return Err(ApiError::client("MissingRequiredParameter", message));
        }
        let definition = params.optional("definition")?;
        let machine = definition.map(|definition| self.checked(definition, kind)).transpose()?;
        let mut store = self.lock();
        let record = store.machines.get_mut(arn).ok_or_else(|| no_machine(arn))?;
        let mut revision = record.revision.clone();
        if let (Some(definition), Some(machine)) = (definition, machine) {
            (revision.definition, revision.machine) = (definition.to_owned(), Arc::new(machine));
        }
        if let Some(role_arn) = params.optional("roleArn")? {
            role(role_arn)?.clone_into(&mut revision.role_arn);
        }
        if let Some(value) = params.value("loggingConfiguration") {
            revision.logging = logging(Some(value))?;
        }
        if let Some(value) = params.value("tracingConfiguration") {
            revision.tracing = tracing(Some(value));
        }
        if !same(&revision, &record.revision) || revision.role_arn != record.revision.role_arn {
            revision.id = Some(uuid::Uuid::new_v4().to_string());
        }
        revision.updated = self.clock.now();
        let mut answer = json!({"updateDate": epoch(revision.updated)});
        if let Some(id) = &revision.id {
            answer["revisionId"] = json!(id);
        }
        record.revision = revision;
        Ok(answer)
    }

    /// Deletes a machine; one that is not there is deleted too. What runs goes on, and can be described.
    pub(super) fn delete(&self, params: &Params) -> Result<Value, ApiError> {
        self.lock().machines.shift_remove(params.arn("stateMachineArn")?);
        Ok(json!({}))
    }

    pub(super) fn list(&self, params: &Params) -> Result<Value, ApiError> {
        let most = params.max_results()?;
        let after = params.at_most("nextToken", 1024)?.map(|token| place("machines", token)).transpose()?;
        let store = self.lock();
        let mut records: Vec<&Record> = store.machines.values().collect();
        records.sort_by(|a, b| a.name.cmp(&b.name));
        let mut rest = records.into_iter().filter(|record| after.as_ref().is_none_or(|after| &record.name > after));
        let page: Vec<&Record> = rest.by_ref().take(most).collect();
        let mut answer = json!({"stateMachines": page.iter().map(|record| record.listed()).collect::<Vec<_>>()});
        if let (Some(last), true) = (page.last(), rest.next().is_some()) {
            answer["nextToken"] = json!(token("machines", &last.name));
        }
        Ok(answer)
    }
}

/// The same machine again is answered as the first time; another one of that name is refused. The role does not matter.
fn repeated(record: &Record, revision: &Revision, kind: MachineType) -> Result<Value, ApiError> {
    if record.kind == kind && same(&record.revision, revision) {
        return Ok(json!({"stateMachineArn": record.arn, "creationDate": epoch(record.created)}));
    }
    let message = format!("State Machine Already Exists: '{}'", record.arn);
    Err(ApiError::client("StateMachineAlreadyExists", message))
}

fn same(a: &Revision, b: &Revision) -> bool {
    (&a.definition, &a.logging, &a.tracing) == (&b.definition, &b.logging, &b.tracing)
}

/// The type that a request names; STANDARD when it names none.
pub fn machine_type(params: &Params) -> Result<MachineType, ApiError> {
    Ok(match params.one_of("type", &["STANDARD", "EXPRESS"])? {
        Some("EXPRESS") => MachineType::Express,
        _ => MachineType::Standard,
    })
}

fn refuse_versions(params: &Params) -> Result<(), ApiError> {
    if params.flag("publish", false)? {
        return Err(ApiError::unsupported("versions of state machines (`publish`)"));
    }
    match params.optional("versionDescription")? {
        Some(_) => Err(constraint("null", "publish", "Version description can only be set when publish is true")),
        None => Ok(()),
    }
}

fn role(arn: &str) -> Result<&str, ApiError> {
    let is_role = arn.starts_with("arn:") && arn.contains(":iam::");
    is_role.then_some(arn).ok_or_else(|| ApiError::client("InvalidArn", format!("Invalid Role Arn: '{arn}'")))
}

/// Logging is described, not done: the sandbox has no `CloudWatch` Logs.
fn logging(value: Option<&Value>) -> Result<Value, ApiError> {
    let level = value.and_then(|value| value["level"].as_str()).unwrap_or("OFF");
    let data = value.and_then(|value| value["includeExecutionData"].as_bool()).unwrap_or(false);
    let mut logging = json!({"level": level, "includeExecutionData": data});
    let destinations = value.and_then(|value| value["destinations"].as_array()).map_or(&[][..], Vec::as_slice);
    if destinations.len() > 1 || (level != "OFF" && destinations.is_empty()) {
        let message = "Invalid Logging Configuration: Must specify exactly one Log Destination.";
        return Err(ApiError::client("InvalidLoggingConfiguration", message));
    }
    if !destinations.is_empty() {
        logging["destinations"] = json!(destinations);
    }
    Ok(logging)
}

fn tracing(value: Option<&Value>) -> Value {
    let enabled = value.and_then(|value| value["enabled"].as_bool()).unwrap_or(false);
    json!({"enabled": enabled})
}

/// Tags by key.
pub type Tags = IndexMap<String, String>;
