//! Names and ARNs of state machines and executions.

use crate::sandbox::wire::ApiError;

/// Characters that names may not have (API reference, `CreateStateMachine`, `name`).
const REFUSED: &str = "<>{}[]?*\"#%\\^|~`$&,;:/";

/// Checks a name of a state machine or an execution: 1 to 80 characters, none of those that AWS refuses.
pub fn check(name: &str) -> Result<(), ApiError> {
    let length = name.chars().count();
    let refused = |c: char| c.is_whitespace() || c.is_control() || REFUSED.contains(c);
    if length == 0 || length > 80 || name.chars().any(refused) {
        return Err(ApiError::client("InvalidName", format!("Invalid Name: '{name}'")));
    }
    Ok(())
}

/// There is no such state machine.
pub fn no_machine(arn: &str) -> ApiError {
    ApiError::client("StateMachineDoesNotExist", format!("State Machine Does Not Exist: '{arn}'"))
}

/// There is no such execution.
pub fn no_execution(arn: &str) -> ApiError {
    ApiError::client("ExecutionDoesNotExist", format!("Execution Does Not Exist: '{arn}'"))
}

/// The operation is not for machines of this type.
pub fn wrong_type() -> ApiError {
    let message = "This operation is not supported by this type of state machine";
    ApiError::client("StateMachineTypeNotSupported", message)
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn names_have_letters_digits_and_a_few_marks() {
        for good in ["a", "orders-etl_1", "día.1", &"n".repeat(80)] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a:b", "a/b", "a\u{7f}", "a\u{0}", &"n".repeat(81)] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
