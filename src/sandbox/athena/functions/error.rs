//! Refusals in Athena's words: an error code and a sentence.

use std::sync::LazyLock;

use datafusion::error::DataFusionError;
use regex::Regex;

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

#[expect(clippy::expect_used, reason = "a constant pattern")]
static CODED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?s)\b[A-Z]{3,}(?:_[A-Z0-9]+)+: .*").expect("a constant pattern"));

/// DataFusion's error in Athena's words: our own code and sentence where there is one inside, else a code for its kind.
pub fn athena_text(error: &DataFusionError) -> String {
    let text = error.strip_backtrace();
    if let Some(coded) = CODED.find(&text) {
        return coded.as_str().trim_end().to_owned();
    }
    let code = match error.find_root() {
        DataFusionError::SchemaError(..) => "COLUMN_NOT_FOUND",
        DataFusionError::NotImplemented(_) => "NOT_SUPPORTED",
        DataFusionError::SQL(..) | DataFusionError::Plan(_) | DataFusionError::Diagnostic(..) => "SYNTAX_ERROR",
        DataFusionError::ResourcesExhausted(_) => "EXCEEDED_LOCAL_MEMORY_LIMIT",
        _ => "GENERIC_INTERNAL_ERROR",
    };
    format!("{code}: {text}")
}
