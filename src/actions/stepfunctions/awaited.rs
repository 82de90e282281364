//! `stepfunctions.await`: finds the one execution that something else started, and watches it.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value as Json;
use tokio::time::{Instant, timeout_at};

use super::document::document;
use super::output::{AWAITED_DEFAULTS, AWAITED_OUTPUTS, none};
use super::run::standard;
use super::search::{Search, Wanted};
use super::{hung, watch};
use crate::actions::{Action, ActionError, Call, EffectRule, ErrorKind, Output, Spec};
use crate::event::{Effect, Settlement};
use crate::expect;
use crate::service::wait;
use crate::value::Value;
use crate::yaml::field::{Field, Phase, Shape, Table};

/// A last look, and what is then said of it, take this much of the step's time at most.
const LAST_LOOK: Duration = Duration::from_secs(5);
/// The part of a short step's time that is kept for it.
const LAST_PART: u32 = 5;

/// `stepfunctions.await`.
#[derive(Debug)]
pub struct Await;

static ARGUMENTS: Table = Table::new(
    "stepfunctions.await",
    "Finds the one execution that an S3 event, a rule, a schedule or a service started because of an earlier step, and watches it \
     to its end.",
    &[
        Field::required("state_machine", Shape::Text, "The state machine's name or ARN; a STANDARD one.")
            .phase(Phase::Run),
        Field::required(
            "since",
            Shape::Step,
            "The step that causes it, of the same list or of `setup`: only executions count that started since that step began, by \
             the server's clock.",
        ),
        Field::optional(
            "input",
            Shape::Defined { name: "expectation", doc: "what is expected of the input", schema: expectation },
            "What its input must be, as under `expect`; a mapping is a partial match. By default anything.",
        )
        .phase(Phase::Run),
    ],
);

/// The definition that `expect` has too.
fn expectation() -> Json {
    expect::schema("#/$defs")["expectation"].clone()
}

static SPEC: Spec = Spec {
    name: "stepfunctions.await",
    doc: "Finds the one execution that something else started, and watches it to its end. It starts nothing.",
    effect: EffectRule::Always(Effect::Read),
    arguments: &ARGUMENTS,
    shorthand: None,
    outputs: AWAITED_OUTPUTS,
    resources: &[],
    files: &[],
    groups: AWAITED_DEFAULTS,
    expect_required: false,
};

#[async_trait]
impl Action for Await {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    async fn run(&self, call: &Call<'_>) -> Result<Output, ActionError> {
        let named = call.arguments.text("state_machine")?;
        call.own("state_machine", named)?;
        let machine = call.services.state_machine_arn(named);
        let instead = "an EXPRESS execution leaves no record to find it by: judge what it wrote, with `eventually`";
        let definition = standard(call, &machine, instead).await?;
        let search = Search::new(call, wanted(call, machine)?);
        let Some(found) = find(call, &search).await? else {
            return Ok(Output::with_details(none(search.others()), search.explained()));
        };
        let watched = timeout_at(end(call), watch::to_the_end(call, &found)).await;
        let Ok(execution) = watched else { return Err(hung::out_of_time(call, &found).await) };
        let execution = execution?;
        // A second one that came meanwhile makes it unknown which one is meant.
        search.look().await?;
        call.settle_named(&found, Settlement::Ended).await?;
        let mut output = document(call, execution, definition).await?;
        if let Value::Map(fields) = &mut output.value {
            fields.insert("others".to_owned(), Value::integer(search.others()));
        }
        Ok(output)
    }
}

/// What is looked for. The moment is the server's: its clock decides what was started since then.
fn wanted(call: &Call<'_>, machine: String) -> Result<Wanted, ActionError> {
    let step = call.arguments.text("since")?.to_owned();
    let invalid = |message: String| ActionError::invalid(message, call.arguments.span("since"));
    let began = call.arguments.moment("since").ok_or_else(|| invalid(format!("the step `{step}` has not begun")))?;
    let since = call.services.server_time(began).ok_or_else(|| {
        ActionError::new(ErrorKind::Unintelligible, "tell the server's time: its answers have no `Date` header")
    })?;
    Ok(Wanted { machine, step, since, input: call.arguments.expectation("input").cloned() })
}

/// Looks until the execution is there, or the step's time is nearly over.
async fn find(call: &Call<'_>, search: &Search<'_>) -> Result<Option<String>, ActionError> {
    let looks = wait(call.services.list_pace(), || search.look());
    match timeout_at(end(call), looks).await {
        Ok(found) => found.map(Some),
        Err(_) => search.look().await,
    }
}

/// When to stop looking, so that there is time to say what was seen.
fn end(call: &Call<'_>) -> Instant {
    let last_look = LAST_LOOK.min(call.time_left() / LAST_PART);
    call.deadline.checked_sub(last_look).unwrap_or(call.deadline)
}
