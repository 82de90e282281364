//! How Hive's statements are cut into words: backticks around names, backslashes escape in strings of either quote.

use datafusion::sql::sqlparser::dialect::Dialect;

/// Hive's lexical rules.
#[derive(Debug)]
pub struct HiveLexing;

impl Dialect for HiveLexing {
    fn is_identifier_start(&self, c: char) -> bool {
        c.is_alphabetic() || c == '_'
    }

    fn is_identifier_part(&self, c: char) -> bool {
        c.is_alphanumeric() || c == '_' || c == '$'
    }

    fn is_delimited_identifier_start(&self, c: char) -> bool {
        c == '`'
    }

    fn supports_string_literal_backslash_escape(&self) -> bool {
        true
    }
}

/// Trino's lexical rules: double quotes around names, no escapes in strings.
#[derive(Debug)]
pub struct TrinoLexing;

impl Dialect for TrinoLexing {
    fn is_identifier_start(&self, c: char) -> bool {
        c.is_alphabetic() || c == '_'
    }

    fn is_identifier_part(&self, c: char) -> bool {
        c.is_alphanumeric() || c == '_' || c == '$'
    }

    fn is_delimited_identifier_start(&self, c: char) -> bool {
        c == '"' || c == '`'
    }
}
