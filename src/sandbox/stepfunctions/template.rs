//! Payload templates: `Parameters`, `ResultSelector`, `ItemSelector` and `Assign`. A field whose name ends in `.$` takes its value
//! from a path, the context object or an intrinsic function; everything else is literal. Lists are searched too.

use super::intrinsics::{Intrinsic, IntrinsicError};
use super::jsonpath::{Miss, Path};
use serde_json::{Map, Value};

/// A template that could not be filled, in AWS's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    pub error_name: &'static str,
    pub message: String,
}

/// A parsed template.
#[derive(Debug, Clone)]
pub struct Template(Node);

#[derive(Debug, Clone)]
enum Node {
    Literal(Value),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
    /// A field that ends in `.$`, with its name as it was written.
    Path {
        field: String,
        path: Path,
    },
    Intrinsic(Intrinsic),
}

impl Template {
    /// Parses a template. The error is AWS's sentence about the field that is wrong.
    pub fn parse(value: &Value) -> Result<Self, String> {
        node(value).map(Self)
    }

    /// The template with every `.$` field replaced by its value.
    pub fn evaluate(&self, data: &Value, context: &Value) -> Result<Value, TemplateError> {
        fill(&self.0, data, context)
    }
}

fn node(value: &Value) -> Result<Node, String> {
    match value {
        Value::Object(map) => object(map),
        Value::Array(items) => items.iter().map(node).collect::<Result<_, _>>().map(Node::List),
        other => Ok(Node::Literal(other.clone())),
    }
}

fn object(map: &Map<String, Value>) -> Result<Node, String> {
    let mut members: Vec<(String, Node)> = Vec::new();
    for (field, value) in map {
        let (name, parsed) = match field.strip_suffix(".$") {
            Some(name) => (name, dynamic(field, value)?),
            None => (field.as_str(), node(value)?),
        };
        if members.iter().any(|(known, _)| known == name) {
            return Err(format!("The field '{name}' is defined twice: as '{name}' and as '{name}.$'"));
        }
        members.push((name.to_owned(), parsed));
    }
    Ok(Node::Object(members))
}

fn dynamic(field: &str, value: &Value) -> Result<Node, String> {
    let refuse = |reason: String| {
        format!(
            "The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call ({reason})"
        )
    };
    let text = value.as_str().ok_or_else(|| {
        format!(
            "The value for the field '{field}' must be a STRING that contains a JSONPath or an intrinsic function call"
        )
    })?;
    if text.starts_with('$') {
        return Path::parse(text).map(|path| Node::Path { field: field.to_owned(), path }).map_err(refuse);
    }
    Intrinsic::parse(text).map(Node::Intrinsic).map_err(refuse)
}

fn fill(node: &Node, data: &Value, context: &Value) -> Result<Value, TemplateError> {
    match node {
        Node::Literal(value) => Ok(value.clone()),
        Node::List(items) => items.iter().map(|item| fill(item, data, context)).collect(),
        Node::Object(members) => {
            let filled = members.iter().map(|(name, member)| Ok((name.clone(), fill(member, data, context)?)));
            filled.collect::<Result<Map<_, _>, _>>().map(Value::Object)
        }
        Node::Path { field, path } => look_up(field, path, data, context),
        Node::Intrinsic(intrinsic) => {
            let failed =
                |error: IntrinsicError| TemplateError { error_name: IntrinsicError::NAME, message: error.message };
            intrinsic.evaluate(data, context).map_err(failed)
        }
    }
}

/// An index past the end of a list is null here, though not elsewhere.
fn look_up(field: &str, path: &Path, data: &Value, context: &Value) -> Result<Value, TemplateError> {
    match path.select(data, context) {
        Ok(value) => Ok(value),
        Err(Miss::OutOfBounds(_)) => Ok(Value::Null),
        Err(Miss::NotFound(_) | Miss::NotAnArray(_)) => {
            Err(TemplateError { error_name: "States.Runtime", message: path.not_found(field, data, context) })
        }
    }
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "test_case hands values over")]
mod tests {
    use super::Template;
    use serde_json::{Value, json};
    use test_case::test_case;

    fn evaluate(template: &Value) -> Result<Value, super::TemplateError> {
        let data = json!({"a": {"b": 1}, "list": [1, 2]});
        let context = json!({"Execution": {"Name": "run-1"}});
        Template::parse(template).unwrap().evaluate(&data, &context)
    }

    #[test_case(json!({"x": 1, "y": [true, null]}), json!({"x": 1, "y": [true, null]}); "literals stay")]
    #[test_case(json!({"x.$": "$.a.b"}), json!({"x": 1}); "a path")]
    #[test_case(json!({"x.$": "$"}), json!({"x": {"a": {"b": 1}, "list": [1, 2]}}); "the whole input")]
    #[test_case(json!({"x.$": "$$.Execution.Name"}), json!({"x": "run-1"}); "the context object")]
    #[test_case(json!({"x.$": "States.MathAdd($.a.b, 4)"}), json!({"x": 5}); "an intrinsic function")]
    #[test_case(json!({"o": {"x.$": "$.a.b"}, "l": [{"y.$": "$.list"}, [{"z.$": "$.list[0]"}]]}), json!({"o": {"x": 1}, "l": [{"y": [1, 2]}, [{"z": 1}]]}); "nested mappings and lists")]
    #[test_case(json!({"x": "$.a.b"}), json!({"x": "$.a.b"}); "a path without the suffix is text")]
    #[test_case(json!({"x.$": "$.list[9]"}), json!({"x": null}); "an index past the end is null")]
    #[test_case(json!({"x.$": "$.none[*]"}), json!({"x": []}); "an indefinite path over nothing")]
    #[test_case(json!("$.a"), json!("$.a"); "a template that is no object")]
    fn a_template_is_filled(template: Value, expected: Value) {
        assert_eq!(evaluate(&template).unwrap(), expected);
    }

    #[test_case(json!({"x.$": "$.none.b"}), "The JSONPath '$.none.b' specified for the field 'x.$' could not be found in the input '{\"a\":{\"b\":1},\"list\":[1,2]}'"; "a path")]
    #[test_case(json!({"x.$": "$$.None"}), "The JSONPath '$.None' specified for the field 'x.$' could not be found in the input '{\"Execution\":{\"Name\":\"run-1\"}}'"; "a path over the context object")]
    #[test_case(json!({"x.$": "States.Format('{}', $.none)"}), "The function 'States.Format('{}', $.none)' had the following error: The JsonPath argument for the field '$.none' could not be found in the input '{\"a\":{\"b\":1},\"list\":[1,2]}'"; "an argument of a function")]
    fn what_is_missing_is_named(template: Value, message: &str) {
        let error = evaluate(&template).unwrap_err();
        assert_eq!((error.error_name, error.message.as_str()), ("States.Runtime", message));
    }

    #[test_case(json!({"x.$": 1}), "The value for the field 'x.$' must be a STRING"; "a number")]
    #[test_case(json!({"x.$": {"y": 1}}), "The value for the field 'x.$' must be a STRING"; "an object")]
    #[test_case(json!({"x.$": "text"}), "The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call"; "plain text")]
    #[test_case(json!({"l": [{"x.$": "$."}]}), "The value for the field 'x.$' must be a valid JSONPath"; "half a path in a list")]
    #[test_case(json!({"x.$": "States.Nope()"}), "there is no intrinsic function 'States.Nope'"; "an unknown function")]
    #[test_case(json!({"x": 1, "x.$": "$.a"}), "'x' is defined twice"; "the same name after the suffix is taken off")]
    fn a_wrong_field_is_refused(template: Value, part: &str) {
        let error = Template::parse(&template).unwrap_err();
        assert!(error.contains(part), "{error}");
    }
}
