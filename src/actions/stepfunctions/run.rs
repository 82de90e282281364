//! `stepfunctions.run`: starts an execution under a derived name, once, and watches it.

use async_trait::async_trait;
use serde_json::json;

use super::document::document;
use super::output::{DEFAULTS, OUTPUTS, not_waited_for};
use super::{EXECUTION, names, watch};
use crate::actions::{Action, ActionError, Call, EffectRule, ErrorKind, Intended, Output, Spec};
use crate::event::{Effect, IntentKind, Settlement};
use crate::service::Services;
use crate::service::stepfunctions::parsed;
use crate::target::AwsFacts;
use crate::value::Value;
use crate::yaml::field::{Field, Phase, Shape, Table};

/// Input above this is refused by AWS (Step Functions quotas page: 256 KiB).
const INPUT_LIMIT: usize = 262_144;

/// `stepfunctions.run`.
#[derive(Debug)]
pub struct Run;

pub(super) static ARGUMENTS: Table = Table::new(
    "stepfunctions.run",
    "Runs a STANDARD state machine: started once, under a name derived from run, case, step and attempt.",
    &[
        Field::required("state_machine", Shape::Text, "The state machine's name or ARN.").phase(Phase::Plan),
        Field::optional("input", Shape::Any, "The input, any JSON value.").default("{}").phase(Phase::Run),
        Field::optional(
            "wait",
            Shape::Boolean,
            "`false` starts it only: a later `stepfunctions.wait` must wait for it, or it is stopped at the case's end.",
        )
        .default("true"),
    ],
);

static SPEC: Spec = Spec {
    name: "stepfunctions.run",
    doc: "Starts an execution of a STANDARD state machine and watches it to its end.",
    effect: EffectRule::Always(Effect::Execute),
    arguments: &ARGUMENTS,
    shorthand: None,
    outputs: OUTPUTS,
    resources: &["state_machine"],
    files: &[],
    groups: DEFAULTS,
    expect_required: false,
};

#[async_trait]
impl Action for Run {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn run(&self, call: &Call<'_>) -> Result<Output, ActionError> {
        let named = call.arguments.text("state_machine")?;
        call.own("state_machine", named)?;
        let machine = call.services.state_machine_arn(named);
        let input = input(call)?;
        let definition = standard(call, &machine, "use stepfunctions.run_sync").await?;
        let (arn, intended) = start(call, &machine, &input).await?;
        if !call.arguments.flag("wait", true)? {
            return Ok(not_waited_for(call.services, &arn));
        }
        let execution = watch::to_the_end(call, &arn).await.map_err(ActionError::after_start)?;
        call.settle(intended, Settlement::Ended).await?;
        document(call, execution, definition).await.map_err(ActionError::after_start)
    }
}

/// The input as JSON text.
pub(super) fn input(call: &Call<'_>) -> Result<String, ActionError> {
    let input = call.arguments.raw("input").map_or_else(|| json!({}), Value::to_json).to_string();
    if input.len() > INPUT_LIMIT {
        let message = format!("`input` has {} bytes; Step Functions takes {INPUT_LIMIT}", input.len());
        return Err(ActionError::invalid(message, call.arguments.span("input")));
    }
    Ok(input)
}

/// Refuses an EXPRESS machine, and names that it does not have. The definition that an execution will run by; none where a version or alias decides that.
pub(super) async fn standard(call: &Call<'_>, machine: &str, instead: &str) -> Result<Option<String>, ActionError> {
    let described = call.services.describe_state_machine(machine).await;
    let described = described.map_err(|e| ActionError::aws(format!("describe the state machine {machine}"), e))?;
    if described.express {
        let message = format!("{machine} is an EXPRESS state machine, which cannot be watched");
        return Err(ActionError::invalid(message, call.arguments.span("state_machine")).with_help(instead));
    }
    let definition = (described.arn == machine).then_some(described.definition);
    if let Some(definition) = &definition {
        names::check(call, definition)?;
    }
    Ok(definition)
}

/// Starts the execution under its intent; its ARN. It is never started twice: the name is the run's, the step's and the attempt's own.
async fn start(call: &Call<'_>, machine: &str, input: &str) -> Result<(String, Intended), ActionError> {
    let name = call.name.execution_name();
    let expected = Services::execution_arn(machine, &name);
    let intended = intend(call, &expected).await?;
    let arn = match call.services.start_execution(machine, &name, input).await {
        Ok(arn) => arn,
        Err(error) if leaves_open(&error) => {
            reattach(call, &expected, machine, input, error, intended).await?;
            return Ok((expected, intended));
        }
        Err(error) => {
            call.settle(intended, Settlement::NeverWas).await?;
            return Err(ActionError::aws(format!("start an execution of {machine}"), error));
        }
    };
    if arn == expected {
        return Ok((arn, intended));
    }
    // AWS named it otherwise than foreseen: what is to be stopped is what AWS says.
    let real = intend(call, &arn).await?;
    call.settle(intended, Settlement::NeverWas).await?;
    Ok((arn, real))
}

async fn intend(call: &Call<'_>, arn: &str) -> Result<Intended, ActionError> {
    call.intend(IntentKind::Started, EXECUTION, arn, json!({ "execution_arn": arn })).await
}

/// Whether an execution may run although its start is an error. The SDK asks again when an answer is lost, and is told
/// `ExecutionAlreadyExists` if the execution has ended in between.
fn leaves_open(error: &AwsFacts) -> bool {
    !error.kind.is_refusal() || error.code.as_deref() == Some("ExecutionAlreadyExists")
}

/// The answer to a start got lost: the name tells whether it runs.
async fn reattach(
    call: &Call<'_>,
    arn: &str,
    machine: &str,
    input: &str,
    lost: AwsFacts,
    intended: Intended,
) -> Result<(), ActionError> {
    let what = format!("start an execution of {machine}");
    match watch::find(call, arn).await {
        Ok(Some(found)) if found.input.as_deref().is_none_or(|given| parsed(given) == parsed(input)) => Ok(()),
        Ok(Some(_)) => {
            call.settle(intended, Settlement::NeverWas).await?;
            Err(ActionError::aws(what, lost)
                .with_help(format!("{arn} is an execution with another input, which this step did not start")))
        }
        Ok(None) => {
            call.settle(intended, Settlement::NeverWas).await?;
            Err(ActionError::aws(what, lost))
        }
        Err(_) => {
            let error = ActionError { kind: ErrorKind::Unknown, ..ActionError::aws(what, lost) };
            Err(error.with_help(format!("unknown whether it started: look for the execution {arn}")))
        }
    }
}
