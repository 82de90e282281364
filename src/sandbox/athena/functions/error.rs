//! Refusals in Athena's words: an error code and a sentence.

use datafusion::error::DataFusionError;

/// What the functions return.
pub type Outcome<T> = datafusion::error::Result<T>;

/// A failure of a row's values: `INVALID_CAST_ARGUMENT: Cannot cast 'x' to BIGINT`.
pub fn fail<T>(code: &str, message: impl std::fmt::Display) -> Outcome<T> {
    Err(DataFusionError::Execution(format!("{code}: {message}")))
}

/// A failure that is known from the types alone, before anything runs.
pub fn refuse<T>(code: &str, message: impl std::fmt::Display) -> Outcome<T> {
    Err(DataFusionError::Plan(format!("{code}: {message}")))
}

/// An argument that a function cannot take.
pub fn bad_argument<T>(message: impl std::fmt::Display) -> Outcome<T> {
    fail("INVALID_FUNCTION_ARGUMENT", message)
}

/// What Athena can and the sandbox cannot: named, never guessed.
pub fn unsupported<T>(what: impl std::fmt::Display) -> Outcome<T> {
    refuse("NOT_SUPPORTED", format!("the shakedown sandbox does not support {what}"))
}
