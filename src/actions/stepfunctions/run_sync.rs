//! `stepfunctions.run_sync`: runs an EXPRESS state machine and takes its answer.

use async_trait::async_trait;
use serde_json::json;

use super::SYNC_EXECUTION;
use super::output::{SYNC_DEFAULTS, SYNC_OUTPUTS, sync_document};
use super::run::input;
use crate::actions::{Action, ActionError, Call, EffectRule, ErrorKind, Output, Spec};
use crate::event::{Effect, IntentKind, Settlement};
use crate::target::AwsFacts;
use crate::yaml::field::{Field, Phase, Shape, Table};

/// `stepfunctions.run_sync`.
#[derive(Debug)]
pub struct RunSync;

static ARGUMENTS: Table = Table::new(
    "stepfunctions.run_sync",
    "Runs an EXPRESS state machine to its end, five minutes at most.",
    &[
        Field::required("state_machine", Shape::Text, "The state machine's name or ARN.").phase(Phase::Plan),
        Field::optional("input", Shape::Any, "The input, any JSON value.").default("{}").phase(Phase::Run),
    ],
);

static SPEC: Spec = Spec {
    name: "stepfunctions.run_sync",
    doc: "Runs an EXPRESS state machine and waits for its answer. Sent once: AWS has no token for it.",
    effect: EffectRule::Always(Effect::Execute),
    arguments: &ARGUMENTS,
    shorthand: None,
    outputs: SYNC_OUTPUTS,
    resources: &["state_machine"],
    files: &[],
    groups: SYNC_DEFAULTS,
    expect_required: false,
};

#[async_trait]
impl Action for RunSync {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn run(&self, call: &Call<'_>) -> Result<Output, ActionError> {
        let named = call.arguments.text("state_machine")?;
        call.own("state_machine", named)?;
        let machine = call.services.state_machine_arn(named);
        let (name, input) = (call.name.execution_name(), input(call)?);
        let intended =
            call.intend(IntentKind::Started, SYNC_EXECUTION, &format!("{machine} {name}"), json!({})).await?;
        (call.waits_for)(format!("the answer of {machine}"));
        match call.services.start_sync_execution(&machine, &name, &input).await {
            Ok(execution) => {
                call.settle(intended, Settlement::Ended).await?;
                sync_document(&execution)
            }
            Err(error) if error.kind.is_refusal() => {
                call.settle(intended, Settlement::NeverWas).await?;
                Err(refused(&machine, error))
            }
            // It may run: the intent stays, and is reported as left running.
            Err(error) => Err(unknown(ActionError::aws(format!("run {machine}"), error))),
        }
    }
}

fn refused(machine: &str, error: AwsFacts) -> ActionError {
    let is_standard = error.code.as_deref() == Some("StateMachineTypeNotSupported");
    let error = ActionError::aws(format!("run {machine}"), error);
    if is_standard { error.with_help("a STANDARD state machine is run by stepfunctions.run") } else { error }
}

fn unknown(error: ActionError) -> ActionError {
    ActionError { kind: ErrorKind::Unknown, ..error }
        .with_help("unknown whether it started: an EXPRESS start has no token, so it is not repeated")
}
