//! The JSON Schema of what may stand under `expect`, made from the list of matchers.

use serde_json::{Map, Value, json};

use super::matchers::{ArgumentShape, MatcherDoc, matchers};

/// The definitions `expectation` and `matchers`, to be put under `$defs` of a suite's schema.
///
/// `definitions` is the place they will have, for example `#/$defs`.
pub fn schema(definitions: &str) -> Value {
    let properties: Map<String, Value> =
        matchers().iter().map(|matcher| (matcher.name.to_owned(), property(matcher, definitions))).collect();
    json!({
        "expectation": {
            "description": "A value is equality, a list matches element by element, a mapping is matchers or a partial match",
            "anyOf": [
                { "type": ["string", "number", "boolean", "null"] },
                { "type": "array", "items": { "$ref": format!("{definitions}/expectation") } },
                { "$ref": format!("{definitions}/matchers") },
                { "type": "object", "additionalProperties": { "$ref": format!("{definitions}/expectation") } },
            ],
        },
        "matchers": { "type": "object", "minProperties": 1, "additionalProperties": false, "properties": properties },
    })
}

fn property(matcher: &MatcherDoc, definitions: &str) -> Value {
    let mut schema = shape(matcher.argument, definitions);
    if let Value::Object(object) = &mut schema {
        object.insert("description".to_owned(), Value::from(format!("{} Example: `{}`", matcher.doc, matcher.example)));
    }
    schema
}

fn shape(shape: ArgumentShape, definitions: &str) -> Value {
    let expectation = json!({ "$ref": format!("{definitions}/expectation") });
    let template = json!({ "type": "string", "pattern": "\\{\\{" });
    match shape {
        ArgumentShape::Any => json!({}),
        ArgumentShape::Values => json!({ "anyOf": [{ "type": "array", "minItems": 1 }, template] }),
        ArgumentShape::Ordered => json!({ "type": ["number", "string"] }),
        ArgumentShape::Range => json!({
            "anyOf": [{ "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": ["number", "string"] } }, template]
        }),
        ArgumentShape::Close => json!({
            "type": "object", "additionalProperties": false, "required": ["value"],
            "properties": {
                "value": { "type": ["number", "string"] },
                "abs": { "type": ["number", "string"] },
                "rel": { "type": ["number", "string"] },
            },
            "anyOf": [{ "required": ["abs"] }, { "required": ["rel"] }],
        }),
        ArgumentShape::Text | ArgumentShape::Path => json!({ "type": "string" }),
        ArgumentShape::Boolean => json!({ "anyOf": [{ "type": "boolean" }, template] }),
        ArgumentShape::Types => json!({
            "anyOf": [{ "type": ["string", "null"] }, { "type": "array", "items": { "type": ["string", "null"] }, "minItems": 1 }]
        }),
        ArgumentShape::Keys => json!({
            "anyOf": [{ "const": true }, { "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }]
        }),
        ArgumentShape::Sorting => json!({
            "anyOf": [
                { "const": true },
                { "type": "string" },
                { "type": "array", "items": { "type": "string" }, "minItems": 1 },
                { "type": "object", "additionalProperties": false, "properties": {
                    "by": { "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] },
                    "order": { "enum": ["ascending", "descending"] },
                } },
            ]
        }),
        ArgumentShape::Expectation => json!({ "allOf": [expectation] }),
        ArgumentShape::Expectations => json!({ "type": "array", "items": expectation }),
        ArgumentShape::Fields => json!({ "type": "object", "additionalProperties": expectation }),
    }
}
