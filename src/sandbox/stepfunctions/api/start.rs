//! Starting executions, and driving them to their end.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use crate::sandbox::wire::ApiError;

use super::super::{
    clock::epoch,
    history::{History, LIMIT},
    interpreter::{Identity, Place, Run},
};
use super::execution::{Execution, Status};
use super::input;
use super::names::{check, no_machine, wrong_type};
use super::params::Params;
use super::record::{MachineType, Record};
use super::service::{StepFunctions, Store};

/// An EXPRESS execution lasts at most five minutes (quota of Step Functions).
const EXPRESS_LIMIT: Duration = Duration::from_mins(5);

/// What a request to start asks for.
struct Request {
    machine_arn: String,
    name: String,
    input: String,
    document: Value,
}

impl StepFunctions {
    pub(super) fn start(self: &StepFunctions, params: &Params) -> Result<Value, ApiError> {
        let request = request(params)?;
        let mut store = self.lock();
        let record = store.machines.get(&request.machine_arn).ok_or_else(|| no_machine(&request.machine_arn))?;
        let arn = self.execution_arn(record, &request.name);
        if let Some(existing) = store.executions.get(&arn) {
            return repeated(existing, &request);
        }
        let (execution, run) = self.begin(&mut store, arn, request)?;
        // Under the lock: who finds the execution, to stop it, finds its task too.
        let driven = tokio::spawn(drive(run, Arc::clone(&execution)));
        execution.driven_by(driven.abort_handle());
        drop(store);
        Ok(json!({"executionArn": execution.identity.arn, "startDate": epoch(execution.identity.started)}))
    }

    pub(super) async fn start_sync(&self, params: &Params) -> Result<Value, ApiError> {
        let request = request(params)?;
        let data = params.one_of("includedData", &["ALL_DATA", "METADATA_ONLY"])? != Some("METADATA_ONLY");
        let (execution, driven) = {
            let mut store = self.lock();
            let record = store.machines.get(&request.machine_arn).ok_or_else(|| no_machine(&request.machine_arn))?;
            if record.kind == MachineType::Standard {
                return Err(wrong_type());
            }
            let arn = self.execution_arn(record, &request.name);
            let (execution, run) = self.begin(&mut store, arn, request)?;
            let driven = tokio::spawn(drive(run, Arc::clone(&execution)));
            execution.driven_by(driven.abort_handle());
            (execution, driven)
        };
        // A task that was aborted by a shutdown has marked its execution so.
        let ended = driven.await;
        self.lock().executions.shift_remove(&execution.identity.arn);
        match ended {
            Err(error) if error.is_panic() => Err(ApiError::new(500, "InternalServerError", error.to_string())),
            _ => Ok(execution.describe_sync(data)),
        }
    }

    fn execution_arn(&self, record: &Record, name: &str) -> String {
        let (region, account, machine) = (&self.config.region, &self.config.account, &record.name);
        match record.kind {
            MachineType::Standard => format!("arn:aws:states:{region}:{account}:execution:{machine}:{name}"),
            MachineType::Express => {
                let unique = uuid::Uuid::new_v4();
                format!("arn:aws:states:{region}:{account}:express:{machine}:{name}:{unique}")
            }
        }
    }

    /// Keeps a new execution of a machine that is there.
    fn begin(&self, store: &mut Store, arn: String, request: Request) -> Result<(Arc<Execution>, Run), ApiError> {
        store.sequence += 1;
        let sequence = store.sequence;
        let record = store.machines.get_mut(&request.machine_arn).ok_or_else(|| no_machine(&request.machine_arn))?;
        record.started += 1;
        let identity = Identity {
            arn: arn.clone(),
            name: request.name,
            role_arn: record.revision.role_arn.clone(),
            machine_arn: record.arn.clone(),
            machine_name: record.name.clone(),
            input: request.document,
            started: self.clock.now(),
        };
        let limit = (record.kind == MachineType::Standard).then_some(LIMIT);
        let history = Arc::new(History::new(self.clock, limit));
        let run = Run {
            clock: self.clock,
            tasks: Arc::clone(&self.tasks),
            tokens: self.tokens.clone(),
            map_runs: self.map_runs.clone(),
            history: Arc::clone(&history),
            machine: Arc::clone(&record.revision.machine),
            identity: identity.clone(),
            place: Place { region: self.config.region.clone(), account: self.config.account.clone() },
            express: record.kind == MachineType::Express,
        };
        let revision = record.revision.clone();
        let execution = Arc::new(Execution::begin(sequence, identity, request.input, revision, history, self.clock));
        if run.express {
            store.executions.retain(|_, kept| !kept.is_express() || kept.status() == Status::Running);
        }
        store.executions.insert(arn, Arc::clone(&execution));
        Ok((execution, run))
    }
}

/// Walks the machine within its time, and writes the end. An end that is never reached is written too.
async fn drive(run: Run, execution: Arc<Execution>) {
    let execution = EndsOnDrop(execution);
    let limits = [run.machine.timeout, run.express.then_some(EXPRESS_LIMIT)];
    let limit = limits.into_iter().flatten().min();
    let ended = run.clock.within(limit, run.execute()).await;
    execution.0.finish(ended);
}

/// Ends an execution whose task goes away before it could.
struct EndsOnDrop(Arc<Execution>);

impl Drop for EndsOnDrop {
    fn drop(&mut self) {
        self.0.lose();
    }
}

fn request(params: &Params) -> Result<Request, ApiError> {
    let machine_arn = params.arn("stateMachineArn")?.to_owned();
    let name = match params.optional("name")? {
        Some(name) => name.to_owned(),
        None => uuid::Uuid::new_v4().to_string(),
    };
    check(&name)?;
    let input = params.optional("input")?.unwrap_or("{}").to_owned();
    let document = input::parse(&input)?;
    Ok(Request { machine_arn, name, input, document })
}

/// The same name and input while the execution runs is the same execution; anything else is refused.
fn repeated(existing: &Execution, request: &Request) -> Result<Value, ApiError> {
    if existing.status() == Status::Running && existing.input == request.input {
        return Ok(json!({
            "executionArn": existing.identity.arn, "startDate": epoch(existing.identity.started),
        }));
    }
    let message = format!("Execution Already Exists: '{}'", existing.identity.arn);
    Err(ApiError::client("ExecutionAlreadyExists", message))
}
