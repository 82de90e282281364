//! What a target gets: the event, a part of it, a constant, or a text that is made of both.
//!
//! The rules are those of the EventBridge user guide ("Amazon EventBridge input transformation"): a variable that is a text is put in
//! quotes unless it stands in a text already; in a text it is not escaped, and objects and lists lose their quotes. A variable
//! whose path finds nothing leaves nothing. What comes out must be JSON, as every target of the sandbox demands.

use serde_json::Value;

use super::event::{Event, stamp};
use crate::sandbox::stepfunctions::JsonPath;

/// Variables that are known without a path.
const KNOWN: [&str; 5] = [
    "aws.events.rule-arn",
    "aws.events.rule-name",
    "aws.events.event.ingestion-time",
    "aws.events.event",
    "aws.events.event.json",
];

/// How the input of a target is made.
#[derive(Debug, Clone)]
pub enum Input {
    /// The whole event.
    Event,
    /// Always the same JSON text.
    Constant(String),
    /// A part of the event.
    Path(JsonPath),
    /// A template with variables.
    Transformer(Transformer),
}

/// A template with variables.
#[derive(Debug, Clone)]
pub struct Transformer {
    paths: Vec<(String, JsonPath)>,
    pieces: Vec<Piece>,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// A variable, and whether it stands in a JSON text.
    Variable(String, bool),
}

/// The rule that delivers.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'s> {
    pub name: &'s str,
    pub arn: &'s str,
}

impl Input {
    /// The input of a target. The error is a sentence.
    pub fn of(&self, event: &Event, sender: Sender<'_>) -> Result<String, String> {
        match self {
            Self::Event => Ok(event.document.to_string()),
            Self::Constant(text) => Ok(text.clone()),
            Self::Path(path) => {
                let found = path.evaluate(&event.document, &Value::Null);
                found.map(|value| value.to_string()).map_err(|error| error.to_string())
            }
            Self::Transformer(transformer) => transformer.render(event, sender),
        }
    }
}

impl Transformer {
    /// Reads a template and its paths by variable. The error is a sentence.
    pub fn new<'p>(paths: impl Iterator<Item = (&'p str, &'p str)>, template: &str) -> Result<Self, String> {
        let path = |(name, text): (&str, &str)| {
            if name.is_empty() || !name.chars().all(is_of_name) || name.to_ascii_lowercase().starts_with("aws.") {
                return Err(format!("`{name}` cannot be the name of a variable"));
            }
            self::path(text).map(|path| (name.to_owned(), path))
        };
        let paths: Vec<_> = paths.map(path).collect::<Result<_, _>>()?;
        let pieces = pieces(template);
        let known = |name: &str| KNOWN.contains(&name) || paths.iter().any(|(other, _)| other == name);
        let unknown = pieces.iter().find_map(|piece| match piece {
            Piece::Variable(name, _) if !known(name) => Some(name),
            _ => None,
        });
        match unknown {
            Some(name) => Err(format!("the template contains the invalid placeholder <{name}>")),
            None => Ok(Self { paths, pieces }),
        }
    }

    fn render(&self, event: &Event, sender: Sender<'_>) -> Result<String, String> {
        let (mut text, mut absent) = (String::new(), Vec::new());
        for piece in &self.pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Variable(name, in_text) => match self.value(name, event, sender) {
                    Some(value) if *in_text => text.push_str(&unquoted(&value)),
                    Some(value) => text.push_str(&value.to_string()),
                    None => absent.push(name.as_str()),
                },
            }
        }
        match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
            Ok(_) => Ok(text),
            Err(error) if absent.is_empty() => Err(format!("the transformed input is not JSON: {error}: {text}")),
            Err(_) => Err(format!(
                "the transformed input is not JSON, the event has nothing for <{}>: {text}",
                absent.join(">, <")
            )),
        }
    }

    fn value(&self, name: &str, event: &Event, sender: Sender<'_>) -> Option<Value> {
        Some(match name {
            "aws.events.rule-arn" => sender.arn.into(),
            "aws.events.rule-name" => sender.name.into(),
            "aws.events.event.ingestion-time" => stamp(event.ingested).into(),
            "aws.events.event.json" => event.document.clone(),
            "aws.events.event" => {
                let mut document = event.document.clone();
                document.as_object_mut()?.shift_remove("detail");
                document
            }
            _ => {
                let (_, path) = self.paths.iter().find(|(other, _)| other == name)?;
                path.evaluate(&event.document, &Value::Null).ok()?
            }
        })
    }
}

/// A path into an event.
pub fn path(text: &str) -> Result<JsonPath, String> {
    let is_path = text == "$" || text.starts_with("$.") || text.starts_with("$[");
    if is_path { JsonPath::parse(text) } else { Err(format!("`{text}` is no path into an event: it begins with `$.`")) }
}

fn unquoted(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(_) | Value::Array(_) => value.to_string().replace('"', ""),
        other => other.to_string(),
    }
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_-.".contains(letter)
}

/// Cuts a template at its variables: `<name>`, as long as `name` could be one.
fn pieces(template: &str) -> Vec<Piece> {
    let (mut pieces, mut text, mut in_text, mut rest) = (Vec::new(), String::new(), false, template);
    while let Some(letter) = rest.chars().next() {
        let variable = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        if let Some((name, behind)) = variable.filter(|(name, _)| !name.is_empty() && name.chars().all(is_of_name)) {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
            pieces.push(Piece::Variable(name.to_owned(), in_text));
            rest = behind;
            continue;
        }
        let length = if letter == '\\' { rest.chars().take(2).map(char::len_utf8).sum() } else { letter.len_utf8() };
        in_text ^= letter == '"';
        let (piece, behind) = rest.split_at(length);
        text.push_str(piece);
        rest = behind;
    }
    pieces.push(Piece::Text(text));
    pieces
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::super::event::Event;
    use super::{Input, Sender, Transformer};

    /// The example of the guide, with an id that is a number of many digits.
    fn event() -> Event {
        let document = json!({
            "version": "0", "id": "7bf73129", "source": "aws.ec2",
            "detail": {"instance-id": "i-0123456789", "state": "RUNNING", "say": "\"hi\"", "tags": ["a", {"b": 1}], "cpu": 4},
        });
        let ingested = DateTime::from_timestamp(1_700_000_000, 0).expect("a time");
        Event { id: "7bf73129".to_owned(), ingested, document }
    }

    const SENDER: Sender<'static> = Sender { name: "r", arn: "arn:aws:events:eu-west-1:000000000000:rule/r" };

    fn transformed(template: &str) -> Result<String, String> {
        let paths = [
            ("instance", "$.detail.instance-id"),
            ("state", "$.detail.state"),
            ("say", "$.detail.say"),
            ("tags", "$.detail.tags"),
            ("first", "$.detail.tags[0]"),
            ("cpu", "$.detail.cpu"),
            ("none", "$.detail.none"),
        ];
        Input::Transformer(Transformer::new(paths.into_iter(), template)?).of(&event(), SENDER)
    }

    #[test]
    fn templates_become_what_the_guide_shows() {
        for (template, expected) in [
            (r#""instance <instance> is in <state>""#, r#""instance i-0123456789 is in RUNNING""#),
            (r#"{"instance" : <instance>, "state": <state>}"#, r#"{"instance" : "i-0123456789", "state": "RUNNING"}"#),
            (
                r#"{"instance" : <instance>, "status": "instance \"<instance>\" is in <state>"}"#,
                r#"{"instance" : "i-0123456789", "status": "instance \"i-0123456789\" is in RUNNING"}"#,
            ),
            (
                r#"{"state": [9, <state>, true], "Transformed" : "Yes"}"#,
                r#"{"state": [9, "RUNNING", true], "Transformed" : "Yes"}"#,
            ),
            (r#"{"tags": <tags>, "cpu": <cpu>}"#, r#"{"tags": ["a",{"b":1}], "cpu": 4}"#),
            (r#""tags are <tags>, <first>, <cpu>""#, r#""tags are [a,{b:1}], a, 4""#),
            (r#"{"say": <say>}"#, r#"{"say": "\"hi\""}"#),
            (r#""nothing: <none>""#, r#""nothing: ""#),
            ("<tags>", r#"["a",{"b":1}]"#),
            (r#""1 < 2 and 3 > 2""#, r#""1 < 2 and 3 > 2""#),
            (
                r#"{"rule": "<aws.events.rule-name>", "arn": <aws.events.rule-arn>, "at": <aws.events.event.ingestion-time>}"#,
                r#"{"rule": "r", "arn": "arn:aws:events:eu-west-1:000000000000:rule/r", "at": "2023-11-14T22:13:20Z"}"#,
            ),
            (r#"{"event": <aws.events.event>}"#, r#"{"event": {"version":"0","id":"7bf73129","source":"aws.ec2"}}"#),
        ] {
            assert_eq!(transformed(template).as_deref(), Ok(expected), "{template}");
        }
        assert_eq!(transformed("<aws.events.event.json>"), Ok(event().document.to_string()));
    }

    #[test]
    fn what_cannot_be_an_input_is_told() {
        for (template, part) in [
            (r#"{"a": <none>}"#, "nothing for <none>"),
            (r#""he says <say>""#, "is not JSON"),
            ("instance <instance>", "is not JSON"),
            (r#"{"a": <stat>}"#, "invalid placeholder <stat>"),
        ] {
            let error = transformed(template).expect_err(template);
            assert!(error.contains(part), "{template}: {error}");
        }
        for (name, path) in [("aws.x", "$.id"), ("", "$.id"), ("a b", "$.id"), ("a", "id")] {
            assert!(Transformer::new([(name, path)].into_iter(), "{}").is_err(), "{name} {path}");
        }
    }
}
