//! Values as typed text for people.

use std::fmt::{self, Write as _};

use super::{Timestamp, Value, duration_text, number_text, size_text};

/// Elements of a list or mapping that are shown on one line before a count stands for the rest.
const SHOWN: usize = 10;
/// Characters of a string that are shown on one line.
const SHOWN_CHARACTERS: usize = 400;

/// A value on one line; made by [`Value::display`].
#[derive(Debug, Clone, Copy)]
pub struct Display<'a>(&'a Value);

impl Value {
    /// The value on one line, typed: strings in quotes with escapes, dates and numbers bare, long strings, lists and
    /// mappings shortened with a count.
    pub const fn display(&self) -> Display<'_> {
        Display(self)
    }

    /// The value on as many lines as it needs, like YAML, nothing left out. Strings are in quotes.
    pub fn pretty(&self) -> String {
        let mut text = String::new();
        pretty(self, 0, &mut text);
        text
    }
}

impl fmt::Display for Display<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Text(text) => write_shortened(f, text),
            Value::List(items) => {
                f.write_char('[')?;
                write_items(f, items.iter(), |f, item| write!(f, "{}", item.display()))?;
                f.write_char(']')
            }
            Value::Map(map) => {
                f.write_char('{')?;
                write_items(f, map.iter(), |f, (key, value)| write!(f, "{}: {}", KeyText(key), value.display()))?;
                f.write_char('}')
            }
            scalar => f.write_str(&scalar_text(scalar)),
        }
    }
}

fn write_items<T>(
    f: &mut fmt::Formatter<'_>,
    items: impl ExactSizeIterator<Item = T>,
    mut write: impl FnMut(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    let hidden = items.len().saturating_sub(SHOWN);
    for (index, item) in items.take(SHOWN).enumerate() {
        f.write_str(if index > 0 { ", " } else { "" })?;
        write(f, item)?;
    }
    if hidden > 0 { write!(f, ", … {hidden} more") } else { Ok(()) }
}

fn write_shortened(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => write!(f, "{}… ({} characters)", quoted(&text[..end]), text.chars().count()),
        None => f.write_str(&quoted(text)),
    }
}

/// Text in double quotes, with JSON's escapes, and control characters of every kind escaped.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || is_invisible(c) => quoted.extend(c.escape_unicode()),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Characters that would make two different strings look alike, or reorder a line: zero-width, bidirectional marks,
/// the no-break space, the byte order mark.
const fn is_invisible(character: char) -> bool {
    matches!(character, '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A key: bare when it is a plain word, else in quotes.
struct KeyText<'a>(&'a str);

impl fmt::Display for KeyText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
        if !self.0.is_empty() && self.0.chars().all(is_word) {
            f.write_str(self.0)
        } else {
            f.write_str(&quoted(self.0))
        }
    }
}

fn scalar_text(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Number(number) => number_text(number),
        Value::NotFinite(not_finite) => not_finite.as_str().to_owned(),
        Value::Text(text) => quoted(text),
        Value::Date(date) => date.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Timestamp(Timestamp::Local(local)) => local.to_string(),
        Value::Timestamp(timestamp @ Timestamp::Zoned(_)) => timestamp.iso_text(),
        Value::Duration(duration) => duration_text(*duration),
        Value::Size(bytes) => size_text(*bytes),
        Value::Bytes(bytes) => bytes_text(bytes),
        Value::List(_) | Value::Map(_) => value.display().to_string(),
    }
}

/// Hexadecimal like SQL's literal, the first 32 bytes: `X'0a0b' (2 bytes)`.
fn bytes_text(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(32).map(|byte| format!("{byte:02x}")).collect();
    let more = if bytes.len() > 32 { "…" } else { "" };
    format!("X'{}{more}' ({} bytes)", shown.concat(), bytes.len())
}

fn pretty(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Map(map) if !map.is_empty() => {
            for (index, (key, value)) in map.iter().enumerate() {
                start_line(index, depth, text);
                text.push_str(&KeyText(key).to_string());
                text.push(':');
                nested(value, depth + 1, text);
            }
        }
        Value::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                start_line(index, depth, text);
                text.push_str("- ");
                pretty(item, depth + 1, text);
            }
        }
        scalar => text.push_str(&scalar_text(scalar)),
    }
}

/// A mapping's value: collections begin on the next line, all else on the same.
fn nested(value: &Value, depth: usize, text: &mut String) {
    let is_block =
        matches!(value, Value::Map(map) if !map.is_empty()) || matches!(value, Value::List(list) if !list.is_empty());
    if is_block {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    } else {
        text.push(' ');
    }
    pretty(value, depth, text);
}

fn start_line(index: usize, depth: usize, text: &mut String) {
    if index > 0 {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    }
}
