//! `format`: Java's format strings, as far as data tests use them.

use std::sync::LazyLock;

use datafusion::arrow::datatypes::DataType;
use regex::{Captures, Regex};

use super::cast::convert;
use super::error::{Outcome, bad_argument, unsupported};
use super::row::Call;
use super::text::render;
use super::value::Value;

#[expect(clippy::expect_used, reason = "a constant pattern")]
static SPECIFIER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])").expect("a constant pattern")
});

/// `format('%s has %,d rows', name, rows)`.
pub fn format(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let pattern = values[0].as_text();
    let (mut text, mut last, mut next) = (String::new(), 0, 1);
    for found in SPECIFIER.captures_iter(pattern) {
        let Some(whole) = found.get(0) else { continue };
        text.push_str(&pattern[last..whole.start()]);
        last = whole.end();
        text.push_str(&specifier(&found, call, values, &mut next)?);
    }
    text.push_str(&pattern[last..]);
    Ok(Value::Text(text))
}

fn specifier(found: &Captures<'_>, call: &Call<'_>, values: &[Value], next: &mut usize) -> Outcome<String> {
    let flags = &found[2];
    if &found[5] == "%" {
        return Ok("%".to_owned());
    }
    let explicit = found.get(1).and_then(|at| at.as_str().parse::<usize>().ok());
    let at = explicit.unwrap_or_else(|| {
        *next += 1;
        *next - 1
    });
    let Some(value) = values.get(at).filter(|_| at > 0) else {
        return bad_argument(format!("Invalid format string: {} (no argument {at})", &found[0]));
    };
    let precision = found.get(4).and_then(|digits| digits.as_str().parse::<i8>().ok());
    let body = match &found[5] {
        "s" => plain(value, &call.types[at])?
            .chars()
            .take(precision.map_or(usize::MAX, |p| p.unsigned_abs().into()))
            .collect(),
        "d" => grouped(&whole_number(value, &found[0])?.to_string(), flags),
        "f" => grouped(&fixed(value, &call.types[at], precision.unwrap_or(6))?, flags),
        "x" => format!("{:x}", whole_number(value, &found[0])?),
        "X" => format!("{:X}", whole_number(value, &found[0])?),
        "b" => value.is_true().to_string(),
        other => return unsupported(format!("the format %{other}")),
    };
    let width = found.get(3).and_then(|digits| digits.as_str().parse::<usize>().ok()).unwrap_or(0);
    Ok(padded(&body, flags, width))
}

fn plain(value: &Value, data_type: &DataType) -> Outcome<String> {
    render(value, data_type)
}

fn whole_number(value: &Value, specifier: &str) -> Outcome<i64> {
    match value {
        Value::Integer(number) => Ok(*number),
        _ => bad_argument(format!("Invalid format string: {specifier} takes an integer")),
    }
}

fn fixed(value: &Value, from: &DataType, precision: i8) -> Outcome<String> {
    if matches!(value, Value::Integer(_) | Value::Text(_)) {
        return bad_argument("Invalid format string: %f takes a double or decimal");
    }
    let to = DataType::Decimal128(38, precision);
    render(&convert(value, from, &to)?, &to)
}

fn grouped(number: &str, flags: &str) -> String {
    let sign = if flags.contains('+') && !number.starts_with('-') { "+" } else { "" };
    if !flags.contains(',') {
        return format!("{sign}{number}");
    }
    let (minus, digits) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    let fraction = fraction.map_or(String::new(), |fraction| format!(".{fraction}"));
    format!("{sign}{minus}{text}{fraction}")
}

fn padded(body: &str, flags: &str, width: usize) -> String {
    let missing = width.saturating_sub(body.chars().count());
    if flags.contains('-') {
        return format!("{body}{}", " ".repeat(missing));
    }
    if flags.contains('0') {
        let (sign, digits) = body.split_at(usize::from(body.starts_with(['-', '+'])));
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    format!("{}{body}", " ".repeat(missing))
}
