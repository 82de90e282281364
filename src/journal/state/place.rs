//! Where things are in S3: keys from project, target, run and number, and back.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::event::{IntentId, RunId};
use crate::service::s3::Uri;

/// Everything else in a project's or target's name is percent-encoded: it is one part of a key.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The folder of the runs of one project and target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatePlace {
    /// Ends with `/`.
    runs: Uri,
}

/// What a key names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    Header,
    Claim,
    Intent(IntentId),
}

impl StatePlace {
    /// The place of a project and target below a target's `state:`, or why there is none.
    pub fn new(state: &str, project: &str, target: &str) -> Result<Self, String> {
        let state: Uri = state.parse()?;
        let base = state.key.trim_end_matches('/');
        let separator = if base.is_empty() { "" } else { "/" };
        let part = |name| utf8_percent_encode(name, PLAIN);
        Ok(Self { runs: state.with_key(format!("{base}{separator}{}/{}/runs/", part(project), part(target))) })
    }

    /// The folder, which all keys begin with.
    pub fn runs(&self) -> &Uri {
        &self.runs
    }

    /// The folder of one run.
    pub(super) fn run(&self, run: &RunId) -> Uri {
        self.of_run(run, "")
    }

    pub(super) fn header(&self, run: &RunId) -> Uri {
        self.of_run(run, "run.json")
    }

    pub(super) fn claim(&self, run: &RunId) -> Uri {
        self.of_run(run, "claim.json")
    }

    pub(super) fn intent(&self, run: &RunId, id: IntentId) -> Uri {
        self.of_run(run, &format!("intents/{:010}.json", id.0))
    }

    fn of_run(&self, run: &RunId, name: &str) -> Uri {
        self.runs.with_key(format!("{}{run}/{name}", self.runs.key))
    }

    /// What a key names; none for what is not of this layout.
    pub(super) fn named(&self, key: &str) -> Option<(RunId, Named)> {
        let (run, name) = key.strip_prefix(&self.runs.key)?.split_once('/')?;
        let run = RunId::new(run).ok()?;
        let number = |name: &str| name.strip_prefix("intents/")?.strip_suffix(".json")?.parse().ok();
        match name {
            "run.json" => Some((run, Named::Header)),
            "claim.json" => Some((run, Named::Claim)),
            name => number(name).map(|number| (run, Named::Intent(IntentId(number)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("s3://b/state/", "s3://b/state/lake/uat/runs/"; "a folder")]
    #[test_case("s3://b/state", "s3://b/state/lake/uat/runs/"; "the slash at the end may be left out")]
    #[test_case("s3://b", "s3://b/lake/uat/runs/"; "a bucket alone")]
    fn the_place_is_below_the_state_of_the_target(state: &str, expected: &str) {
        assert_eq!(StatePlace::new(state, "lake", "uat").unwrap().runs().to_string(), expected);
    }

    #[test]
    fn a_name_is_one_part_of_a_key_whatever_is_in_it() {
        let place = StatePlace::new("s3://b/", "a/b", "../c d").unwrap();
        assert_eq!(place.runs().key, "a%2Fb/..%2Fc%20d/runs/");
    }

    #[test]
    fn keys_are_read_back_and_others_are_left_alone() {
        let place = StatePlace::new("s3://b/s", "lake", "uat").unwrap();
        let run = RunId::new("r1").unwrap();
        for (uri, named) in [
            (place.header(&run), Named::Header),
            (place.claim(&run), Named::Claim),
            (place.intent(&run, IntentId(42)), Named::Intent(IntentId(42))),
        ] {
            assert_eq!(place.named(&uri.key), Some((run.clone(), named)));
        }
        for other in ["s/lake/uat/runs/", "s/lake/uat/runs/r1/notes.txt", "s/lake/uat/runs/R 1/run.json", "x/run.json"]
        {
            assert_eq!(place.named(other), None, "{other}");
        }
        assert!(place.intent(&run, IntentId(9)).key < place.intent(&run, IntentId(10)).key, "keys are in order");
    }
}
