//! Generated files are committed, and are what the binary generates.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Number, Value};

use crate::scratch::Scratch;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn check(what: &str, file: &str) {
    let generated = Scratch::new().shakedown(&["schema", what]).exits(0).out;
    let committed = fs::read_to_string(root().join(file)).unwrap_or_default();
    assert!(generated == committed, "{file} is out of date: `cargo run -- schema {what} >{file}` makes it anew");
}

#[test]
fn the_committed_schema_of_suites_is_the_generated_one() {
    check("suite", "shakedown-suite.schema.json");
}

#[test]
fn the_committed_schema_of_the_project_file_is_the_generated_one() {
    check("project", "shakedown-project.schema.json");
}

#[test]
fn the_committed_reference_is_the_generated_one() {
    check("reference", "docs/reference.md");
}

#[test]
fn the_committed_page_about_the_sandbox_is_the_generated_one() {
    check("sandbox", "docs/sandbox.md");
}

/// What the schema has against a YAML file, by a validator that knows nothing of our own reading.
fn problems(schema: &str, file: &Path) -> Vec<String> {
    let schema: Value = serde_json::from_str(&fs::read_to_string(root().join(schema)).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let document = document(file);
    validator
        .iter_errors(&document)
        .map(|error| format!("{}: {}: {error}", file.display(), error.instance_path()))
        .collect()
}

/// The file as JSON, read by the venv's `PyYAML`: the reading is independent too.
fn document(file: &Path) -> Value {
    let script = "import sys, json, yaml; json.dump(yaml.load(open(sys.argv[1]), yaml.BaseLoader), sys.stdout)";
    let output = crate::peers::python().args(["-c", script]).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    typed(serde_json::from_slice(&output.stdout).unwrap())
}

/// Scalars come as text, so that dates stay what is written; numbers and truth values are read here as JSON reads them.
fn typed(value: Value) -> Value {
    match value {
        Value::String(text) => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "" | "null" => Value::Null,
            other => other.parse::<Number>().map_or(Value::String(text.clone()), Value::Number),
        },
        Value::Array(items) => items.into_iter().map(typed).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, typed(value))).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}

#[test]
fn the_example_validates_against_the_committed_schemas() {
    let mut wrong = problems("shakedown-project.schema.json", &root().join("shakedown.yaml"));
    let suites: Vec<PathBuf> =
        fs::read_dir(root().join("suites")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(suites.len() >= 4, "{suites:?}");
    wrong.extend(suites.iter().flat_map(|suite| problems("shakedown-suite.schema.json", suite)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_schema_refuses_what_the_product_refuses() {
    let scratch =
        Scratch::of("suite: a\ncases:\n  - case: b\n    timeuot: 5m\n    steps:\n      - s3.object: s3://a/b\n");
    let found = problems("shakedown-suite.schema.json", &scratch.root().join("suites/a.yaml"));
    assert!(found.iter().any(|problem| problem.contains("timeuot")), "{found:?}");
    scratch.shakedown(&["check"]).exits(2).says(&["unknown key `timeuot`"]);
}
