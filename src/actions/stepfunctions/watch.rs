//! Watching an execution to its end, and stopping one.

use std::time::Duration;

use tokio::time::Instant;

use crate::actions::registry::parameter;
use crate::actions::{ActionError, Call, ErrorKind};
use crate::event::{Intent, Settlement};
use crate::service::stepfunctions::{Ended, Execution};
use crate::service::{Pace, Patience, Services, wait, wait_until};
use crate::target::{AwsFacts, FactKind};

/// `DescribeExecution` is eventually consistent: so long a new execution may be unknown (our own choice; AWS gives no number).
const MAY_BE_UNKNOWN: Duration = Duration::from_secs(10);

/// Waits until an execution has ended, whatever its end.
pub(super) async fn to_the_end(call: &Call<'_>, arn: &str) -> Result<Execution, ActionError> {
    let (begun, patience) = (Instant::now(), Patience::default());
    wait_until(Pace::STANDARD, call.deadline, || look(call, arn, begun, &patience)).await
}

async fn look(
    call: &Call<'_>,
    arn: &str,
    begun: Instant,
    patience: &Patience,
) -> Result<Option<Execution>, ActionError> {
    let name = arn.rsplit(':').next().unwrap_or(arn);
    let execution = match call.services.look_at_execution(arn).await {
        Ok(execution) => execution,
        Err(error) if error.kind == FactKind::NotFound && begun.elapsed() < MAY_BE_UNKNOWN => return Ok(None),
        Err(error) if patience.bears(error.kind) => {
            (call.waits_for)(
                call.services
                    .while_slowed("DescribeExecution", format!("execution {name}: no answer ({})", error.message)),
            );
            return Ok(None);
        }
        Err(error) => return Err(ActionError::aws(format!("describe the execution {arn}"), error)),
    };
    patience.answered();
    match execution.ended {
        Ended::Yes => Ok(Some(execution)),
        Ended::No => {
            (call.waits_for)(
                call.services.while_slowed("DescribeExecution", format!("execution {name}: {}", execution.status)),
            );
            Ok(None)
        }
        Ended::Unknown => {
            let message = format!(
                "understand the execution {arn}: its status is `{}`, which this version does not know",
                execution.status
            );
            Err(ActionError::new(ErrorKind::Unintelligible, message))
        }
    }
}

/// Looks for an execution whose start was not answered, or was answered as one that there is already. None if there is none, which
/// takes as long as a new execution may be unknown.
pub(super) async fn find(call: &Call<'_>, arn: &str) -> Result<Option<Execution>, AwsFacts> {
    let begun = Instant::now();
    (call.waits_for)(format!("whether {arn} was started"));
    let found = wait(Pace::STANDARD, || async {
        match call.services.describe_execution(arn).await {
            Ok(execution) => Ok(Some(Some(execution))),
            Err(error) if error.kind == FactKind::NotFound && begun.elapsed() < MAY_BE_UNKNOWN => Ok(None),
            Err(error) if error.kind == FactKind::NotFound => Ok(Some(None)),
            Err(error) => Err(error),
        }
    });
    found.await
}

/// Stops the execution of an intent.
pub(crate) async fn stop(intent: &Intent, services: &Services) -> Result<Settlement, ActionError> {
    let arn = parameter(intent, "execution_arn")?;
    match services.stop_execution(arn, "stopped by shakedown").await {
        Ok(()) => Ok(Settlement::Stopped),
        Err(error) if error.kind == FactKind::NotFound => Ok(Settlement::NeverWas),
        Err(error) => Err(ActionError::aws(format!("stop the execution {arn}"), error)),
    }
}
