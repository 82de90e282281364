//! `stepfunctions.run`: starts an execution under a derived name, once, and watches it.

use async_trait::async_trait;
use serde_json::json;

use super::output::{DEFAULTS, OUTPUTS, document, not_waited_for};
use super::{EXECUTION, watch};
use crate::actions::{Action, ActionError, Call, EffectRule, ErrorKind, Output, Spec};
use crate::event::{Effect, IntentKind, Settlement};
use crate::service::Services;
use crate::target::{AwsFacts, FactKind};
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
    groups: DEFAULTS,
    expect_required: false,
};

#[async_trait]
impl Action for Run {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn run(&self, call: &Call<'_>) -> Result<Output, ActionError> {
        let machine = call.services.state_machine_arn(call.arguments.text("state_machine")?);
        let input = input(call)?;
        refuse_express(call, &machine).await?;
        let name = call.name.execution_name();
        let arn = Services::execution_arn(&machine, &name);
        let intended = call.intend(IntentKind::Started, EXECUTION, &arn, json!({ "execution_arn": arn })).await?;
        if let Err(error) = start(call, &machine, &name, &arn, &input).await {
            call.settle(intended, Settlement::NeverWas).await?;
            return Err(error);
        }
        if !call.arguments.flag("wait", true)? {
            return Ok(not_waited_for(&arn));
        }
        let execution = watch::to_the_end(call, &arn).await?;
        call.settle(intended, Settlement::Ended).await?;
        document(call, execution).await
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

async fn refuse_express(call: &Call<'_>, machine: &str) -> Result<(), ActionError> {
    let described = call.services.describe_state_machine(machine).await;
    let described = described.map_err(|e| ActionError::aws(format!("describe the state machine {machine}"), e))?;
    if described.express {
        let message = format!("{machine} is an EXPRESS state machine, which cannot be watched");
        return Err(
            ActionError::invalid(message, call.arguments.span("state_machine")).with_help("use stepfunctions.run_sync")
        );
    }
    Ok(())
}

/// Starts the execution. When the answer got lost, the name tells whether it runs: it is never started twice.
async fn start(call: &Call<'_>, machine: &str, name: &str, arn: &str, input: &str) -> Result<(), ActionError> {
    let what = format!("start an execution of {machine}");
    match call.services.start_execution(machine, name, input).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind == FactKind::Infrastructure => reattach(call, arn, &what, error).await,
        Err(error) => Err(ActionError::aws(what, error)),
    }
}

async fn reattach(call: &Call<'_>, arn: &str, what: &str, lost: AwsFacts) -> Result<(), ActionError> {
    match call.services.describe_execution(arn).await {
        Ok(_) => Ok(()),
        Err(found) if found.kind == FactKind::NotFound => Err(ActionError::aws(what, lost)),
        Err(_) => {
            let error = ActionError::aws(what, lost);
            Err(ActionError { kind: ErrorKind::Unknown, ..error }
                .with_help(format!("unknown whether it started: look for the execution {arn}")))
        }
    }
}
