//! JSON Schema of suites and of the project file, from the field tables.

use serde_json::{Map, Value as Json, json};

use crate::actions::{ACTIONS, Spec};
use crate::expect;
use crate::target::PROJECT;
use crate::yaml::field;

use super::table::{STEP, SUITE};

/// Where definitions lie.
const DEFINITIONS: &str = "#/$defs";

/// The JSON Schema (2020-12) of a suite file: every key, every action's arguments, every output and matcher.
pub fn suite_schema() -> Json {
    let mut schema = field::schema(&SUITE);
    let step = field::schema(&STEP);
    if let Json::Object(schema) = &mut schema {
        let definitions = schema.entry("$defs").or_insert_with(|| json!({}));
        for other in [step.get("$defs"), Some(&expect::schema(DEFINITIONS))].into_iter().flatten() {
            add(definitions, other);
        }
    }
    schema
}

/// The JSON Schema (2020-12) of the project file.
pub fn project_schema() -> Json {
    field::schema(&PROJECT)
}

/// Adds definitions that are not there yet.
fn add(definitions: &mut Json, others: &Json) {
    let (Json::Object(definitions), Json::Object(others)) = (definitions, others) else { return };
    for (name, definition) in others {
        definitions.entry(name.as_str()).or_insert_with(|| definition.clone());
    }
}

/// A step; its nested definitions are added beside it.
pub(super) fn step() -> Json {
    let mut step = field::schema(&STEP);
    if let Json::Object(step) = &mut step {
        for key in ["$schema", "title", "$defs"] {
            step.shift_remove(key);
        }
        let expectations = ACTIONS.iter().map(|action| expectation_of(action.spec()));
        if let Json::Array(conditions) = step.entry("allOf").or_insert_with(|| json!([])) {
            conditions.extend(expectations);
        }
    }
    step
}

/// A step's undo.
pub(super) fn undo() -> Json {
    json!({ "$ref": format!("{DEFINITIONS}/step") })
}

/// With this action, `expect` has its output fields.
fn expectation_of(spec: &Spec) -> Json {
    let mut properties: Map<String, Json> =
        spec.outputs.iter().map(|output| (output.name.to_owned(), expectation(output.doc))).collect();
    properties.insert("aws_error".to_owned(), expectation("The code of AWS's refusal."));
    json!({
        "if": { "required": [spec.name] },
        "then": { "properties": { "expect": {
            "properties": properties,
            "patternProperties": { "^\\$": expectation("A JSONPath into the output.") },
            "additionalProperties": false,
        } } },
    })
}

fn expectation(doc: &str) -> Json {
    json!({ "description": doc, "$ref": format!("{DEFINITIONS}/expectation") })
}

/// `expect:` of any action.
pub(super) fn expect() -> Json {
    json!({ "type": "object", "minProperties": 1 })
}

/// `that:`.
pub(super) fn that() -> Json {
    let expression = json!({ "type": ["string", "boolean"] });
    json!({ "anyOf": [expression, { "type": "array", "minItems": 1, "items": expression }] })
}

/// `matrix:`.
pub(super) fn matrix() -> Json {
    let template = json!({ "type": "string", "pattern": "\\{\\{" });
    let from = json!({
        "type": "object", "required": ["from"], "additionalProperties": false,
        "properties": {
            "from": { "description": "A CSV or JSON file of the project.", "type": "string" },
            "columns": { "description": "The types of columns.", "type": "object", "additionalProperties": { "type": "string" } },
        },
    });
    let rows = json!({
        "type": "object", "required": ["rows"], "additionalProperties": false,
        "properties": { "rows": { "type": "array", "minItems": 1, "items": { "type": "object" } } },
    });
    let lists = json!({
        "type": "object", "minProperties": 1, "not": { "anyOf": [{ "required": ["from"] }, { "required": ["rows"] }] },
        "additionalProperties": { "anyOf": [{ "type": "array", "minItems": 1 }, template] },
    });
    json!({ "anyOf": [{ "description": "A matrix of the project file.", "type": "string" }, rows, from, lists] })
}
