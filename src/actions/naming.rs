//! Names and tokens of started things: derived from run, case, step and attempt, so that a start repeated is the same start.

use sha2::{Digest, Sha256};

use crate::event::{CaseKey, RunId};

/// Who makes a call: run, suite, case, step and attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallName {
    /// The run.
    pub run: RunId,
    /// The suite.
    pub suite: String,
    /// The case; none in setup and cleanup.
    pub case: Option<CaseKey>,
    /// The step's id.
    pub step: String,
    /// 1 for the first.
    pub attempt: u32,
}

/// The longest name of an execution, in characters (Step Functions API reference, `StartExecution`).
const EXECUTION_NAME_LENGTH: usize = 80;
/// Characters of the digest that keeps shortened names apart.
const DIGEST_LENGTH: usize = 12;

impl CallName {
    /// A name of at most 80 characters of `[0-9A-Za-z_-]`: readable, and unique for run, case, step and attempt.
    pub fn execution_name(&self) -> String {
        let case = self.case.as_ref().map_or_else(|| "setup".to_owned(), |key| key.case.clone());
        let readable = sanitise(&format!("{}-{case}-{}", self.run, self.step));
        let room = EXECUTION_NAME_LENGTH - DIGEST_LENGTH - 1;
        let head: String = readable.chars().take(room).collect();
        format!("{head}-{}", &self.digest()[..DIGEST_LENGTH])
    }

    /// A token of 64 characters, as Athena's `ClientRequestToken` (32 to 128 characters) takes it.
    pub fn token(&self) -> String {
        self.digest()
    }

    fn digest(&self) -> String {
        let case = self.case.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut hash = Sha256::new();
        for part in [self.run.as_str(), &self.suite, &case, &self.step, &self.attempt.to_string()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        format!("{:x}", hash.finalize())
    }
}

fn sanitise(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(case: &str, step: &str, attempt: u32) -> CallName {
        let key = CaseKey { suite: "orders".into(), case: case.into(), row: None };
        CallName { run: RunId::new("r1").unwrap(), suite: "orders".into(), case: Some(key), step: step.into(), attempt }
    }

    #[test]
    fn an_execution_name_is_readable_and_fits() {
        let short = name("load", "etl", 1).execution_name();
        assert!(short.starts_with("r1-load-etl-"), "{short}");
        let long = name(&"ü".repeat(100), &"x".repeat(100), 1).execution_name();
        assert_eq!(long.len(), EXECUTION_NAME_LENGTH);
        assert!(long.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{long}");
    }

    #[test]
    fn names_differ_by_case_step_and_attempt_and_never_by_where_a_text_is_split() {
        let all = [name("a", "b", 1), name("a", "b", 2), name("a", "c", 1), name("ab", "", 1), name("", "ab", 1)];
        let names: std::collections::BTreeSet<_> = all.iter().map(CallName::execution_name).collect();
        assert_eq!(names.len(), all.len());
        assert_eq!(name("a", "b", 1), name("a", "b", 1));
        assert_eq!(name("a", "b", 1).token().len(), 64);
    }
}
