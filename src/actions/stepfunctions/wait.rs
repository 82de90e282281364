//! `stepfunctions.wait`: watches an execution that an earlier step started.

use async_trait::async_trait;

use super::document::document;
use super::output::{DEFAULTS, OUTPUTS};
use super::watch;
use crate::actions::{Action, ActionError, Call, EffectRule, Output, Spec};
use crate::event::{Effect, Settlement};
use crate::target::FactKind;
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
        if !is_ours(call, arn).await {
            exists(call, arn).await?;
        }
        let execution = watch::to_the_end(call, arn).await?;
        call.settle_named(&execution.arn, Settlement::Ended).await?;
        document(call, execution, None).await
    }
}

/// Whether this run started an execution and has not seen its end: AWS may not know it yet.
async fn is_ours(call: &Call<'_>, arn: &str) -> bool {
    call.ledger.open().await.iter().any(|(_, intent)| intent.name == arn)
}

/// Says at once that there is no such execution. Whatever else may be wrong is met again, and judged, by the watch.
async fn exists(call: &Call<'_>, arn: &str) -> Result<(), ActionError> {
    match call.services.describe_execution(arn).await {
        Err(error) if error.kind == FactKind::NotFound => {
            Err(ActionError::aws(format!("describe the execution {arn}"), error))
        }
        Ok(_) | Err(_) => Ok(()),
    }
}
