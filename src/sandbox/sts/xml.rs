//! Answers of the query protocol.

use std::fmt::Write;

use crate::sandbox::wire::ApiError;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Elements in order, each text or elements again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    Text(&'static str, String),
    Group(&'static str, Vec<Element>),
}

/// The answer of an action.
pub fn response(action: &str, result: &[Element], request_id: &str) -> String {
    format!(
        "<{action}Response xmlns=\"{NAMESPACE}\"><{action}Result>{}</{action}Result>\
         <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>",
        written(result)
    )
}

/// A refusal.
pub fn refusal(error: &ApiError, request_id: &str) -> String {
    let kind = if error.status < 500 { "Sender" } else { "Receiver" };
    format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{kind}</Type><Code>{}</Code><Message>{}</Message></Error>\
         <RequestId>{request_id}</RequestId></ErrorResponse>",
        escaped(&error.code),
        escaped(&error.message)
    )
}

fn written(elements: &[Element]) -> String {
    elements.iter().fold(String::new(), |mut text, element| {
        let (name, inner) = match element {
            Element::Text(name, value) => (name, escaped(value)),
            Element::Group(name, inner) => (name, written(inner)),
        };
        let _ = write!(text, "<{name}>{inner}</{name}>");
        text
    })
}

/// Text for XML 1.0; characters that it cannot hold become U+FFFD.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, character| {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' => out.push(character),
            control if control.is_control() || matches!(control, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            other => out.push(other),
        }
        out
    })
}
