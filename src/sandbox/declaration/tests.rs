//! Good files, and everything that can be wrong with them.

use std::path::Path;

use tempfile::TempDir;

use super::definition::Substitutions;
use super::statements::split;
use super::{Declaration, Loaded};
use crate::diagnostic::render;

fn project(files: &[(&str, &str)]) -> TempDir {
    let root = TempDir::new().expect("a folder");
    for (name, text) in files {
        let path = root.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    root
}

fn load(root: &TempDir, yaml: &str) -> Result<Loaded, String> {
    let printed = |problems: Vec<_>| render(&problems, false);
    let declaration = Declaration::parse(Path::new("fixtures/sandbox.yaml"), yaml.as_bytes()).map_err(printed)?;
    declaration.load(root.path(), "000000000000", "eu-west-1").map_err(printed)
}

fn check_problems(files: &[(&str, &str)], yaml: &str, expected: &[&str]) {
    let problems = load(&project(files), yaml).expect_err("problems");
    for part in expected {
        assert!(problems.contains(part), "{part} is not in\n{problems}");
    }
}

#[test]
fn seeds_become_keys() {
    let root =
        project(&[("seed/a.csv", "1"), ("seed/day=1/b.csv", "2"), ("seed/c.txt", "3"), ("seed/.hidden.csv", "4")]);
    for (seed, expected) in [
        ("orders/: seed/a.csv", vec!["orders/a.csv"]),
        ("orders/all.csv: seed/a.csv", vec!["orders/all.csv"]),
        ("orders/: 'seed/*.csv'", vec!["orders/a.csv"]),
        ("'': 'seed/**/*.csv'", vec!["a.csv", "day=1/b.csv"]),
        ("raw/: seed", vec!["raw/a.csv", "raw/c.txt", "raw/day=1/b.csv"]),
        ("raw/: [seed/a.csv, seed/c.txt]", vec!["raw/a.csv", "raw/c.txt"]),
    ] {
        let loaded = load(&root, &format!("buckets: {{lake: {{seed: {{{seed}}}}}}}")).expect(seed);
        let keys: Vec<_> = loaded.buckets[0].1.iter().map(|object| object.key.as_str()).collect();
        assert_eq!(keys, expected, "{seed}");
    }
}

#[test]
fn everything_wrong_in_the_file_is_told_at_once() {
    let yaml = "bukets: {}\nfunctions:\n  f: {runtme: python3.11, code: x, timeout: 5}\nathena: [a]\n";
    check_problems(
        &[],
        yaml,
        &[
            "unknown key `bukets`",
            "did you mean `buckets`?",
            "unknown key `runtme`",
            "`timeout` must be a duration",
            "athena must be a mapping",
            "sandbox.yaml:1",
        ],
    );
}

#[test]
fn names_that_do_not_fit_are_told() {
    let yaml =
        "buckets: {Lake: {}}\nfunctions: {f: {runtime: python3.11, code: x}}\nathena: {output: 's3://results/'}\n";
    check_problems(&[], yaml, &["`Lake` is not a bucket name", "has no `handler`", "no bucket `results`"]);
}

#[test]
fn every_missing_file_is_told_with_its_place() {
    let yaml = "buckets:\n  lake: {seed: {a/: none.csv, b/: 'none/*.csv'}}\nfunctions:\n  f: {runtime: python3.11, handler: a.b, code: src/f}\nstate_machines:\n  m: {definition: m.json}\nathena: {statements: [t.sql], output: 's3://lake/'}\n";
    check_problems(
        &[],
        yaml,
        &[
            "sandbox.yaml:2",
            "`none.csv` does not exist",
            "there is no folder",
            "`src/f` is neither",
            "`m.json` does not exist",
            "`t.sql` does not exist",
            "paths are relative to",
        ],
    );
}

#[test]
fn two_files_with_one_key_are_told() {
    let files = [("a/x.csv", "1"), ("b/x.csv", "2")];
    check_problems(&files, "buckets: {lake: {seed: {o/: [a, b]}}}", &["have the same key `o/x.csv`"]);
    check_problems(&files, "buckets: {lake: {seed: {o: '*/x.csv'}}}", &["has 2 files, and `o` is one key"]);
}

#[test]
fn names_in_a_definition_are_replaced() {
    let root = project(&[("m.json", r#"{"a": "${CleanOrdersArn}", "b": "${Target}-${Region}", "c": "${$.x} ${"}"#)]);
    let yaml = "functions: {clean-orders: {runtime: provided, code: .}}\nstate_machines: {m: {definition: m.json, type: EXPRESS, substitutions: {Target: 'x-${AccountId}'}}}";
    let machine = &load(&root, yaml).expect("loaded").state_machines[0];
    let expected = r#"{"a": "arn:aws:lambda:eu-west-1:000000000000:function:clean-orders", "b": "x-000000000000-eu-west-1", "c": "${$.x} ${"}"#;
    assert_eq!(machine.definition, expected);
    assert_eq!(machine.declared.kind.as_str(), "EXPRESS");
}

#[test]
fn a_name_without_a_value_and_a_value_without_a_name_are_told() {
    let files = [("m.json", "{\n  \"a\": \"${CleanOrderArn}\"\n}")];
    let yaml = "functions: {clean-orders: {runtime: provided, code: .}}\nstate_machines: {m: {definition: m.json, substitutions: {Unused: x}}}";
    check_problems(
        &files,
        yaml,
        &["m.json:2", "did you mean `${CleanOrdersArn}`?", "the definition has no `${Unused}`"],
    );
}

#[test]
fn a_definition_that_is_not_json_is_told_with_its_line() {
    check_problems(
        &[("m.json", "{\n  \"a\": }\n")],
        "state_machines: {m: {definition: m.json}}",
        &["m.json:2", "is not JSON"],
    );
}

#[test]
fn a_script_is_cut_at_its_semicolons() {
    let sql =
        "-- first; not a statement\ncreate table `a;b` (x int);\n\n/* ; */ select ';', 'it''s;' ; ;\nselect 1 -- end";
    let expected = ["create table `a;b` (x int)", "select ';', 'it''s;'", "select 1 -- end"];
    let found: Vec<_> = split(sql).into_iter().map(|range| &sql[range]).collect();
    assert_eq!(found, expected);
    assert!(split("  -- nothing\n ; ").is_empty());
    assert_eq!(split("select 'open").len(), 1);
}

#[test]
fn rules_are_read_with_their_patterns() {
    let root = project(&[("p.json", r#"{"source": ["shop"]}"#), ("m.json", "{}")]);
    let yaml = r"
buckets: {lake: {event_bridge: true}, other: {}}
functions: {f: {runtime: provided, code: .}}
state_machines: {m: {definition: m.json}}
rules:
  a: {pattern: {source: [aws.s3], detail: {bucket: {name: [lake]}, n: [{numeric: ['>', 0.30]}]}}, targets: [{state_machine: m}]}
  b: {pattern: p.json, targets: [{function: f, input_path: $.detail}], enabled: false, description: d}
  c: {schedule: rate(1 day), targets: [{function: f, input: {day: [1, null]}}, {state_machine: m, input_transformer: {template: '{}'}}]}
";
    let loaded = load(&root, yaml).expect("loaded");
    let patterns: Vec<_> = loaded.rules.iter().map(|rule| rule.pattern.as_deref()).collect();
    let inline = r#"{"source":["aws.s3"],"detail":{"bucket":{"name":["lake"]},"n":[{"numeric":[">",0.30]}]}}"#;
    assert_eq!(patterns, [Some(inline), Some(r#"{"source": ["shop"]}"#), None]);
    let enabled: Vec<_> = loaded.rules.iter().map(|rule| rule.declared.enabled).collect();
    assert_eq!(enabled, [true, false, true]);
    assert_eq!(loaded.rules[2].declared.targets.len(), 2);
}

#[test]
fn everything_wrong_with_rules_is_told_with_its_place() {
    let files = [("p.json", r#"{"source": "shop"}"#), ("broken.json", "{\n  \"source\": }\n"), ("m.json", "{}")];
    let yaml = r"
buckets: {lake-raw: {}, lake-curated: {event_bridge: true}}
state_machines: {arrivals: {definition: m.json}}
rules:
  a b: {schedule: rate(1 days), targets: [{state_machine: arival}]}
  b: {pattern: {detail_type: [x], detail: {bucket: {name: [lake-raw, lake-curate]}}}, targets: [{function: f}]}
  c: {pattern: {source: [{begins: x}]}, targets: [{state_machine: arrivals}]}
";
    check_problems(
        &files,
        yaml,
        &[
            "sandbox.yaml:5",
            "`a b` is not a name of a rule",
            "not a schedule",
            "singular: day",
            "there is no state machine `arival`",
            "did you mean `arrivals`?",
            "events have no `detail_type`",
            "did you mean `detail-type`?",
            "bucket `lake-raw` sends no events",
            "add `event_bridge: true`",
            "did you mean `lake-curated`?",
            "there is no function `f`",
            "`source`: unrecognized match type begins",
        ],
    );
    let yaml = "rules:\n  a: {pattern: p.json, targets: []}\n  b: {pattern: broken.json, targets: []}\n  c: {pattern: none.json, targets: []}";
    check_problems(
        &files,
        yaml,
        &[
            "p.json:1",
            "`source` must be an object or a list",
            "broken.json:2",
            "is not JSON",
            "`none.json` does not exist",
        ],
    );
    let both = "rules: {a: {pattern: p.json, schedule: rate(1 day), targets: [{function: f, state_machine: m, input: 1, input_path: $}]}}";
    check_problems(&files, both, &["pattern", "schedule", "state_machine", "function", "input_path"]);
    check_problems(&files, "rules: {a: {targets: []}}", &["pattern", "schedule"]);
}

#[test]
fn an_empty_file_declares_nothing() {
    assert!(load(&project(&[]), "").expect("nothing").buckets.is_empty());
}

#[test]
fn substitutions_never_panic_on_odd_text() {
    for text in ["${", "${}", "$${A}", "${A}${A}", "é${é}", "${A"] {
        let (_, unknown) = Substitutions::default().apply(text);
        assert!(unknown.len() <= 1, "{text}");
    }
}
