//! What is declared, put into the services: buckets and seeds, functions, databases and statements, state machines.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::declaration::{
    Declaration, Function, Loaded, LoadedMachine, LoadedRule, Placed, Recipient, RuleInput, Script, SeedObject, Target,
};
use super::lambda::{Code, FunctionSpec};
use super::s3::Attributes;
use super::server::JsonService;
use super::services::Services;
use super::sts::ACCOUNT;
use super::wire::ApiError;
use crate::diagnostic::Problem;

/// First and longest delay between two looks at a statement.
const DELAYS: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(100));

/// Puts everything in its place. All problems are told, each at the place that declares what was refused.
pub async fn furnish(
    services: &Services,
    declaration: Option<&Declaration>,
    loaded: &Loaded,
) -> Result<(), Vec<Problem>> {
    let Some(declaration) = declaration else { return Ok(()) };
    let mut problems = Vec::new();
    for (bucket, objects) in declaration.buckets.iter().zip(loaded.buckets.iter().map(|(_, objects)| objects)) {
        problems.extend(fill(services, &bucket.name, objects).await.err());
    }
    for (function, code) in &loaded.functions {
        problems.extend(create_function(services, function, code));
    }
    for machine in &loaded.state_machines {
        problems.extend(create_state_machine(services, machine).await.err());
    }
    for rule in &loaded.rules {
        problems.extend(create_rule(services, rule).await.err());
    }
    problems.extend(query(services, declaration, loaded).await);
    if problems.is_empty() {
        problems.extend(prepare_functions(services, declaration).await.err());
    }
    problems.extend(send_events(services, declaration));
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

async fn fill(services: &Services, bucket: &Placed<String>, objects: &[SeedObject]) -> Result<(), Problem> {
    let refused = |error: ApiError| problem(&format!("S3 refuses bucket `{}`", bucket.value), &error, bucket);
    services.store.create_bucket(&bucket.value).map_err(refused)?;
    for object in objects {
        let attributes = content_type(&object.path).map(Attributes::of_type).unwrap_or_default();
        let put = services.store.put_file(&bucket.value, &object.key, &object.path, attributes).await;
        put.map_err(|error| problem(&format!("S3 refuses `{}`", object.path.display()), &error, bucket))?;
    }
    Ok(())
}

/// What the aws CLI guesses from these names.
fn content_type(path: &Path) -> Option<&'static str> {
    match path.extension()?.to_str()? {
        "csv" => Some("text/csv"),
        "json" => Some("application/json"),
        "txt" => Some("text/plain"),
        _ => None,
    }
}

fn create_function(services: &Services, function: &Function, code: &Path) -> Option<Problem> {
    let code = match read_code(code) {
        Ok(code) => code,
        Err(error) => {
            let message = format!("`{}` cannot be read: {error}", function.code.value);
            return Some(Problem::error(message, &function.code.span));
        }
    };
    let spec = FunctionSpec {
        name: function.name.value.clone(),
        runtime: function.runtime.clone(),
        handler: function.handler.clone(),
        code,
        environment: function.environment.clone(),
        timeout: function.timeout,
        memory_mb: function.memory,
        requirements: function.requirements.clone(),
    };
    let refused =
        |error| problem(&format!("Lambda refuses function `{}`", function.name.value), &error, &function.name);
    services.lambda.create(spec).map_err(refused).err()
}

fn read_code(path: &Path) -> std::io::Result<Code> {
    if path.is_dir() { Ok(Code::Directory(path.to_owned())) } else { std::fs::read(path).map(Code::Zip) }
}

/// Requirements are installed before the first request, which would wait for them otherwise.
async fn prepare_functions(services: &Services, declaration: &Declaration) -> Result<(), Problem> {
    let Some(first) = declaration.functions.first() else { return Ok(()) };
    let refused = |error| problem("the functions cannot be prepared", &error, &first.name);
    services.lambda.prepare().await.map_err(refused)
}

async fn create_state_machine(services: &Services, machine: &LoadedMachine) -> Result<(), Problem> {
    let declared = &machine.declared;
    let body = json!({
        "name": declared.name.value,
        "definition": machine.definition,
        "type": declared.kind.as_str(),
        "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/sandbox"),
    });
    let refused = |error| {
        let what = format!("Step Functions refuses `{}`", declared.definition.value);
        problem(&what, &error, &declared.definition)
    };
    services.step_functions.handle("CreateStateMachine", body).await.map(drop).map_err(refused)
}

/// What was put into the buckets before is what they hold from the start: it sends no events.
fn send_events(services: &Services, declaration: &Declaration) -> Vec<Problem> {
    let sending = declaration.buckets.iter().filter(|bucket| bucket.event_bridge);
    let send = |name: &Placed<String>| {
        let sent = services.store.send_events(&name.value, true);
        sent.map_err(|error| problem(&format!("S3 refuses the events of `{}`", name.value), &error, name)).err()
    };
    sending.filter_map(|bucket| send(&bucket.name)).collect()
}

async fn create_rule(services: &Services, rule: &LoadedRule) -> Result<(), Problem> {
    let declared = &rule.declared;
    let name = &declared.name;
    let refused = |error| problem(&format!("EventBridge refuses rule `{}`", name.value), &error, name);
    let body = json!({
        "Name": name.value,
        "EventPattern": rule.pattern,
        "ScheduleExpression": declared.schedule.as_ref().map(|schedule| &schedule.value),
        "Description": declared.description,
        "State": if declared.enabled { "ENABLED" } else { "DISABLED" },
    });
    services.events.handle("PutRule", body).await.map_err(refused)?;
    let region = services.store.region();
    let targets: Vec<Value> =
        declared.targets.iter().enumerate().map(|(at, target)| target_of(target, at + 1, region)).collect();
    let body = json!({"Rule": name.value, "Targets": targets});
    services.events.handle("PutTargets", body).await.map(drop).map_err(refused)
}

/// A target as the API has it; its id is its place in the list.
fn target_of(target: &Target, id: usize, region: &str) -> Value {
    let mut body = match &target.recipient {
        Recipient::StateMachine(name) => json!({
            "Arn": format!("arn:aws:states:{region}:{ACCOUNT}:stateMachine:{}", name.value),
            "RoleArn": format!("arn:aws:iam::{ACCOUNT}:role/sandbox"),
        }),
        Recipient::Function(name) => {
            json!({"Arn": format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{}", name.value)})
        }
    };
    body["Id"] = json!(id.to_string());
    match &target.input {
        RuleInput::Event => {}
        RuleInput::Constant(value) => body["Input"] = json!(value.to_string()),
        RuleInput::Path(path) => body["InputPath"] = json!(path),
        RuleInput::Transformer { paths, template } => {
            body["InputTransformer"] = json!({"InputPathsMap": paths, "InputTemplate": template});
        }
    }
    body
}

/// Databases, then statements in their order. After a statement that fails the others are not run: they may need it.
async fn query(services: &Services, declaration: &Declaration, loaded: &Loaded) -> Vec<Problem> {
    let mut problems = Vec::new();
    for database in &declaration.athena.databases {
        let body = json!({"DatabaseInput": {"Name": database.value}});
        let refused = |error| problem(&format!("Glue refuses database `{}`", database.value), &error, database);
        problems.extend(services.glue.handle("CreateDatabase", body).await.map_err(refused).err());
    }
    if problems.is_empty() {
        let database = declaration.athena.databases.first().map(|database| database.value.as_str());
        problems.extend(run_scripts(services, &loaded.scripts, database).await.err());
    }
    problems
}

async fn run_scripts(services: &Services, scripts: &[Script], database: Option<&str>) -> Result<(), Problem> {
    for statement in scripts.iter().flat_map(|script| &script.statements) {
        let failed = |reason: String| Problem::error(format!("the statement fails: {reason}"), &statement.span);
        run(&*services.athena, &statement.value, database).await.map_err(failed)?;
    }
    Ok(())
}

async fn run(athena: &dyn JsonService, statement: &str, database: Option<&str>) -> Result<(), String> {
    let mut body = json!({"QueryString": statement});
    if let Some(database) = database {
        body["QueryExecutionContext"] = json!({"Database": database});
    }
    let text = |error: ApiError| error.to_string();
    let started = athena.handle("StartQueryExecution", body).await.map_err(text)?;
    let query = json!({"QueryExecutionId": started["QueryExecutionId"]});
    let mut delay = DELAYS.0;
    loop {
        let answer = athena.handle("GetQueryExecution", query.clone()).await.map_err(text)?;
        let status = &answer["QueryExecution"]["Status"];
        match status["State"].as_str() {
            Some("SUCCEEDED") => return Ok(()),
            Some("FAILED" | "CANCELLED") | None => return Err(reason(status)),
            Some(_) => tokio::time::sleep(delay).await,
        }
        delay = (delay * 2).min(DELAYS.1);
    }
}

fn reason(status: &Value) -> String {
    status["StateChangeReason"].as_str().map_or_else(|| status.to_string(), str::to_owned)
}

fn problem(what: &str, error: &ApiError, place: &Placed<String>) -> Problem {
    Problem::error(format!("{what}: {error}"), &place.span)
}
