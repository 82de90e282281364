//! The one list of actions, and of what undoes the things they start and create.

use std::time::Duration;

use super::spec::Action;
use super::{ActionError, ErrorKind, athena, exec, lambda, s3, stepfunctions};
use crate::event::{Effect, Intent, IntentKind, Settlement};
use crate::service::Services;

/// Every action, in the order of the reference.
pub static ACTIONS: [&dyn Action; 12] = [
    &stepfunctions::Run,
    &stepfunctions::Wait,
    &stepfunctions::Await,
    &stepfunctions::RunSync,
    &lambda::Invoke,
    &athena::Query,
    &athena::Table,
    &s3::Put,
    &s3::Object,
    &s3::List,
    &s3::Remove,
    &exec::Run,
];

/// The action of this name.
pub fn action(name: &str) -> Option<&'static dyn Action> {
    ACTIONS.iter().copied().find(|action| action.spec().name == name)
}

/// Stops or removes what an intent stands for. Idempotent: what is gone already is settled too.
pub async fn undo(intent: &Intent, services: &Services) -> Result<Settlement, ActionError> {
    match intent.what.as_str() {
        stepfunctions::EXECUTION => stepfunctions::stop(intent, services).await,
        stepfunctions::SYNC_EXECUTION => Err(cannot_stop(intent, "it ends by itself within 5 minutes")),
        lambda::INVOCATION => Err(cannot_stop(intent, "it ends by itself, at the function's time-out at the latest")),
        athena::QUERY => athena::stop(intent, services).await,
        athena::TABLE => athena::drop_table(intent, services).await,
        s3::OBJECT => s3::remove_object(intent, services).await,
        s3::PATTERN => s3::remove_matching(intent, services).await,
        exec::PROCESS => exec::stop(intent),
        other => Err(ActionError::new(ErrorKind::Invalid, format!("undo {}: nothing undoes a `{other}`", intent.name))),
    }
}

/// Where a started thing hung when it was stopped, in words; none where that cannot be told.
pub async fn whereabouts(intent: &Intent, services: &Services) -> Option<String> {
    match intent.what.as_str() {
        stepfunctions::EXECUTION => stepfunctions::whereabouts(intent, services).await,
        _ => None,
    }
}

/// What undoing an intent does to the account. To remove what a run itself created is no destruction.
pub fn undo_effect(intent: &Intent) -> Effect {
    match (intent.kind, intent.what.as_str()) {
        (IntentKind::Started, stepfunctions::EXECUTION | stepfunctions::SYNC_EXECUTION | lambda::INVOCATION) => {
            Effect::Execute
        }
        // A query may have been a read, and a command is none of the account's.
        (IntentKind::Started, _) => Effect::Read,
        (IntentKind::Created, _) => Effect::Write,
    }
}

/// Whether an intent stands for things that others make: there may be more of them the next time somebody looks.
pub fn may_grow(intent: &Intent) -> bool {
    intent.what == s3::PATTERN
}

/// The longest that something of this kind runs, if it ends by itself: nobody has to stop it after that.
pub fn longest_life(intent: &Intent) -> Option<Duration> {
    match intent.what.as_str() {
        // Step Functions developer guide, "Choosing workflow type": an EXPRESS execution takes 5 minutes at most.
        stepfunctions::SYNC_EXECUTION => Some(Duration::from_mins(5)),
        // Lambda quotas page: a function's time-out is 900 seconds at most.
        lambda::INVOCATION => Some(Duration::from_mins(15)),
        _ => None,
    }
}

fn cannot_stop(intent: &Intent, why: &str) -> ActionError {
    ActionError::new(ErrorKind::Invalid, format!("stop {}: it cannot be stopped, {why}", intent.name))
}

/// A parameter of an intent, which the code that undoes it wrote.
pub(super) fn parameter<'a>(intent: &'a Intent, name: &str) -> Result<&'a str, ActionError> {
    let value = intent.parameters.get(name).and_then(serde_json::Value::as_str);
    value.ok_or_else(|| {
        ActionError::new(ErrorKind::Invalid, format!("undo {}: its intent has no `{name}`", intent.name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_of_the_form_service_dot_verb() {
        let names: std::collections::BTreeSet<_> = ACTIONS.iter().map(|action| action.spec().name).collect();
        assert_eq!(names.len(), ACTIONS.len());
        assert!(names.iter().all(|name| name.split('.').count() == 2), "{names:?}");
    }

    #[test]
    fn resources_and_files_are_arguments() {
        for action in ACTIONS {
            let spec = action.spec();
            let known = |name: &str| spec.arguments.fields.iter().any(|field| field.name == name);
            let named = spec.resources.iter().copied().chain(spec.files.iter().map(|(name, _)| *name));
            assert!(named.clone().all(known), "{}: {:?}", spec.name, named.collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_group_speaks_of_fields_that_the_output_has() {
        for action in ACTIONS {
            let spec = action.spec();
            let known = |field: &&str| spec.outputs.iter().any(|output| output.name == *field);
            for group in spec.groups {
                assert!(group.fields.iter().all(&known), "{}: {:?}", spec.name, group.fields);
            }
        }
    }
}
