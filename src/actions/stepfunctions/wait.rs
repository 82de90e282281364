//! `stepfunctions.wait`: watches an execution that an earlier step started.

use async_trait::async_trait;

use super::output::{DEFAULTS, OUTPUTS, document};
use super::watch;
use crate::actions::{Action, ActionError, Call, EffectRule, Output, Spec};
use crate::event::{Effect, Settlement};
use crate::yaml::field::{Field, Phase, Shape, Table};

/// `stepfunctions.wait`.
#[derive(Debug)]
pub struct Wait;

static ARGUMENTS: Table = Table::new(
    "stepfunctions.wait",
    "Watches an execution to its end.",
    &[Field::required("execution", Shape::Text, "The execution's ARN: `{{ steps.<id>.execution_arn }}`.")
        .phase(Phase::Run)],
);

static SPEC: Spec = Spec {
    name: "stepfunctions.wait",
    doc: "Waits for an execution that an earlier step started with `wait: false`.",
    effect: EffectRule::Always(Effect::Read),
    arguments: &ARGUMENTS,
    shorthand: Some("execution"),
    outputs: OUTPUTS,
    resources: &[],
    files: &[],
    groups: DEFAULTS,
    expect_required: false,
};

#[async_trait]
impl Action for Wait {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn run(&self, call: &Call<'_>) -> Result<Output, ActionError> {
        let arn = call.arguments.text("execution")?;
        if !arn.contains(":execution:") {
            return Err(ActionError::invalid(
                format!("{arn:?} is no ARN of an execution"),
                call.arguments.span("execution"),
            ));
        }
        call.own("execution", arn)?;
        let execution = watch::to_the_end(call, arn).await?;
        call.settle_named(&execution.arn, Settlement::Ended).await?;
        document(call, execution, None).await
    }
}
