//! JSON Schema (2020-12) from a table, for editors.
//!
//! The schema is a little wider than [`super::check`]: JSON Schema knows no phases, and sees numbers and booleans where
//! the file's text counts.

use serde_json::{Map, Value as Json, json};

use crate::diagnostic::Source;
use crate::yaml;

use super::{Extra, Field, Phase, Shape, Table};

/// A number with its unit, as `read_duration` takes them: each unit at most once, in this order.
const DURATION: &str = r"^(?=.)(\d+(\.\d+)?d ?)?(\d+(\.\d+)?h ?)?(\d+(\.\d+)?m ?)?(\d+(\.\d+)?s ?)?(\d+(\.\d+)?ms ?)?(\d+(\.\d+)?us ?)?(\d+(\.\d+)?ns)?$";
const SIZE: &str = r"^\d+(\.\d+)?( ?([kKmMgGtTpP][iI]?)?[bB])?$";
const IDENTIFIER: &str = r"^[A-Za-z][A-Za-z0-9_-]{0,63}$";
const DATE: &str = r"^\d{4}-\d{2}-\d{2}$";

/// The JSON Schema of a file that a table describes. Nested tables and defined shapes are under `$defs`.
pub fn schema(table: &Table) -> Json {
    let mut definitions = Definitions(Map::new());
    let mut root = Map::new();
    root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    root.insert("title".to_owned(), json!(table.name));
    root.extend(definitions.mapping(table));
    if !definitions.0.is_empty() {
        root.insert("$defs".to_owned(), Json::Object(definitions.0));
    }
    Json::Object(root)
}

/// What `$defs` holds, in the order of first use.
struct Definitions(Map<String, Json>);

impl Definitions {
    /// A table's own schema.
    fn mapping(&mut self, table: &Table) -> Map<String, Json> {
        let mut schema = Map::new();
        schema.insert("description".to_owned(), json!(table.doc));
        schema.insert("type".to_owned(), json!("object"));
        let mut properties = Map::new();
        for field in table.fields {
            let property = self.property(field);
            properties.extend(field.aliases.iter().map(|alias| ((*alias).to_owned(), property.clone())));
            properties.insert(field.name.to_owned(), property);
        }
        schema.insert("properties".to_owned(), Json::Object(properties));
        if let Extra::AllowPrefix(prefix) = table.extra {
            schema.insert("patternProperties".to_owned(), json!({ format!("^{prefix}"): true }));
        }
        schema.insert("additionalProperties".to_owned(), json!(false));
        schema.extend(required(table));
        schema
    }

    fn property(&mut self, field: &Field) -> Json {
        let mut property = Map::new();
        property.insert("description".to_owned(), json!(field.doc));
        if let Some(default) = field.default {
            property.insert("default".to_owned(), default_value(default));
        }
        match self.value(&field.shape, field.phase) {
            Json::Object(shape) => property.extend(shape),
            anything => return if anything == json!(true) { Json::Object(property) } else { anything },
        }
        Json::Object(property)
    }

    /// The schema of a value, or a string with a template where the phase allows one.
    fn value(&mut self, shape: &Shape, phase: Phase) -> Json {
        let literal = self.shape(shape, phase);
        let takes_any_text = matches!(shape, Shape::Text | Shape::Any | Shape::Expression | Shape::Defined { .. });
        if phase == Phase::Never || takes_any_text {
            return literal;
        }
        self.0.entry("template").or_insert_with(template);
        json!({ "anyOf": [literal, { "$ref": "#/$defs/template" }] })
    }

    fn shape(&mut self, shape: &Shape, phase: Phase) -> Json {
        match shape {
            Shape::Text | Shape::Expression => json!({ "type": ["string", "number", "boolean"] }),
            Shape::Identifier | Shape::Step => json!({ "type": "string", "pattern": IDENTIFIER }),
            Shape::Integer { min, max } => integer(*min, *max),
            Shape::Number => json!({ "type": "number" }),
            Shape::Boolean => json!({ "type": "boolean" }),
            Shape::Duration => json!({ "anyOf": [{ "type": "string", "pattern": DURATION }, { "const": 0 }] }),
            Shape::Size => {
                json!({ "anyOf": [{ "type": "string", "pattern": SIZE }, { "type": "integer", "minimum": 0 }] })
            }
            Shape::Date => json!({ "type": "string", "pattern": DATE }),
            Shape::Any => json!(true),
            Shape::List(item) => json!({ "type": "array", "items": self.value(item, phase) }),
            Shape::Map(value) => json!({ "type": "object", "additionalProperties": self.value(value, phase) }),
            Shape::OneOf(words) => json!({ "enum": words }),
            Shape::Table(table) => self.reference(table),
            Shape::Either(shapes) => {
                let alternatives: Vec<Json> = shapes.iter().map(|shape| self.shape(shape, phase)).collect();
                json!({ "anyOf": alternatives })
            }
            Shape::Defined { name, schema, .. } => {
                let key = key(name);
                self.0.entry(key.as_str()).or_insert_with(schema);
                json!({ "$ref": format!("#/$defs/{key}") })
            }
        }
    }

    /// A reference to a nested table, which is defined on its first use. Tables may refer to each other in circles.
    fn reference(&mut self, table: &Table) -> Json {
        let key = key(table.name);
        if !self.0.contains_key(&key) {
            self.0.insert(key.clone(), Json::Null);
            let mapping = self.mapping(table);
            self.0.insert(key.clone(), Json::Object(mapping));
        }
        json!({ "$ref": format!("#/$defs/{key}") })
    }
}

/// A name as a key that a reference can hold as it is.
fn key(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '_' }).collect()
}

fn template() -> Json {
    json!({ "description": "A template: text with one or more `{{ expressions }}`.", "type": "string", "pattern": r"\{\{" })
}

fn integer(min: Option<i64>, max: Option<i64>) -> Json {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), json!("integer"));
    schema.extend(min.map(|min| ("minimum".to_owned(), json!(min))));
    schema.extend(max.map(|max| ("maximum".to_owned(), json!(max))));
    Json::Object(schema)
}

/// The default as it would be written in the file.
fn default_value(default: &str) -> Json {
    yaml::parse(Source::new("default", default)).map_or_else(|_| json!(default), |node| node.value().to_json())
}

/// `required` for fields without aliases; for those with aliases and for groups, conditions under `allOf`.
fn required(table: &Table) -> Map<String, Json> {
    let (plain, aliased): (Vec<&Field>, Vec<&Field>) =
        table.fields.iter().filter(|field| field.required).partition(|field| field.aliases.is_empty());
    let mut conditions: Vec<Json> = aliased.iter().map(|field| json!({ "anyOf": present(field) })).collect();
    for group in table.exactly_one {
        let choices: Vec<Json> = members(table, group).flat_map(present).collect();
        conditions.push(json!({ "oneOf": choices }));
    }
    for group in table.at_most_one {
        let choices: Vec<Json> = members(table, group).flat_map(present).collect();
        conditions.push(json!({ "anyOf": [{ "not": { "anyOf": choices } }, { "oneOf": choices }] }));
    }
    let mut schema = Map::new();
    if !plain.is_empty() {
        let names: Vec<&str> = plain.iter().map(|field| field.name).collect();
        schema.insert("required".to_owned(), json!(names));
    }
    if !conditions.is_empty() {
        schema.insert("allOf".to_owned(), Json::Array(conditions));
    }
    schema
}

fn members<'a>(table: &'a Table, group: &'a [&str]) -> impl Iterator<Item = &'a Field> {
    table.fields.iter().filter(|field| group.contains(&field.name))
}

/// A field is there under its name or one of its aliases.
fn present(field: &Field) -> Vec<Json> {
    std::iter::once(field.name).chain(field.aliases.iter().copied()).map(|name| json!({ "required": [name] })).collect()
}
