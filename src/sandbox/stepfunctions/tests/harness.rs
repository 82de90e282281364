//! A sandbox with tasks that do as their names say.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::sandbox::stepfunctions::{Config, StepFunctions, TaskCall, TaskFailure, TaskOutput, TaskRunner};
use crate::sandbox::wire::ApiError;

/// The role of every machine.
pub const ROLE: &str = "arn:aws:iam::000000000000:role/r";

/// The ARN of a function of the sandbox.
pub fn function(name: &str) -> String {
    format!("arn:aws:lambda:eu-west-1:000000000000:function:{name}")
}

/// Tasks by the last word of their resource: `echo` gives its parameters back, `fail` fails, `slow` takes a minute,
/// `flaky` fails twice, `large` answers too much, `job.sync` reports a submission, `put` keeps objects and `get` reads them.
#[derive(Default)]
pub struct Tasks {
    calls: AtomicU64,
    /// The objects that were put, in order.
    pub objects: Mutex<Vec<Value>>,
}

impl Tasks {
    /// How often any task was called.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl TaskRunner for Tasks {
    async fn run(&self, call: TaskCall) -> Result<TaskOutput, TaskFailure> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        let failure = |error: &str| TaskFailure { error: error.to_owned(), cause: format!("call {number}") };
        let output = match call.resource.rsplit(':').next().unwrap_or_default() {
            "echo" | "ask.waitForTaskToken" => call.parameters,
            "fail" => return Err(failure("Custom")),
            "slow" => {
                tokio::time::sleep(Duration::from_mins(1)).await;
                json!("late")
            }
            "flaky" if number < 2 => return Err(failure("Flaky")),
            "flaky" => json!(number),
            "large" => json!("x".repeat(262_144)),
            "job.sync" => {
                call.submitted.report(json!({"Id": 1}));
                tokio::time::sleep(Duration::from_secs(30)).await;
                json!({"State": "SUCCEEDED"})
            }
            "getObject" => json!({"Body": call.parameters["Key"]}),
            "putObject" => {
                self.objects.lock().unwrap().push(call.parameters);
                json!({})
            }
            other => panic!("no task {other}"),
        };
        Ok(TaskOutput { output })
    }

    fn supports(&self, resource: &str) -> bool {
        !resource.contains("unknown")
    }
}

/// A service with such tasks.
pub struct Sandbox {
    pub service: StepFunctions,
    pub tasks: Arc<Tasks>,
}

impl Sandbox {
    pub fn new() -> Self {
        let tasks = Arc::new(Tasks::default());
        let config = Config { region: "eu-west-1".to_owned(), account: "000000000000".to_owned() };
        Self { service: StepFunctions::new(config, Arc::<Tasks>::clone(&tasks)), tasks }
    }

    pub async fn call(&self, operation: &str, body: Value) -> Result<Value, ApiError> {
        self.service.handle(operation, body).await
    }

    /// Creates a machine of a type and gives its ARN.
    pub async fn create(&self, name: &str, definition: &Value, kind: &str) -> Result<String, ApiError> {
        let body = json!({"name": name, "definition": definition.to_string(), "roleArn": ROLE, "type": kind});
        let answer = self.call("CreateStateMachine", body).await?;
        Ok(answer["stateMachineArn"].as_str().unwrap().to_owned())
    }

    /// Starts an execution of a new machine and gives its ARN.
    pub async fn start(&self, definition: &Value, input: &Value) -> String {
        let machine = self.create("m", definition, "STANDARD").await.unwrap();
        let body = json!({"stateMachineArn": machine, "input": input.to_string(), "name": "e"});
        let answer = self.call("StartExecution", body).await.unwrap();
        answer["executionArn"].as_str().unwrap().to_owned()
    }

    /// Waits until an execution ends and gives its description.
    pub async fn ended(&self, execution: &str) -> Value {
        loop {
            let answer = self.call("DescribeExecution", json!({"executionArn": execution})).await.unwrap();
            if answer["status"] != "RUNNING" {
                return answer;
            }
            // Paused time moves only when every task waits.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Runs a definition to its end.
    pub async fn run(&self, definition: &Value, input: &Value) -> Value {
        let execution = self.start(definition, input).await;
        self.ended(&execution).await
    }

    /// All events of an execution.
    pub async fn events(&self, execution: &str) -> Vec<Value> {
        let answer = self.call("GetExecutionHistory", json!({"executionArn": execution, "maxResults": 1000})).await;
        answer.unwrap()["events"].as_array().unwrap().clone()
    }

    /// The events as `id<-previous type`.
    pub async fn line(&self, execution: &str) -> Vec<String> {
        let events = self.events(execution).await;
        let short = |e: &Value| format!("{}<-{} {}", e["id"], e["previousEventId"], e["type"].as_str().unwrap());
        events.iter().map(short).collect()
    }
}

/// A machine of one state that ends.
pub fn one(mut state: Value) -> Value {
    state["End"] = json!(true);
    machine(json!({"A": state}))
}

/// A machine that begins with its first state.
pub fn machine(states: Value) -> Value {
    let first = states.as_object().unwrap().keys().next().unwrap().clone();
    json!({"StartAt": first, "States": states})
}

/// Runs a definition and checks status and output or error with cause.
pub async fn check(definition: Value, input: Value, expected: Value) {
    let answer = Sandbox::new().run(&definition, &input).await;
    let output = answer["output"].as_str().map(|text| serde_json::from_str::<Value>(text).unwrap());
    let actual = match output {
        Some(output) => json!({"output": output}),
        None => json!({"error": answer["error"], "cause": answer["cause"]}),
    };
    assert_eq!(actual, expected, "{definition} on {input}");
}
