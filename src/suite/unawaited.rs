//! Executions that are started with `wait: false` and that nobody waits for.

use crate::diagnostic::Problem;
use crate::value::Value;

use super::model::Step;

/// Warns of each start that no later step of the list waits for: it is stopped at the case's end, and the case is errored.
pub(super) fn check(steps: &[Step], problems: &mut Vec<Problem>) {
    for (index, step) in steps.iter().enumerate() {
        let wait = step.arguments.get("wait").filter(|_| step.action.spec().name == "stepfunctions.run");
        let starts_only = wait.is_some_and(|wait| wait.as_literal() == Some(&Value::Bool(false)));
        let waits = |later: &Step| matches!(later.action.spec().name, "stepfunctions.wait" | "stepfunctions.await");
        let is_awaited = steps[index + 1..].iter().any(waits);
        if let (true, false, Some(wait)) = (starts_only, is_awaited, wait) {
            let problem = Problem::warning(
                "nobody waits for this execution: it will be stopped, and the case errored",
                &wait.span,
            );
            problems.push(problem.with_help("add a later `stepfunctions.wait: \"{{ steps.<id>.execution_arn }}\"`"));
        }
    }
}
