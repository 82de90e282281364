//! The JSON forms of values: payloads (plain JSON) and records (lossless).
//!
//! A record writes what JSON has no type for as a mapping with one key that begins with `$`:
//! `{"$date": "2026-01-16"}`, `{"$size": 1000}`. A mapping of one such key of its own is wrapped in `{"$map": …}`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map as JsonMap, Value as Json, json};

use super::{NotFinite, Timestamp, Value, duration, duration_text, number_text, read};

/// Why a record cannot be read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a recorded value: {0}")]
pub struct RecordedError(String);

impl Value {
    /// A JSON document as a value: exact, keys in their order. A number with an exponent beyond ±10,000 stays text.
    pub fn from_json(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(bool) => Self::Bool(bool),
            Json::Number(number) => from_json_number(&number),
            Json::String(text) => Self::Text(text),
            Json::Array(items) => Self::List(items.into_iter().map(Self::from_json).collect()),
            Json::Object(object) => {
                Self::Map(object.into_iter().map(|(key, value)| (key, Self::from_json(value))).collect())
            }
        }
    }

    /// The value as a payload: numbers exact, dates, times and timestamps as ISO 8601 text, durations as `1h30m`,
    /// sizes as the number of bytes, bytes as base64, NaN and the infinities as text.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(bool) => Json::Bool(*bool),
            Self::Number(number) => json_number(&number_text(number)),
            Self::NotFinite(not_finite) => Json::from(not_finite.as_str()),
            Self::Text(text) => Json::from(text.as_str()),
            Self::Date(date) => Json::from(date.to_string()),
            Self::Time(time) => Json::from(time.to_string()),
            Self::Timestamp(timestamp) => Json::from(timestamp.iso_text()),
            Self::Duration(duration) => Json::from(duration_text(*duration)),
            Self::Size(bytes) => Json::from(*bytes),
            Self::Bytes(bytes) => Json::from(STANDARD.encode(bytes)),
            Self::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Self::Map(map) => Json::Object(map.iter().map(|(key, value)| (key.clone(), value.to_json())).collect()),
        }
    }

    /// The value as a record, from which [`Value::from_recorded`] makes the same value.
    pub fn to_recorded(&self) -> Json {
        match self {
            Self::NotFinite(not_finite) => json!({ "$double": not_finite.as_str() }),
            Self::Date(_) => json!({ "$date": self.to_json() }),
            Self::Time(_) => json!({ "$time": self.to_json() }),
            Self::Timestamp(_) => json!({ "$timestamp": self.to_json() }),
            Self::Duration(value) => json!({ "$nanoseconds": json_number(&duration::nanoseconds(*value).to_string()) }),
            Self::Size(bytes) => json!({ "$size": bytes }),
            Self::Bytes(_) => json!({ "$bytes": self.to_json() }),
            Self::List(items) => Json::Array(items.iter().map(Self::to_recorded).collect()),
            Self::Map(map) => {
                let object: JsonMap<_, _> = map.iter().map(|(key, value)| (key.clone(), value.to_recorded())).collect();
                if tag(&object).is_some() { json!({ "$map": object }) } else { Json::Object(object) }
            }
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => self.to_json(),
        }
    }

    /// Reads what [`Value::to_recorded`] wrote.
    pub fn from_recorded(recorded: Json) -> Result<Self, RecordedError> {
        match recorded {
            Json::Array(items) => items.into_iter().map(Self::from_recorded).collect::<Result<_, _>>().map(Self::List),
            Json::Object(object) => match tag(&object) {
                Some(_) => from_tagged(object),
                None => from_object(object),
            },
            plain => Ok(Self::from_json(plain)),
        }
    }
}

impl Timestamp {
    /// ISO 8601 with `T`, to the nanosecond where needed; zoned ones with their offset (`+01:00`, UTC as `Z`).
    pub fn iso_text(&self) -> String {
        match self {
            Self::Local(local) => local.format("%Y-%m-%dT%H:%M:%S%.f").to_string(),
            Self::Zoned(zoned) if zoned.offset().local_minus_utc() == 0 => {
                zoned.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string()
            }
            Self::Zoned(zoned) => zoned.format("%Y-%m-%dT%H:%M:%S%.f%:z").to_string(),
        }
    }
}

fn from_json_number(number: &serde_json::Number) -> Value {
    let text = number.to_string();
    read::read_number(&text).map_or(Value::Text(text), Value::Number)
}

fn json_number(text: &str) -> Json {
    text.parse::<serde_json::Number>().map_or_else(|_| Json::from(text), Json::Number)
}

/// The key of a mapping with one entry whose key begins with `$`.
fn tag(object: &JsonMap<String, Json>) -> Option<&str> {
    let key = object.keys().next()?;
    (object.len() == 1 && key.starts_with('$')).then_some(key)
}

fn from_object(object: JsonMap<String, Json>) -> Result<Value, RecordedError> {
    object
        .into_iter()
        .map(|(key, value)| Ok((key, Value::from_recorded(value)?)))
        .collect::<Result<_, _>>()
        .map(Value::Map)
}

fn from_tagged(object: JsonMap<String, Json>) -> Result<Value, RecordedError> {
    let Some((tag, content)) = object.into_iter().next() else { return Ok(Value::Map(super::Map::new())) };
    let error = || RecordedError(format!("{tag}: {content}").chars().take(200).collect());
    let text = || content.as_str().ok_or_else(error);
    match tag.as_str() {
        "$double" => read::read_double(text()?).map_err(|_| error()),
        "$date" => text()?.parse().map(Value::Date).map_err(|_| error()),
        "$time" => read::read_time(text()?).map(Value::Time).map_err(|_| error()),
        "$timestamp" => recorded_timestamp(text()?).map(Value::Timestamp).ok_or_else(error),
        "$nanoseconds" => duration::parse(&format!("{content}ns")).map(Value::Duration).ok_or_else(error),
        "$size" => content.as_u64().map(Value::Size).ok_or_else(error),
        "$bytes" => STANDARD.decode(text()?).map(Value::Bytes).map_err(|_| error()),
        "$map" => match content {
            Json::Object(object) => from_object(object),
            _ => Err(error()),
        },
        _ => Err(error()),
    }
}

/// What [`Timestamp::iso_text`] wrote. Years outside of 0 to 9999 have a sign, which the readers for people refuse.
fn recorded_timestamp(text: &str) -> Option<Timestamp> {
    let zoned = chrono::DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%:z").or_else(|_| text.parse()).ok();
    zoned.map(Timestamp::Zoned).or_else(|| text.parse().ok().map(Timestamp::Local))
}

impl NotFinite {
    /// Reads what [`NotFinite::as_str`] wrote.
    pub fn read(text: &str) -> Option<Self> {
        [Self::Nan, Self::Infinity, Self::NegativeInfinity].into_iter().find(|value| value.as_str() == text)
    }
}
