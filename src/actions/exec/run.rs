//! `exec.run`: the command, its standard input, and what it said.

use async_trait::async_trait;
use serde_json::json;

use super::PROCESS;
use super::process::{Command, Ended, run};
use crate::actions::{Action, ActionError, Call, EffectRule, Group, Output, OutputField, Spec};
use crate::event::{Detail, Finding, IntentKind, Settlement};
use crate::service::stepfunctions::parsed;
use crate::value::{Map, Value};
use crate::yaml::field::{Field, Phase, Shape, Table};

/// `exec.run`.
#[derive(Debug)]
pub struct Run;

static ARGUMENTS: Table = Table::new(
    "exec.run",
    "Runs a command in the project's root. Off unless the target has `exec: true`.",
    &[
        Field::required("command", Shape::List(&Shape::Text), "The program and its arguments; no shell is involved.")
            .phase(Phase::Run),
        Field::required(
            "effect",
            Shape::OneOf(&["read", "execute", "write", "destroy"]),
            "What the command does to the account.",
        ),
        Field::optional("stdin", Shape::Any, "Given as JSON on its standard input.").phase(Phase::Run),
    ],
);

static SPEC: Spec = Spec {
    name: "exec.run",
    doc: "Runs a command on this machine.",
    effect: EffectRule::Declared("effect"),
    arguments: &ARGUMENTS,
    shorthand: None,
    outputs: &[
        OutputField { name: "exit_code", doc: "The exit code; null if a signal ended it." },
        OutputField { name: "stdout", doc: "What it wrote, parsed where it is JSON; text without its last line end." },
        OutputField { name: "stderr", doc: "What it wrote to standard error, text." },
    ],
    resources: &[],
    files: &[],
    groups: &[Group { fields: &["exit_code"], doc: "`exit_code` is 0", wrong: not_zero }],
    expect_required: false,
};

#[async_trait]
impl Action for Run {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn run(&self, call: &Call<'_>) -> Result<Output, ActionError> {
        let command = command(call)?;
        let intended = call
            .intend(IntentKind::Started, PROCESS, &command.words.join(" "), json!({ "call": command.call }))
            .await?;
        (call.waits_for)(format!("{} to end", command.words[0]));
        let ended = run(&command).await;
        call.settle(intended, Settlement::Ended).await?;
        ended.map(document)
    }
}

fn command(call: &Call<'_>) -> Result<Command, ActionError> {
    let words = call.arguments.list("command")?.unwrap_or_default();
    let word = |value: &Value| match value {
        Value::Text(text) => Ok(text.clone()),
        Value::Number(number) => Ok(crate::value::number_text(number)),
        Value::Date(date) => Ok(date.to_string()),
        other => {
            let message = format!("a word of `command` must be text, but is {} {}", other.type_name(), other.display());
            Err(ActionError::invalid(message, call.arguments.span("command")))
        }
    };
    let words = words.iter().map(word).collect::<Result<Vec<_>, _>>()?;
    if words.is_empty() {
        return Err(ActionError::invalid("`command` is empty", call.arguments.span("command")));
    }
    let stdin = call.arguments.get("stdin").map(|value| value.to_json().to_string());
    Ok(Command {
        words,
        stdin,
        folder: call.root.to_path_buf(),
        run: call.name.run.to_string(),
        call: uuid::Uuid::new_v4().to_string(),
    })
}

fn document(ended: Ended) -> Output {
    let details = vec![Detail::new("stderr", ended.stderr.trim_end()), Detail::new("stdout", ended.stdout.trim_end())];
    let fields = Map::from([
        ("exit_code".to_owned(), ended.exit_code.map_or(Value::Null, Value::integer)),
        ("stdout".to_owned(), Value::from_json(parsed(without_line_end(&ended.stdout)))),
        ("stderr".to_owned(), Value::text(ended.stderr)),
    ]);
    Output::with_details(Value::Map(fields), details.into_iter().filter(|d| !d.text.is_empty()).collect())
}

/// Commands end their output with a line end that nobody means.
fn without_line_end(text: &str) -> &str {
    text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text))
}

/// By default a command exits with 0.
fn not_zero(output: &Value) -> Option<Finding> {
    let code = output.get("exit_code").filter(|code| **code != Value::integer(0))?;
    Some(Finding {
        path: Some("exit_code".to_owned()),
        expected: Some("0".to_owned()),
        actual: Some(code.display().to_string()),
        ..Finding::new(format!("the command ended with exit code {}", code.display()))
    })
}
