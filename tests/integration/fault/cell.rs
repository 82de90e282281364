//! One cell of the table: the real product against a sandbox of its own, one call of it going wrong; and what came of it.

use std::process::{Output, Stdio};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use serde_json::Value;
use shakedown::sandbox::{ACCESS_KEY, Declaration, Options, SECRET_KEY, Sandbox};

use super::columns::Column;
use super::faults::Fault;
use super::proxy::{Plan, Proxy};
use crate::scratch::{Scratch, events, of_kind, run_folders};

/// The time of a step that nothing but its own time ends.
const SHORT: &str = "4s";
/// The time of every other step: never met.
const LONG: &str = "5m";
/// A process that takes longer hangs.
const LIMIT: Duration = Duration::from_mins(2);

/// How often a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dose {
    Once,
    Always,
}

/// A cell.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    pub column: Column,
    pub fault: Fault,
    pub dose: Dose,
}

/// What came of it.
#[derive(Debug)]
pub struct Observed {
    /// The process's exit code; none if it had to be killed.
    pub exit: Option<i32>,
    /// The case's outcome; `not begun` where the run did not start.
    pub outcome: String,
    /// What was printed, with the events.
    pub text: String,
    /// What is said to be left over, or still running.
    pub told: usize,
    /// Executions, by the sandbox's count.
    pub executions: usize,
    /// Executions that run still.
    pub running: usize,
    /// Invocations that arrived.
    pub invocations: u64,
    /// The keys in the bucket.
    pub keys: Vec<String>,
    /// How often the operation at fault was called.
    pub calls: usize,
}

impl std::fmt::Display for Observed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { outcome, told, executions, running, invocations, calls, .. } = self;
        writeln!(
            f,
            "{outcome}, {told} told, {executions} executions of which {running} run, {invocations} invocations, {calls} calls"
        )?;
        writeln!(f, "    {:?}", self.keys)?;
        self.text.lines().try_for_each(|line| writeln!(f, "    {line}"))
    }
}

const SANDBOX: &str = "
buckets: {things: {seed: {seed/: 'seed/*.txt'}}}
functions:
  echo: {runtime: python3.11, handler: handler.handler, code: functions/echo, timeout: 20s}
state_machines:
  add: {definition: machines/add.asl.json}
  quick: {definition: machines/add.asl.json, type: EXPRESS}
  sleep: {definition: machines/sleep.asl.json}
athena: {output: 's3://things/results/', databases: [lake]}
";

/// Machines whose executions are counted.
const MACHINES: [&str; 2] = ["add", "sleep"];

impl Cell {
    /// Whether the fault can be had here.
    pub fn makes_sense(&self) -> bool {
        let cuts_a_body = matches!(self.fault, Fault::Truncated | Fault::Empty | Fault::TooShort);
        self.fault.deed(self.column.operation).is_some() && !(self.column.bodyless && cuts_a_body)
    }

    /// Whether nothing but the step's own time ends it: a call that has no time-out of its own, or a watch that goes on.
    fn needs_a_time(&self) -> bool {
        let is_watch = ["stepfunctions.DescribeExecution", "athena.GetQueryExecution"].contains(&self.column.operation);
        let takes_its_time = ["s3.PutObject", "lambda.Invoke", "stepfunctions.StartSyncExecution"];
        let is_body = self.column.operation == "s3.GetObject" && self.fault == Fault::DripBeyond;
        (self.fault.takes_for_ever() && takes_its_time.contains(&self.column.operation))
            || (is_watch && self.dose == Dose::Always)
            || is_body
    }

    /// Runs it.
    pub async fn run(&self) -> Observed {
        let scratch = self.scratch();
        let sandbox = sandbox(&scratch).await;
        let plan = Plan {
            operation: self.column.operation,
            from: self.column.from,
            always: self.dose == Dose::Always,
            fault: self.fault,
        };
        let proxy = Proxy::start(sandbox.endpoint(), plan).await;
        let scratch = scratch.with("shakedown.yaml", project(&proxy.endpoint));
        let output = shakedown(&scratch).await;
        let observed = observe(&scratch, &sandbox, &proxy, self.column.operation, output).await;
        sandbox.shutdown().await;
        observed
    }

    fn scratch(&self) -> Scratch {
        let time = if self.needs_a_time() { SHORT } else { LONG };
        let steps = self.column.steps.replace("TIMEOUT", time);
        let suite = format!("suite: s\ncases:\n  - case: c\n    id: c\n    steps:{steps}\n");
        let lines =
            |n: u32| (1..n).map(|i| format!("line {i},some words to make it longer")).collect::<Vec<_>>().join("\n");
        Scratch::of(&suite)
            .with("sandbox.yaml", SANDBOX)
            .with("seed/a.txt", "a")
            .with("seed/b.txt", format!("{},line 9", lines(9)))
            .with("seed/c.txt", "c")
            .with("rows.csv", "id,name\n1,one\n2,two\n")
    }
}

fn project(endpoint: &str) -> String {
    format!(
        "version: 1\nproject: faults\ndefaults: {{cleanup: 6s}}\ntargets:\n  uat:\n    account: \"000000000000\"\n    region: eu-west-1\n    \
         endpoint: \"{endpoint}\"\n    allow: [read, execute, write, destroy]\n    athena: {{output: \"s3://things/results/\"}}\n    limits: {{answer: 3s}}\n"
    )
}

async fn sandbox(scratch: &Scratch) -> Sandbox {
    let root = scratch.root().to_owned();
    let declaration = Declaration::read(&root, "sandbox.yaml".as_ref()).unwrap();
    let options = Options {
        port: None,
        region: "eu-west-1".to_owned(),
        declaration: Some(declaration),
        cache_dir: root.join("cache"),
        root,
    };
    Sandbox::start(options).await.unwrap()
}

/// The binary to its end; none if it does not end.
async fn shakedown(scratch: &Scratch) -> Option<Output> {
    let mut command = tokio::process::Command::from(scratch.command(&["run", "--target", "uat"]));
    let command = command.stdin(Stdio::null()).kill_on_drop(true);
    tokio::time::timeout(LIMIT, command.output()).await.ok().map(Result::unwrap)
}

async fn observe(
    scratch: &Scratch,
    sandbox: &Sandbox,
    proxy: &Proxy,
    operation: &str,
    output: Option<Output>,
) -> Observed {
    let events = run_folders(scratch.root()).first().map(|folder| events(folder)).unwrap_or_default();
    let finished = of_kind(&events, "case_finished").next().map(|finished| &finished["result"]["outcome"]);
    let outcome = finished.and_then(Value::as_object).and_then(|outcome| outcome.keys().next().cloned());
    let calls = sandbox.calls();
    let called = |service: &str| calls.keys().any(|call| call.starts_with(service));
    let (executions, running) =
        if called("stepfunctions.StartExecution") { executions(sandbox.endpoint()).await } else { (0, 0) };
    let has_objects = called("s3.") || called("athena.");
    let printed = output.as_ref().map_or_else(String::new, |output| {
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    });
    let told = of_kind(&events, "cleaned_up").filter(|item| item.get("problem").is_some()).count();
    Observed {
        exit: output.and_then(|output| output.status.code()),
        outcome: outcome.unwrap_or_else(|| "not begun".to_owned()),
        text: printed,
        told,
        executions,
        running,
        invocations: calls.get("lambda.Invoke").copied().unwrap_or(0),
        keys: if has_objects { keys(sandbox.endpoint()).await } else { Vec::new() },
        calls: proxy.seen(operation),
    }
}

fn credentials() -> Credentials {
    Credentials::from_keys(ACCESS_KEY, SECRET_KEY, None)
}

/// How many executions there are, and how many of them run.
async fn executions(endpoint: &str) -> (usize, usize) {
    let config = aws_sdk_sfn::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(endpoint)
        .credentials_provider(credentials())
        .http_client(super::plain_http())
        .build();
    let client = aws_sdk_sfn::Client::from_conf(config);
    let mut all = Vec::new();
    for machine in MACHINES {
        let arn = format!("arn:aws:states:eu-west-1:000000000000:stateMachine:{machine}");
        all.extend(client.list_executions().state_machine_arn(arn).send().await.unwrap().executions);
    }
    let running = all.iter().filter(|execution| execution.status().as_str() == "RUNNING").count();
    (all.len(), running)
}

async fn keys(endpoint: &str) -> Vec<String> {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .credentials_provider(credentials())
        .http_client(super::plain_http())
        .build();
    let client = aws_sdk_s3::Client::from_conf(config);
    let listed = client.list_objects_v2().bucket("things").send().await.unwrap();
    listed.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect()
}
