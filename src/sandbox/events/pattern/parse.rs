//! JSON to a pattern, or what is wrong with it.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::model::{Bound, Condition, Matcher, Node, Pattern, Piece};
use super::network::Network;
use crate::sandbox::stepfunctions::Decimal;

/// The operators, which are no names of fields in an alternative of `$or`.
const OPERATORS: [&str; 8] =
    ["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"];

/// Numbers of `numeric` lie between this and its negative (user guide, "Numeric matching").
const LARGEST: &str = "5000000000";

/// Deepest nesting; JSON itself is read to 128 levels.
const DEEPEST: usize = 100;

impl Pattern {
    /// Reads a pattern. The error is a sentence that says what is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("the pattern is not JSON: {error}"))?;
        Self::read(&value)
    }

    /// As [`Pattern::parse`], from a value.
    pub fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Object(members) if members.is_empty() => Err("the pattern is empty".to_owned()),
            Value::Object(members) => node(members, "", 0).map(Self),
            _ => Err("the pattern must be an object".to_owned()),
        }
    }
}

fn node(members: &Map<String, Value>, path: &str, depth: usize) -> Result<Node, String> {
    if depth > DEEPEST {
        return Err(format!("`{path}` is nested more than {DEEPEST} levels deep"));
    }
    let mut node = Node::default();
    for (name, value) in members {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if name == "$or" {
            node.alternatives.push(alternatives(value, &path, depth)?);
        } else {
            node.fields.push((name.clone(), condition(value, &path, depth)?));
        }
    }
    Ok(node)
}

fn alternatives(value: &Value, path: &str, depth: usize) -> Result<Vec<Node>, String> {
    let wrong = || format!("`{path}` must be a list of at least two objects with fields");
    let list = value.as_array().filter(|list| list.len() > 1).ok_or_else(wrong)?;
    let of = |member: &Value| match member {
        Value::Object(members) if members.keys().any(|name| !OPERATORS.contains(&name.as_str())) => {
            node(members, path, depth + 1)
        }
        _ => Err(wrong()),
    };
    list.iter().map(of).collect()
}

fn condition(value: &Value, path: &str, depth: usize) -> Result<Condition, String> {
    match value {
        Value::Object(members) if members.is_empty() => Err(format!("`{path}` is an empty object")),
        Value::Object(members) => node(members, path, depth + 1).map(Condition::Nested),
        Value::Array(list) if list.is_empty() => Err(format!("`{path}` is an empty list, which nothing matches")),
        Value::Array(list) => {
            list.iter().map(|value| matcher(value, path)).collect::<Result<_, _>>().map(Condition::AnyOf)
        }
        _ => Err(format!("`{path}` must be an object or a list: write [{value}]")),
    }
}

fn matcher(value: &Value, path: &str) -> Result<Matcher, String> {
    match value {
        Value::Array(_) => Err(format!("`{path}` has a list in its list")),
        Value::Object(members) => {
            let (operator, operand) = single(members, path)?;
            operation(operator, operand, path)
        }
        literal => Ok(Matcher::Equals(literal.clone())),
    }
}

/// The one member of an object.
fn single<'v>(members: &'v Map<String, Value>, path: &str) -> Result<(&'v str, &'v Value), String> {
    let mut all = members.iter();
    match (all.next(), all.next()) {
        (Some((name, value)), None) => Ok((name, value)),
        _ => Err(format!("`{path}`: an object in a list has exactly one key, an operator")),
    }
}

fn operation(operator: &str, operand: &Value, path: &str) -> Result<Matcher, String> {
    match operator {
        "prefix" => match ignoring_case(operand, operator, path)? {
            Some(text) => Ok(Matcher::PrefixIgnoreCase(text)),
            None => text(operand, operator, path).map(Matcher::Prefix),
        },
        "suffix" => match ignoring_case(operand, operator, path)? {
            Some(text) => Ok(Matcher::SuffixIgnoreCase(text)),
            None => text(operand, operator, path).map(Matcher::Suffix),
        },
        "equals-ignore-case" => Ok(Matcher::EqualsIgnoreCase(text(operand, operator, path)?.to_lowercase())),
        "wildcard" => wildcard(&text(operand, operator, path)?, path).map(Matcher::Wildcard),
        "numeric" => numeric(operand, path).map(Matcher::Numeric),
        "cidr" => {
            let text = text(operand, operator, path)?;
            let network = Network::parse(&text).ok_or_else(|| format!("`{path}`: `{text}` is no CIDR range"))?;
            Ok(Matcher::Cidr(network))
        }
        "anything-but" => anything_but(operand, path).map(Matcher::AnythingBut),
        "exists" => {
            let wanted = operand.as_bool().ok_or_else(|| format!("`{path}`: exists must be true or false"))?;
            Ok(Matcher::Exists(wanted))
        }
        other => Err(format!("`{path}`: unrecognized match type {other}")),
    }
}

fn text(operand: &Value, operator: &str, path: &str) -> Result<String, String> {
    operand.as_str().map(str::to_owned).ok_or_else(|| format!("`{path}`: {operator} must be a string"))
}

/// The text of `{"equals-ignore-case": "…"}` in the place of a text.
fn ignoring_case(operand: &Value, operator: &str, path: &str) -> Result<Option<String>, String> {
    let Value::Object(members) = operand else { return Ok(None) };
    match single(members, path)? {
        ("equals-ignore-case", operand) => Ok(Some(text(operand, operator, path)?.to_lowercase())),
        (other, _) => Err(format!("`{path}`: unrecognized match type {other} in {operator}")),
    }
}

/// `*` is any characters, `\*` a star and `\\` a backslash.
fn wildcard(text: &str, path: &str) -> Result<Vec<Piece>, String> {
    let (mut pieces, mut current) = (Vec::new(), String::new());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '*' => {
                if current.is_empty() && pieces.last() == Some(&Piece::Star) {
                    return Err(format!("`{path}`: consecutive wildcard characters in `{text}`"));
                }
                if !current.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut current)));
                }
                pieces.push(Piece::Star);
            }
            '\\' => match letters.next() {
                Some(escaped @ ('*' | '\\')) => current.push(escaped),
                _ => return Err(format!("`{path}`: a backslash in `{text}` stands before `*` or `\\` only")),
            },
            other => current.push(other),
        }
    }
    if !current.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(current));
    }
    Ok(pieces)
}

fn numeric(operand: &Value, path: &str) -> Result<Vec<Bound>, String> {
    let wrong = || format!("`{path}`: numeric is a list: [\"=\", 5], [\"<\", 10] or [\">\", 0, \"<=\", 5]");
    let list = operand.as_array().ok_or_else(wrong)?;
    match list.as_slice() {
        [operator, limit] => Ok(vec![bound(operator, limit, path)?]),
        [lower, bottom, upper, top] => {
            let (bottom, top) = (bound(lower, bottom, path)?, bound(upper, top, path)?);
            let is_range = bottom.allowed.contains(&Ordering::Greater) && top.allowed.contains(&Ordering::Less);
            if !is_range {
                return Err(wrong());
            }
            if bottom.limit >= top.limit {
                return Err(format!("`{path}`: the bottom of a numeric range must be below its top"));
            }
            Ok(vec![bottom, top])
        }
        _ => Err(wrong()),
    }
}

fn bound(operator: &Value, limit: &Value, path: &str) -> Result<Bound, String> {
    let allowed: &[Ordering] = match operator.as_str() {
        Some("=") => &[Ordering::Equal],
        Some("<") => &[Ordering::Less],
        Some("<=") => &[Ordering::Less, Ordering::Equal],
        Some(">") => &[Ordering::Greater],
        Some(">=") => &[Ordering::Greater, Ordering::Equal],
        _ => return Err(format!("`{path}`: unrecognized numeric range operator {operator}")),
    };
    let Value::Number(number) = limit else { return Err(format!("`{path}`: {limit} in numeric is no number")) };
    let limit = Decimal::of(number);
    if limit > decimal(LARGEST) || limit < decimal(&format!("-{LARGEST}")) {
        return Err(format!("`{path}`: {number} must be between -5.0E9 and 5.0E9, inclusive"));
    }
    Ok(Bound { allowed, limit })
}

fn decimal(text: &str) -> Decimal {
    // The text is one of this file's own, which are numbers; anything else would be zero.
    Decimal::of(&text.parse().unwrap_or_else(|_| 0.into()))
}

fn anything_but(operand: &Value, path: &str) -> Result<Vec<Matcher>, String> {
    match operand {
        Value::Object(members) => {
            let (operator, operand) = single(members, path)?;
            if !["prefix", "suffix", "equals-ignore-case", "wildcard"].contains(&operator) {
                return Err(format!("`{path}`: unrecognized match type {operator} in anything-but"));
            }
            each(operand, path, |operand| operation(operator, operand, path))
        }
        Value::Array(list) if !list.iter().all(Value::is_string) && !list.iter().all(Value::is_number) => {
            Err(format!("`{path}`: the list of anything-but holds strings only, or numbers only"))
        }
        _ => each(operand, path, |operand| match operand {
            Value::Number(number) => Ok(Matcher::EqualsNumber(Decimal::of(number))),
            Value::String(_) => Ok(Matcher::Equals(operand.clone())),
            other => Err(format!("`{path}`: {other} is not supported in anything-but")),
        }),
    }
}

/// One, or each of a list that has some.
fn each<T>(operand: &Value, path: &str, of: impl Fn(&Value) -> Result<T, String>) -> Result<Vec<T>, String> {
    match operand {
        Value::Array(list) if list.is_empty() => Err(format!("`{path}` has an empty list in anything-but")),
        Value::Array(list) => list.iter().map(of).collect(),
        one => Ok(vec![of(one)?]),
    }
}
