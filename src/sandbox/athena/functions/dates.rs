//! Dates and timestamps: parts, truncation, arithmetic.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use datafusion::arrow::datatypes::DataType;

use super::cast::{parse_date, parse_timestamp};
use super::error::{Outcome, bad_argument, refuse};
use super::interval_arithmetic::add_months;
use super::row::{Body, Call, Kind, Returns, RowFunction, Types, function};
use super::text::{fixed_offset, instant_of, local_time, naive_date, naive_timestamp};
use super::types::zoned;
use super::value::Value;

/// `year(x)` and its like, `date_trunc`, `date_add`, `date_diff`, and time zones.
pub fn functions() -> Vec<RowFunction> {
    [arithmetic(), conversions(), fields()].concat()
}

fn arithmetic() -> Vec<RowFunction> {
    use Kind::{Bigint, Temporal, Text};
    vec![
        function("date_trunc", &[Text, Temporal], Returns::Same(1), date_trunc),
        function("date_add", &[Text, Bigint, Temporal], Returns::Same(2), date_add),
        function("date_diff", &[Text, Temporal, Temporal], Returns::Is(DataType::Int64), date_diff),
        function("last_day_of_month", &[Temporal], Returns::Is(DataType::Date32), |c, v| {
            let date = local_of(&v[0], &c.types[0])?.date();
            let next = add_months(date.with_day(1).unwrap_or(date).and_time(NaiveTime::MIN), 1)?;
            Ok(day(next.date() - TimeDelta::days(1)))
        }),
    ]
}

fn conversions() -> Vec<RowFunction> {
    use Kind::{Any, Double, Temporal, Text};
    vec![
        function("date", &[Any], Returns::Is(DataType::Date32), |c, v| {
            super::cast::convert(&v[0], &c.types[0], c.returns)
        }),
        function("from_unixtime", &[Double, Text], Returns::Via(|t| zone_argument(t, 1)), |_, v| from_unixtime(&v[0]))
            .optional(1),
        function("to_unixtime", &[Temporal], Returns::Is(DataType::Float64), to_unixtime),
        function("at_timezone", &[Temporal, Text], Returns::Via(|t| zone_argument(t, 1)), |_, v| instant(&v[0])),
        function("with_timezone", &[Temporal, Text], Returns::Via(|t| zone_argument(t, 1)), |c, v| {
            instant_of(local_of(&v[0], &c.types[0])?, v[1].as_text()).map(Value::Timestamp)
        }),
        function("from_iso8601_date", &[Text], Returns::Is(DataType::Date32), |_, v| {
            match parse_date(v[0].as_text()) {
                Some(days) => Ok(Value::Date(days)),
                None => bad_argument(format!("Invalid format: \"{}\"", v[0].as_text())),
            }
        }),
        function("from_iso8601_timestamp", &[Text], Returns::Via(iso_zone), |_, v| from_iso8601_timestamp(&v[0])),
        function("to_iso8601", &[Temporal], Returns::Is(DataType::Utf8), to_iso8601),
        function("current_timezone", &[], Returns::Is(DataType::Utf8), |_, _| Ok(Value::text("UTC"))),
    ]
}

/// A part of a wall clock.
type Part = fn(NaiveDateTime) -> i64;

/// Each part of a date with its other names.
const FIELDS: &[(&str, Part)] = &[
    ("year", |t| t.year().into()),
    ("quarter", |t| t.quarter().into()),
    ("month", |t| t.month().into()),
    ("week", |t| t.iso_week().week().into()),
    ("week_of_year", |t| t.iso_week().week().into()),
    ("year_of_week", |t| t.iso_week().year().into()),
    ("yow", |t| t.iso_week().year().into()),
    ("day", |t| t.day().into()),
    ("day_of_month", |t| t.day().into()),
    ("day_of_week", |t| t.weekday().number_from_monday().into()),
    ("dow", |t| t.weekday().number_from_monday().into()),
    ("day_of_year", |t| t.ordinal().into()),
    ("doy", |t| t.ordinal().into()),
    ("hour", |t| t.hour().into()),
    ("minute", |t| t.minute().into()),
    ("second", |t| t.second().into()),
    ("millisecond", |t| t.and_utc().timestamp_subsec_millis().into()),
];

fn fields() -> Vec<RowFunction> {
    let body: Body = |call, values| {
        let local = local_of(&values[0], &call.types[0])?;
        let field = FIELDS.iter().find(|(name, _)| values[1].as_text() == *name);
        field.map_or_else(|| bad_argument("unknown part of a date"), |(_, part)| Ok(Value::Integer(part(local))))
    };
    vec![function("$field_of_date", &[Kind::Temporal, Kind::Text], Returns::Via(has_field), body)]
}

/// Whether a function takes a part of a date: `year`, `dow`, …; the dialect turns it into `$field_of_date`.
pub fn is_field(name: &str) -> bool {
    FIELDS.iter().any(|(field, _)| *field == name)
}

fn has_field(types: &Types<'_>) -> Outcome<DataType> {
    let field = types.literals[1].as_deref().unwrap_or_default();
    if types.arguments[0] == DataType::Date32 && matches!(field, "hour" | "minute" | "second" | "millisecond") {
        return refuse("FUNCTION_NOT_FOUND", format!("Unexpected parameters (date) for function {field}"));
    }
    Ok(DataType::Int64)
}

/// The wall clock of a date, timestamp or timestamp with time zone.
pub fn local_of(value: &Value, data_type: &DataType) -> Outcome<NaiveDateTime> {
    match (value, data_type) {
        (Value::Date(days), _) => Ok(naive_date(*days)?.and_time(NaiveTime::MIN)),
        (Value::Timestamp(millis), DataType::Timestamp(_, Some(zone))) => local_time(*millis, zone),
        (other, _) => naive_timestamp(other.as_integer()),
    }
}

/// A wall clock as a value of the type.
pub fn back(local: NaiveDateTime, data_type: &DataType) -> Outcome<Value> {
    match data_type {
        DataType::Date32 => Ok(day(local.date())),
        DataType::Timestamp(_, Some(zone)) => instant_of(local, zone).map(Value::Timestamp),
        _ => Ok(Value::Timestamp(local.and_utc().timestamp_millis())),
    }
}

fn day(date: NaiveDate) -> Value {
    let days = date.signed_duration_since(NaiveDate::default()).num_days();
    i32::try_from(days).map_or(Value::Null, Value::Date)
}

fn invalid_unit<T>(unit: &str, data_type: &DataType) -> Outcome<T> {
    let kind = if data_type == &DataType::Date32 { "DATE" } else { "TIMESTAMP" };
    bad_argument(format!("'{unit}' is not a valid {kind} field"))
}

fn date_trunc(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let data_type = call.returns;
    let unit = values[0].as_text().to_lowercase();
    let local = local_of(&values[1], data_type)?;
    let date = local.date();
    let first = |month: u32| NaiveDate::from_ymd_opt(date.year(), month, 1).unwrap_or(date).and_time(NaiveTime::MIN);
    let within = |seconds: u32| {
        let kept = local.num_seconds_from_midnight() / seconds * seconds;
        date.and_time(NaiveTime::from_num_seconds_from_midnight_opt(kept, 0).unwrap_or(NaiveTime::MIN))
    };
    let truncated = match unit.as_str() {
        "year" => first(1),
        "quarter" => first(local.month0() / 3 * 3 + 1),
        "month" => first(local.month()),
        "week" => (date - TimeDelta::days(local.weekday().num_days_from_monday().into())).and_time(NaiveTime::MIN),
        "day" => date.and_time(NaiveTime::MIN),
        "hour" if data_type != &DataType::Date32 => within(3600),
        "minute" if data_type != &DataType::Date32 => within(60),
        "second" if data_type != &DataType::Date32 => within(1),
        "millisecond" if data_type != &DataType::Date32 => local,
        _ => return invalid_unit(values[0].as_text(), data_type),
    };
    back(truncated, data_type)
}

/// Milliseconds of the units that have a fixed length.
fn fixed_unit(unit: &str) -> Option<i64> {
    Some(match unit {
        "millisecond" => 1,
        "second" => 1000,
        "minute" => 60_000,
        "hour" => 3_600_000,
        "day" => 86_400_000,
        "week" => 7 * 86_400_000,
        _ => return None,
    })
}

fn month_unit(unit: &str) -> Option<i64> {
    Some(match unit {
        "month" => 1,
        "quarter" => 3,
        "year" => 12,
        _ => return None,
    })
}

fn allowed(unit: &str, data_type: &DataType) -> bool {
    data_type != &DataType::Date32 || !matches!(unit, "millisecond" | "second" | "minute" | "hour")
}

fn date_add(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let (unit, amount, data_type) = (values[0].as_text().to_lowercase(), values[1].as_integer(), call.returns);
    if !allowed(&unit, data_type) {
        return invalid_unit(values[0].as_text(), data_type);
    }
    if let Some(months) = month_unit(&unit) {
        return back(add_months(local_of(&values[2], data_type)?, months.saturating_mul(amount))?, data_type);
    }
    let delta = fixed_unit(&unit).map(|millis| millis.checked_mul(amount).and_then(TimeDelta::try_milliseconds));
    let Some(delta) = delta else { return invalid_unit(values[0].as_text(), data_type) };
    // Hours and less move the instant, days and more the wall clock.
    if let (Value::Timestamp(millis), "hour" | "minute" | "second" | "millisecond") = (&values[2], unit.as_str()) {
        let moved = delta.and_then(|delta| millis.checked_add(delta.num_milliseconds()));
        return moved.map_or_else(|| bad_argument("timestamp out of range"), |millis| Ok(Value::Timestamp(millis)));
    }
    let local = local_of(&values[2], data_type)?;
    match delta.and_then(|delta| local.checked_add_signed(delta)) {
        Some(moved) => back(moved, data_type),
        None => bad_argument("date out of range"),
    }
}

fn date_diff(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let unit = values[0].as_text().to_lowercase();
    if !allowed(&unit, &call.types[1]) || !allowed(&unit, &call.types[2]) {
        return invalid_unit(values[0].as_text(), &DataType::Date32);
    }
    let (from, to) = (local_of(&values[1], &call.types[1])?, local_of(&values[2], &call.types[2])?);
    if let Some(months) = month_unit(&unit) {
        return Ok(Value::Integer(whole_months(from, to) / months));
    }
    match fixed_unit(&unit) {
        Some(millis) => Ok(Value::Integer((to - from).num_milliseconds() / millis)),
        None => invalid_unit(values[0].as_text(), &call.types[1]),
    }
}

/// Months that fit between, towards zero.
fn whole_months(from: NaiveDateTime, to: NaiveDateTime) -> i64 {
    if to < from {
        return -whole_months(to, from);
    }
    let months = i64::from(to.year() - from.year()) * 12 + i64::from(to.month()) - i64::from(from.month());
    let reached = add_months(from, months).is_ok_and(|reached| reached <= to);
    if reached { months } else { months - 1 }
}

fn zone_argument(types: &Types<'_>, at: usize) -> Outcome<DataType> {
    match types.literals.get(at) {
        None => Ok(zoned("UTC")),
        Some(Some(zone)) if fixed_offset(zone).is_some() || zone.parse::<chrono_tz::Tz>().is_ok() => Ok(zoned(zone)),
        Some(Some(zone)) => refuse("INVALID_FUNCTION_ARGUMENT", format!("'{zone}' is not a valid time zone")),
        Some(None) => super::error::unsupported("a time zone that is not a literal"),
    }
}

fn instant(value: &Value) -> Outcome<Value> {
    Ok(Value::Timestamp(match value {
        Value::Date(days) => i64::from(*days) * 86_400_000,
        other => other.as_integer(),
    }))
}

fn from_unixtime(value: &Value) -> Outcome<Value> {
    let millis = (value.as_double() * 1000.0).round();
    if millis.abs() > 8.0e15 || millis.is_nan() {
        return bad_argument(format!("timestamp out of range: {}", value.as_double()));
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    Ok(Value::Timestamp(millis as i64))
}

fn to_unixtime(_: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let Value::Timestamp(millis) = instant(&values[0])? else { return Ok(Value::Null) };
    #[expect(clippy::cast_precision_loss, reason = "Trino gives a double")]
    Ok(Value::Double(millis as f64 / 1000.0))
}

fn split_iso(text: &str) -> Option<(NaiveDateTime, String)> {
    let (date, time) = text.split_once(['T', 't']).unwrap_or((text, ""));
    let zone_at = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone_at);
    let clock = match clock.len() {
        0 => "00:00:00".to_owned(),
        2 => format!("{clock}:00:00"),
        _ => clock.replace(',', "."),
    };
    let (local, _) = parse_timestamp(&format!("{date} {clock}"))?;
    let zone = if zone.is_empty() { "UTC" } else { zone };
    fixed_offset(zone)?;
    Some((local, zone.to_owned()))
}

/// The zone of a literal is the zone of the result; texts of a column are shown in UTC.
fn iso_zone(types: &Types<'_>) -> Outcome<DataType> {
    let zone = types.literals[0].as_deref().and_then(split_iso).map(|(_, zone)| zone);
    Ok(zoned(super::text::zone_name(zone.as_deref().unwrap_or("UTC"))))
}

fn from_iso8601_timestamp(value: &Value) -> Outcome<Value> {
    match split_iso(value.as_text()) {
        Some((local, zone)) => instant_of(local, &zone).map(Value::Timestamp),
        None => bad_argument(format!("Invalid format: \"{}\"", value.as_text())),
    }
}

fn to_iso8601(call: &Call<'_>, values: &[Value]) -> Outcome<Value> {
    let local = local_of(&values[0], &call.types[0])?;
    Ok(Value::Text(match &call.types[0] {
        DataType::Date32 => local.format("%Y-%m-%d").to_string(),
        DataType::Timestamp(_, Some(zone)) => {
            let seconds = (local - naive_timestamp(values[0].as_integer())?).num_seconds();
            let offset = if seconds == 0 && super::text::zone_name(zone) == "UTC" {
                "Z".to_owned()
            } else {
                format!(
                    "{}{:02}:{:02}",
                    if seconds < 0 { '-' } else { '+' },
                    seconds.abs() / 3600,
                    seconds.abs() / 60 % 60
                )
            };
            format!("{}{offset}", local.format("%Y-%m-%dT%H:%M:%S%.3f"))
        }
        _ => local.format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
    }))
}
