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

/// Texts of DataFusion's, and what Athena says instead.
#[expect(clippy::expect_used, reason = "constant patterns")]
static SAID: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    let known = [
        (r"(?s).*?\b([A-Z]{3,}(?:_[A-Z0-9]+)+: .*?)(?: No function matches the given name.*)?$", "$1"),
        (r"(?s).*table '([^']*)' not found.*", "TABLE_NOT_FOUND: Table '$1' does not exist"),
        (r"(?s).*No field named ([^\s]+?)\.(?:\s.*)?$", "COLUMN_NOT_FOUND: Column '$1' cannot be resolved"),
        (
            r"(?s).*Ambiguous reference to (?:unqualified field|field) ([^\s]+).*",
            "AMBIGUOUS_NAME: Column '$1' is ambiguous",
        ),
        (
            r#"(?s).*Column in SELECT must be in GROUP BY.*column "([^"]+)" must appear.*"#,
            "EXPRESSION_NOT_AGGREGATE: '$1' must be an aggregate expression or appear in GROUP BY clause",
        ),
        (
            r"(?s)^This feature is not implemented: (.*)$",
            "NOT_SUPPORTED: the shakedown sandbox does not support this: $1",
        ),
    ];
    known.map(|(pattern, said)| (Regex::new(pattern).expect("a constant pattern"), said)).into()
});

/// DataFusion's error in Athena's words: our own code and sentence where there is one inside, else a code for its kind.
pub fn athena_text(error: &DataFusionError) -> String {
    let text = error.strip_backtrace();
    if let Some((pattern, said)) = SAID.iter().find(|(pattern, _)| pattern.is_match(&text)) {
        return pattern.replace(&text, *said).trim_end().to_owned();
    }
    let code = match error.find_root() {
        DataFusionError::SchemaError(..)
        | DataFusionError::SQL(..)
        | DataFusionError::Plan(_)
        | DataFusionError::Diagnostic(..) => "SYNTAX_ERROR",
        DataFusionError::ResourcesExhausted(_) => "EXCEEDED_LOCAL_MEMORY_LIMIT",
        _ => "GENERIC_INTERNAL_ERROR",
    };
    format!("{code}: {text}")
}
