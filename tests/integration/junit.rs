//! JUnit of a run with hostile names and messages, read by a parser that is not ours.

use crate::peers;
use crate::scratch::{Scratch, run_folder};

const SCRIPT: &str = r#"
import json, sys
from junitparser import JUnitXml, Failure, Error, Skipped

report = JUnitXml.fromfile(sys.argv[1])
suites = [
    {
        "name": suite.name, "tests": suite.tests, "failures": suite.failures, "errors": suite.errors, "skipped": suite.skipped,
        "cases": [
            {"name": case.name, "classname": case.classname, "results": [[type(r).__name__, r.message, r.text] for r in case.result]}
            for case in suite
        ],
    }
    for suite in report
]
json.dump(suites, sys.stdout)
"#;

/// Twenty thousand characters of an output, with everything that breaks XML in it.
fn suite() -> String {
    let long = "é😀".repeat(10_000);
    format!(
        r#"
suite: "hostile ]]> <suite> & \"quotes\""
cases:
  - case: "]]> <![CDATA[ &amp; </testcase>"
    id: brackets
    steps:
      - exec.run: {{command: [printf, "]]> <b> & \\033[31mred\\033[0m \\001\\013"], effect: read}}
        expect: {{stdout: "]]> nothing else"}}
  - case: "emoji 🚢👩‍🚀 and \u0007 a bell, \u000B a tab, \uFFFE no character"
    id: emoji
    steps:
      - exec.run: {{command: [printf, "🚢\\n\\tline two"], effect: read}}
        expect: {{stdout: "👩‍🚀"}}
  - case: "{long}"
    id: long
    steps:
      - exec.run: {{command: [printf, "{long}"], effect: read}}
        expect: {{stdout: short}}
  - case: no such machine
    id: errored
    steps:
      - stepfunctions.run: {{state_machine: "]]>"}}
  - case: skipped ]]>
    needs: [long]
    steps: [{{exec.run: {{command: ["true"], effect: read}}}}]
  - case: fine
    steps: [{{exec.run: {{command: ["true"], effect: read}}}}]
"#
    )
}

#[test]
fn hostile_names_and_messages_are_read_by_junitparser_with_the_right_counts() {
    let scratch = Scratch::of(&suite());
    scratch.run().exits(1);
    let junit = run_folder(scratch.root()).join("junit.xml");
    let output = peers::python().args(["-c", SCRIPT]).arg(&junit).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let suites: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let suite = &suites[0];
    assert_eq!(suite["name"], "hostile ]]> <suite> & \"quotes\"");
    for (count, expected) in [("tests", 6), ("failures", 3), ("errors", 1), ("skipped", 1)] {
        assert_eq!(suite[count], expected, "{count}");
    }
    let cases = suite["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 6);
    assert_eq!(cases[0]["name"], "]]> <![CDATA[ &amp; </testcase>");
    let texts: Vec<String> = cases.iter().map(|case| case["results"].to_string()).collect();
    assert!(texts[0].contains("]]> nothing else") && texts[0].contains("Failure"), "{}", texts[0]);
    assert!(cases[1]["name"].as_str().unwrap().contains("🚢👩‍🚀"), "{}", cases[1]["name"]);
    assert!(texts[3].contains("Error"), "{}", texts[3]);
    // CodeBuild keeps 1,000 characters of a name and 5,000 of a message.
    for case in cases {
        assert!(case["name"].as_str().unwrap().chars().count() <= 1000);
        for result in case["results"].as_array().unwrap() {
            let body = result[2].as_str().unwrap_or_default();
            assert!(result[1].as_str().unwrap().chars().count() <= 5000 && body.chars().count() <= 5000);
        }
    }
    let names: std::collections::BTreeSet<_> = cases.iter().map(|case| case["name"].to_string()).collect();
    assert_eq!(names.len(), 6, "names are unique");
}
