//! `like` with Trino's rules: no escape character unless one is named.

use super::error::{Outcome, fail};
use super::value::Value;

enum Part {
    Any,
    One,
    Exactly(char),
}

/// `$like(text, pattern [, escape])`.
pub fn like(values: &[Value]) -> Outcome<Value> {
    let escape = values.get(2).map(Value::as_text);
    let parts = parts(values[1].as_text(), escape)?;
    let text: Vec<char> = values[0].as_text().chars().collect();
    Ok(Value::Boolean(matches(&text, &parts)))
}

fn parts(pattern: &str, escape: Option<&str>) -> Outcome<Vec<Part>> {
    let escape = match escape.map(|text| (text.chars().next(), text.chars().count())) {
        None => None,
        Some((Some(character), 1)) => Some(character),
        Some(_) => return fail("INVALID_FUNCTION_ARGUMENT", "Escape string must be a single character"),
    };
    let mut parts = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        parts.push(match character {
            escaping if Some(escaping) == escape => match characters.next() {
                Some(next) if next == '%' || next == '_' || next == escaping => Part::Exactly(next),
                _ => {
                    return fail(
                        "INVALID_FUNCTION_ARGUMENT",
                        "Escape character must be followed by '%', '_' or the escape character itself",
                    );
                }
            },
            '%' => Part::Any,
            '_' => Part::One,
            other => Part::Exactly(other),
        });
    }
    Ok(parts)
}

/// Goes through the text once, and back to the last `%` where it does not fit.
fn matches(text: &[char], parts: &[Part]) -> bool {
    let (mut at, mut part) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match parts.get(part) {
            Some(Part::Any) => {
                retry = Some((at, part));
                part += 1;
                continue;
            }
            Some(Part::One) => {}
            Some(Part::Exactly(wanted)) if *wanted == text[at] => {}
            _ => {
                let Some((from, any)) = retry else { return false };
                retry = Some((from + 1, any));
                (at, part) = (from + 1, any + 1);
                continue;
            }
        }
        (at, part) = (at + 1, part + 1);
    }
    parts[part..].iter().all(|rest| matches!(rest, Part::Any))
}
