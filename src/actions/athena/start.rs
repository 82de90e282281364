//! A query from its token to its end.

use serde_json::json;

use super::QUERY;
use crate::actions::registry::parameter;
use crate::actions::{ActionError, Call, ErrorKind, Intended};
use crate::event::{Intent, IntentKind, Settlement};
use crate::service::athena::{Query, QueryState};
use crate::service::stepfunctions::Ended;
use crate::service::{Pace, Patience, Services, wait_until};
use crate::sql;
use crate::target::FactKind;

/// A query that has ended, with its id.
#[derive(Debug)]
pub(super) struct Done {
    pub id: String,
    pub state: QueryState,
}

/// Starts a query under its token and waits until it has ended, whatever its end. Of a statement that is no read, an error after the
/// start is none that `retry` may take up: another attempt has another token.
pub(super) async fn to_the_end(call: &Call<'_>, query: &Query) -> Result<Done, ActionError> {
    let once = |error: ActionError| if is_read(&query.sql) { error } else { error.after_start() };
    let (id, running) = start(call, query).await?;
    let patience = Patience::default();
    let state = wait_until(Pace::STANDARD, call.deadline, || look(call, &id, &patience)).await.map_err(once)?;
    call.settle(running, Settlement::Ended).await?;
    Ok(Done { id, state })
}

async fn start(call: &Call<'_>, query: &Query) -> Result<(String, Intended), ActionError> {
    let what = format!("query with token {}", query.token);
    let intended = call.intend(IntentKind::Started, QUERY, &what, json!({ "token": query.token })).await?;
    let id = match call.services.start_query(query).await {
        Ok(id) => id,
        Err(error) if error.kind.is_refusal() => {
            call.settle(intended, Settlement::NeverWas).await?;
            return Err(ActionError::aws("start the query", error));
        }
        // The SDK asked again with the same token, and no answer came: the intent stays, and is reported as left over.
        Err(error) => {
            let error = ActionError::aws("start the query", error);
            return Err(if is_read(&query.sql) { error } else { error.after_start() });
        }
    };
    let running = call.intend(IntentKind::Started, QUERY, &id, json!({ "query_execution_id": id })).await?;
    call.settle(intended, Settlement::Ended).await?;
    Ok((id, running))
}

fn is_read(statement: &str) -> bool {
    sql::classify(statement).is_ok_and(|class| class.effect == sql::Effect::Read)
}

async fn look(call: &Call<'_>, id: &str, patience: &Patience) -> Result<Option<QueryState>, ActionError> {
    let state = match call.services.query_state(id).await {
        Ok(state) => state,
        Err(error) if patience.bears(error.kind) => {
            (call.waits_for)(
                call.services.while_slowed("GetQueryExecution", format!("query {id}: no answer ({})", error.message)),
            );
            return Ok(None);
        }
        Err(error) => return Err(ActionError::aws(format!("look at the query {id}"), error)),
    };
    patience.answered();
    match state.ended {
        Some(Ended::Yes) => Ok(Some(state)),
        Some(Ended::No) => {
            (call.waits_for)(call.services.while_slowed("GetQueryExecution", format!("query {id}: {}", state.state)));
            Ok(None)
        }
        Some(Ended::Unknown) | None => {
            let message =
                format!("understand the query {id}: its state is `{}`, which this version does not know", state.state);
            Err(ActionError::new(ErrorKind::Unintelligible, message))
        }
    }
}

/// Cancels the query of an intent.
pub(crate) async fn stop(intent: &Intent, services: &Services) -> Result<Settlement, ActionError> {
    let Ok(id) = parameter(intent, "query_execution_id") else {
        let token = parameter(intent, "token")?;
        let message = format!("stop the query with token {token}: its start was never answered, so its id is unknown");
        return Err(ActionError::new(ErrorKind::Unknown, message)
            .with_help("look for it with `aws athena list-query-executions`"));
    };
    match services.stop_query(id).await {
        Ok(()) => Ok(Settlement::Stopped),
        Err(error) if error.kind == FactKind::NotFound => Ok(Settlement::NeverWas),
        Err(error) => Err(ActionError::aws(format!("stop the query {id}"), error)),
    }
}
