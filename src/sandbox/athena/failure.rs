//! Why a query failed, in Athena's words: the text of `StateChangeReason` and the structure `AthenaError`.

use datafusion::arrow::error::ArrowError;
use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use datafusion::parquet::errors::ParquetError;
use serde_json::{Value, json};

use super::dialect::DialectError;

/// Whose fault it was; the numbers are Athena's `ErrorCategory`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    System = 1,
    User = 2,
}

/// A failed query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Failure {
    /// `CODE: message`, as in `StateChangeReason`.
    pub reason: String,
    pub category: Category,
}

impl Failure {
    /// The statement or the data is wrong.
    pub fn user(code: &str, message: impl std::fmt::Display) -> Self {
        Self { reason: format!("{code}: {message}"), category: Category::User }
    }

    /// The sandbox is wrong.
    pub fn system(message: impl std::fmt::Display) -> Self {
        Self { reason: format!("GENERIC_INTERNAL_ERROR: {message}"), category: Category::System }
    }

    /// Athena can do this, the sandbox cannot.
    pub fn unsupported(what: impl std::fmt::Display) -> Self {
        Self::user("NOT_SUPPORTED", format_args!("the shakedown sandbox does not support {what}"))
    }

    /// The structure `AthenaError` of `GetQueryExecution`. AWS does not document its `ErrorType` numbers per cause: a general number
    /// of the range of each category is used.
    pub fn athena_error(&self) -> Value {
        let error_type = match self.category {
            Category::System => 0,
            Category::User => 1000,
        };
        let retryable = self.category == Category::System;
        json!({
            "ErrorCategory": self.category as u8,
            "ErrorType": error_type,
            "Retryable": retryable,
            "ErrorMessage": self.reason,
        })
    }

    /// What DataFusion reported while it planned or ran `sql`.
    pub fn from_engine(error: &DataFusionError, sql: &str) -> Self {
        match error {
            DataFusionError::SchemaError(error, _) => from_schema(error, sql),
            DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => Self::from_engine(inner, sql),
            DataFusionError::Shared(inner) => Self::from_engine(inner, sql),
            DataFusionError::Collection(all) => {
                all.first().map_or_else(|| Self::system(error), |first| Self::from_engine(first, sql))
            }
            DataFusionError::External(inner) => from_outside(inner.as_ref(), error, sql),
            DataFusionError::ArrowError(inner, _) => from_arrow(inner, sql),
            DataFusionError::Plan(message) => from_plan(message, sql),
            DataFusionError::Execution(message) => from_execution(message),
            DataFusionError::NotImplemented(message) => Self::unsupported(first_line(message)),
            // The file, not the sandbox (Trino, `ParquetCorruptionException`).
            DataFusionError::ParquetError(inner) => from_parquet(inner, sql),
            DataFusionError::SQL(inner, _) => Self::user("SYNTAX_ERROR", inner),
            DataFusionError::ResourcesExhausted(message) => Self::user(
                "EXCEEDED_LOCAL_MEMORY_LIMIT",
                format_args!("Query exhausted resources at this scale factor. {message}"),
            ),
            other => Self::system(other),
        }
    }
}

impl From<DialectError> for Failure {
    fn from(error: DialectError) -> Self {
        let named = error.message.split_once(": ").is_some_and(|(code, _)| is_code(code));
        let placed = error.line > 0 && !error.message.contains("line ");
        let place = if placed { format!("line {}:{}: ", error.line, error.column) } else { String::new() };
        if named {
            Self { reason: error.message, category: Category::User }
        } else {
            Self::user("SYNTAX_ERROR", format_args!("{place}{}", error.message))
        }
    }
}

impl From<crate::sandbox::glue::CatalogError> for Failure {
    fn from(error: crate::sandbox::glue::CatalogError) -> Self {
        use crate::sandbox::glue::CatalogError::{AlreadyExists, Invalid, NotFound};
        match error {
            NotFound(message) => Self::user("ENTITY_NOT_FOUND", message),
            AlreadyExists(message) => Self::user("ALREADY_EXISTS", message),
            Invalid(message) => Self::user("INVALID_INPUT", message),
        }
    }
}

impl From<datafusion::object_store::Error> for Failure {
    fn from(error: datafusion::object_store::Error) -> Self {
        Self::user("HIVE_FILESYSTEM_ERROR", error)
    }
}

/// Whether a text looks like Athena's error codes: `TABLE_NOT_FOUND`.
fn is_code(text: &str) -> bool {
    text.contains('_') && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}

fn from_schema(error: &SchemaError, sql: &str) -> Failure {
    match error {
        SchemaError::FieldNotFound { field, .. } => {
            column_missing(&field.flat_name().replace('"', ""), &field.name, sql)
        }
        SchemaError::AmbiguousReference { field } => {
            let place = place_of(&field.name, sql);
            Failure::user("AMBIGUOUS_NAME", format_args!("{place}Column '{}' is ambiguous", field.name))
        }
        other => Failure::user("SYNTAX_ERROR", other),
    }
}

fn from_parquet(error: &ParquetError, sql: &str) -> Failure {
    match error {
        ParquetError::External(inner) => {
            from_outside(inner.as_ref(), &DataFusionError::Execution(error.to_string()), sql)
        }
        other => Failure::user("HIVE_BAD_DATA", other),
    }
}

/// Columns that Athena has beside those of the table.
const HIDDEN: [&str; 5] = ["$path", "$bucket", "$file_size", "$file_modified_time", "$partition"];

fn column_missing(shown: &str, name: &str, sql: &str) -> Failure {
    if HIDDEN.contains(&name.to_lowercase().as_str()) {
        return Failure::unsupported(format_args!("the hidden column \"{name}\""));
    }
    let place = place_of(name, sql);
    let text = format!(
        "{place}Column '{shown}' cannot be resolved or requester is not authorized to access requested resources"
    );
    Failure::user("COLUMN_NOT_FOUND", text)
}

/// `line 1:8: ` of the first word `name` in the statement, or nothing.
pub fn place_of(name: &str, sql: &str) -> String {
    super::ddl::places(sql, name).map_or_else(String::new, |(line, column)| format!("line {line}:{column}: "))
}

fn from_outside(inner: &(dyn std::error::Error + 'static), whole: &DataFusionError, sql: &str) -> Failure {
    if let Some(failure) = inner.downcast_ref::<Failure>() {
        return failure.clone();
    }
    if let Some(error) = inner.downcast_ref::<DataFusionError>() {
        return Failure::from_engine(error, sql);
    }
    Failure::system(whole)
}

fn from_arrow(error: &ArrowError, sql: &str) -> Failure {
    match error {
        ArrowError::DivideByZero => Failure::user("DIVISION_BY_ZERO", "Division by zero"),
        ArrowError::ArithmeticOverflow(message) => Failure::user("NUMERIC_VALUE_OUT_OF_RANGE", message),
        ArrowError::CastError(message) | ArrowError::ParseError(message) => {
            Failure::user("INVALID_CAST_ARGUMENT", cast_text(message))
        }
        ArrowError::ExternalError(inner) => {
            from_outside(inner.as_ref(), &DataFusionError::Execution(error.to_string()), sql)
        }
        ArrowError::ParquetError(message) => Failure::user("HIVE_BAD_DATA", message),
        other => Failure::system(other),
    }
}

/// `Cannot cast string 'x' to value of Int32 type` in Trino's words.
fn cast_text(message: &str) -> String {
    let parsed = message
        .strip_prefix("Cannot cast string '")
        .and_then(|rest| rest.rsplit_once("' to value of "))
        .and_then(|(value, kind)| Some((value, kind.strip_suffix(" type")?)));
    let Some((value, kind)) = parsed else { return message.to_owned() };
    let kind = match kind {
        "Int8" => "TINYINT",
        "Int16" => "SMALLINT",
        "Int32" => "INT",
        "Int64" => "BIGINT",
        "Float32" => "REAL",
        "Float64" => "DOUBLE",
        "Date32" => "DATE",
        "Boolean" => "BOOLEAN",
        other => other,
    };
    format!("Cannot cast '{value}' to {kind}")
}

fn from_plan(message: &str, sql: &str) -> Failure {
    if let Some(failure) = coded(message) {
        return failure;
    }
    let message = first_line(message);
    if let Some(name) = message.strip_prefix("Invalid function '").and_then(|rest| rest.split('\'').next()) {
        let place = place_of(name, sql);
        return Failure::user("FUNCTION_NOT_FOUND", format_args!("{place}Function '{name}' not registered"));
    }
    if message.to_lowercase().contains("correlated") {
        return Failure::unsupported(format_args!("this correlated subquery: {message}"));
    }
    Failure::user("SYNTAX_ERROR", message)
}

fn from_execution(message: &str) -> Failure {
    coded(message).unwrap_or_else(|| Failure::user("GENERIC_USER_ERROR", message))
}

/// Functions of ours report `CODE: message`; the engine may put words of its own before and after.
fn coded(message: &str) -> Option<Failure> {
    let parts: Vec<&str> = message.split(": ").collect();
    let at = parts.iter().position(|part| is_code(last_word(part))).filter(|at| at + 1 < parts.len())?;
    let code = last_word(parts[at]);
    let rest = parts[at + 1..].join(": ");
    let own = rest.split(" No function matches the given name").next().unwrap_or_default();
    Some(Failure::user(code, first_line(own).trim_end()))
}

fn last_word(text: &str) -> &str {
    text.rsplit(' ').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(error: &DataFusionError, sql: &str, expected: &str) {
        assert_eq!(Failure::from_engine(error, sql).reason, expected);
    }

    #[test]
    fn codes_of_our_functions_come_through_the_engines_words() {
        let plan = |text: &str| DataFusionError::Plan(text.to_owned());
        check(&plan("TYPE_MISMATCH: line 1:8: a"), "", "TYPE_MISMATCH: line 1:8: a");
        let wrapped = "Execution error: Function 'sum' failed with: Error during planning: FUNCTION_NOT_FOUND: Unexpected parameters \
                       (varchar) for function sum. No function matches the given name and argument types";
        let expected = "FUNCTION_NOT_FOUND: Unexpected parameters (varchar) for function sum.";
        check(&plan(wrapped), "", expected);
        check(
            &plan("Invalid function 'foo'.\nDid you mean 'f'?"),
            "select foo(1)",
            "FUNCTION_NOT_FOUND: line 1:8: Function 'foo' not registered",
        );
        check(&plan("something: else"), "", "SYNTAX_ERROR: something: else");
        check(&DataFusionError::Execution("NOTE".to_owned()), "", "GENERIC_USER_ERROR: NOTE");
    }

    #[test]
    fn arithmetic_and_casts_have_trinos_codes() {
        let arrow = |error| DataFusionError::ArrowError(Box::new(error), None);
        check(&arrow(ArrowError::DivideByZero), "", "DIVISION_BY_ZERO: Division by zero");
        let cast = ArrowError::CastError("Cannot cast string 'it's' to value of Int32 type".to_owned());
        check(&arrow(cast), "", "INVALID_CAST_ARGUMENT: Cannot cast 'it's' to INT");
        let inner = DataFusionError::External(Box::new(Failure::user("HIVE_BAD_DATA", "x")));
        check(&inner.context("while reading"), "", "HIVE_BAD_DATA: x");
    }
}
