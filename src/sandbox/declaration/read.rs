//! The file to the model, with all its problems at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::model::{AthenaSetup, Bucket, Declaration, Function, MachineKind, Placed, Seed, StateMachine};
use super::rules;
use super::tables::{ATHENA, BUCKET, DECLARATION, FUNCTION, STATE_MACHINE};
use crate::diagnostic::{Problem, Span};
use crate::yaml::field::{Fields, check};
use crate::yaml::{Entry, Kind, Node, parse_bytes};

impl Declaration {
    /// Reads a sandbox file, whose path is relative to the project's root. Every problem in it is told; the files that it names
    /// are not looked at yet.
    pub fn read(root: &Path, path: &Path) -> Result<Self, Vec<Problem>> {
        let bytes = std::fs::read(root.join(path))
            .map_err(|error| vec![Problem::at_file(path, format!("the sandbox file cannot be read: {error}"))])?;
        Self::parse(path, &bytes)
    }

    /// As [`Declaration::read`], from bytes; the path is for messages.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        let node = parse_bytes(path, bytes)?;
        if matches!(node.kind, Kind::Null) {
            return Ok(Self::default());
        }
        let mut problems = Vec::new();
        check(&node, &DECLARATION, &mut problems);
        if problems.iter().any(Problem::is_error) {
            return Err(problems);
        }
        let declaration = decode(&Fields::new(&node, &DECLARATION));
        problems.extend(judge(&declaration));
        if problems.is_empty() { Ok(declaration) } else { Err(problems) }
    }
}

fn decode(fields: &Fields<'_>) -> Declaration {
    Declaration {
        buckets: fields.map("buckets").iter().map(bucket).collect(),
        functions: fields.map("functions").iter().map(function).collect(),
        state_machines: fields.map("state_machines").iter().map(state_machine).collect(),
        rules: fields.map("rules").iter().map(rules::rule).collect(),
        athena: fields.node("athena").map(athena).unwrap_or_default(),
    }
}

fn bucket(entry: &Entry) -> Bucket {
    let fields = Fields::new(&entry.value, &BUCKET);
    let seeds = fields.map("seed").iter().flat_map(|seed| {
        let key = &seed.key.text;
        let files = seed.value.as_list().unwrap_or_else(|| std::slice::from_ref(&seed.value));
        files.iter().map(|file| Seed { key: key.clone(), files: placed(file) })
    });
    let event_bridge = fields.boolean("event_bridge").unwrap_or_default();
    Bucket { name: name(entry), event_bridge, seeds: seeds.collect() }
}

fn function(entry: &Entry) -> Function {
    let fields = Fields::new(&entry.value, &FUNCTION);
    Function {
        name: name(entry),
        runtime: text(&fields, "runtime").value,
        handler: fields.text("handler").unwrap_or_default().to_owned(),
        code: text(&fields, "code"),
        requirements: fields.texts("requirements").into_iter().map(|(text, _)| text.to_owned()).collect(),
        timeout: fields.duration("timeout").unwrap_or(Duration::from_secs(3)),
        memory: fields.integer("memory").and_then(|memory| u32::try_from(memory).ok()).unwrap_or(128),
        environment: texts(&fields, "environment").into_iter().map(|(key, text)| (key, text.value)).collect(),
    }
}

fn state_machine(entry: &Entry) -> StateMachine {
    let fields = Fields::new(&entry.value, &STATE_MACHINE);
    let kind = if fields.text("type") == Some("EXPRESS") { MachineKind::Express } else { MachineKind::Standard };
    StateMachine {
        name: name(entry),
        definition: text(&fields, "definition"),
        kind,
        substitutions: texts(&fields, "substitutions"),
    }
}

fn athena(node: &Node) -> AthenaSetup {
    let fields = Fields::new(node, &ATHENA);
    AthenaSetup {
        output: fields.node("output").map(placed),
        databases: fields.list("databases").iter().map(placed).collect(),
        statements: fields.list("statements").iter().map(placed).collect(),
    }
}

pub(super) fn name(entry: &Entry) -> Placed<String> {
    Placed { value: entry.key.text.clone(), span: entry.key.span.clone() }
}

fn text(fields: &Fields<'_>, name: &str) -> Placed<String> {
    let value = fields.text(name).unwrap_or_default().to_owned();
    Placed { value, span: fields.span_of(name).clone() }
}

fn texts(fields: &Fields<'_>, name: &str) -> BTreeMap<String, Placed<String>> {
    fields.map(name).iter().map(|entry| (entry.key.text.clone(), placed(&entry.value))).collect()
}

pub(super) fn placed(node: &Node) -> Placed<String> {
    Placed { value: node.as_text().unwrap_or_default().to_owned(), span: node.span.clone() }
}

/// What is wrong although each value is of its type.
fn judge(declaration: &Declaration) -> Vec<Problem> {
    let buckets = declaration.buckets.iter().filter_map(|bucket| judge_bucket(&bucket.name));
    let functions = declaration.functions.iter().filter_map(judge_function);
    let output = declaration.athena.output.iter().filter_map(|output| judge_output(declaration, output));
    let missing = judge_statements(&declaration.athena);
    buckets.chain(functions).chain(output).chain(missing).chain(rules::judge(declaration)).collect()
}

fn judge_bucket(name: &Placed<String>) -> Option<Problem> {
    let problem = || Problem::error(format!("`{}` is not a bucket name", name.value), &name.span);
    let help = "3 to 63 lower-case letters, digits, `.` and `-`, beginning and ending with a letter or digit";
    (!s3s::path::check_bucket_name(&name.value)).then(|| problem().with_help(help))
}

fn judge_function(function: &Function) -> Option<Problem> {
    let missing = function.handler.is_empty() && !function.runtime.starts_with("provided");
    missing.then(|| {
        let message = format!("function `{}` has no `handler`", function.name.value);
        Problem::error(message, &function.name.span).with_help("add `handler: file.function`")
    })
}

/// Athena writes a result for every statement.
fn judge_statements(athena: &AthenaSetup) -> Option<Problem> {
    let first = athena.statements.first().filter(|_| athena.output.is_none())?;
    let problem = Problem::error("`statements` need an `output` for their results", &first.span);
    Some(problem.with_help("add `output: s3://bucket/prefix/` under `athena`"))
}

fn judge_output(declaration: &Declaration, output: &Placed<String>) -> Option<Problem> {
    let error = |message: String, span: &Span| Problem::error(message, span);
    let Some(rest) = output.value.strip_prefix("s3://") else {
        let problem = error(format!("`{}` is not a place in S3", output.value), &output.span);
        return Some(problem.with_help("write `s3://bucket/prefix/`"));
    };
    let bucket = rest.split('/').next().unwrap_or_default();
    let known = declaration.buckets.iter().any(|known| known.name.value == bucket);
    (!known).then(|| {
        let problem = error(format!("there is no bucket `{bucket}` for the results of queries"), &output.span);
        problem.with_help(format!("add `{bucket}: {{}}` under `buckets`"))
    })
}
