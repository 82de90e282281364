//! Why a statement was refused before it ran, with its place, in Athena's words.

/// A statement that cannot be read or translated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DialectError {
    /// Athena's text, which names code and place: `FUNCTION_NOT_FOUND: line 1:8: Function 'x' not registered`.
    pub message: String,
    /// 1-based line in the statement; 0 when the place is not known.
    pub line: u64,
    /// 1-based column in the line; 0 when the place is not known.
    pub column: u64,
}
