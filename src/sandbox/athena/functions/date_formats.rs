//! Dates as text by a pattern: `MySQL`'s (`date_format`, `date_parse`) and Joda's (`format_datetime`, `parse_datetime`).

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike};
use datafusion::arrow::datatypes::DataType;

use super::dates::local_of;
use super::error::{Outcome, bad_argument, unsupported};
use super::row::{Call, Kind, Returns, RowFunction, function};
use super::text::{fixed_offset, instant_of, naive_timestamp, zone_name};
use super::types::{TIMESTAMP, zoned};
use super::value::Value;

/// The four functions.
pub fn functions() -> Vec<RowFunction> {
    use Kind::{Temporal, Text};
    const TEXT: Returns = Returns::Is(DataType::Utf8);
    vec![
        function("date_format", &[Temporal, Text], TEXT, |c, v| write(c, v, mysql)),
        function("format_datetime", &[Temporal, Text], TEXT, |c, v| write(c, v, joda)),
        function("date_parse", &[Text, Text], Returns::Is(TIMESTAMP), |_, v| {
            Ok(Value::Timestamp(Fields::read(v, mysql)?.local(v)?.and_utc().timestamp_millis()))
        }),
        function("parse_datetime", &[Text, Text], Returns::Is(zoned("UTC")), |_, v| {
            let fields = Fields::read(v, joda)?;
            instant_of(fields.local(v)?, fields.zone.as_deref().unwrap_or("UTC")).map(Value::Timestamp)
        }),
    ]
}

/// One part of a pattern.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    Literal(String),
    /// So many digits at least; four or more digits are read as a whole year.
    Year(usize),
    Month(usize),
    MonthName {
        short: bool,
    },
    Day(usize),
    DayOfYear(usize),
    WeekdayName {
        short: bool,
    },
    /// 1 is Monday in Joda's patterns, 0 is Sunday in `MySQL`'s.
    WeekdayNumber {
        from_sunday: bool,
    },
    Week(usize),
    WeekYear,
    Hour(usize),
    Hour12(usize),
    Minute(usize),
    Second(usize),
    /// A fraction of a second with so many digits.
    Fraction(usize),
    HalfDay,
    Offset {
        colon: bool,
    },
    ZoneName,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

type Reader = fn(&str) -> Outcome<Vec<Part>>;

/// `MySQL`'s specifiers, as Trino documents them for `date_format`.
fn mysql(pattern: &str) -> Outcome<Vec<Part>> {
    let mut parts = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            parts.push(Part::Literal(character.to_string()));
            continue;
        }
        let Some(specifier) = characters.next() else { return bad_argument("a format that ends with %") };
        match specifier {
            'T' => parts.extend(mysql("%H:%i:%S")?),
            'r' => parts.extend(mysql("%I:%i:%S %p")?),
            other => parts.push(mysql_part(other)?),
        }
    }
    Ok(parts)
}

fn mysql_part(specifier: char) -> Outcome<Part> {
    Ok(match specifier {
        'a' => Part::WeekdayName { short: true },
        'b' => Part::MonthName { short: true },
        'c' => Part::Month(1),
        'd' => Part::Day(2),
        'e' => Part::Day(1),
        'f' => Part::Fraction(6),
        'H' => Part::Hour(2),
        'h' | 'I' => Part::Hour12(2),
        'i' => Part::Minute(2),
        'j' => Part::DayOfYear(3),
        'k' => Part::Hour(1),
        'l' => Part::Hour12(1),
        'M' => Part::MonthName { short: false },
        'm' => Part::Month(2),
        'p' => Part::HalfDay,
        'S' | 's' => Part::Second(2),
        'v' => Part::Week(2),
        'W' => Part::WeekdayName { short: false },
        'x' => Part::WeekYear,
        'Y' => Part::Year(4),
        'y' => Part::Year(2),
        'D' | 'U' | 'u' | 'V' | 'w' | 'X' => {
            return bad_argument(format!("%{specifier} not supported in date format string"));
        }
        other => Part::Literal(other.to_string()),
    })
}

/// Joda's letters, as Trino documents them for `format_datetime`.
fn joda(pattern: &str) -> Outcome<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        if letter == '\'' {
            rest = quoted(&rest[1..], &mut parts)?;
            continue;
        }
        let count = rest.chars().take_while(|c| *c == letter).count();
        rest = &rest[count * letter.len_utf8()..];
        if letter.is_ascii_alphabetic() {
            parts.push(joda_part(letter, count)?);
        } else {
            parts.push(Part::Literal(letter.to_string().repeat(count)));
        }
    }
    Ok(parts)
}

fn quoted<'a>(rest: &'a str, parts: &mut Vec<Part>) -> Outcome<&'a str> {
    let Some((literal, after)) = rest.split_once('\'') else { return bad_argument("an unclosed quote in the pattern") };
    parts.push(Part::Literal(if literal.is_empty() { "'".to_owned() } else { literal.to_owned() }));
    Ok(after)
}

fn joda_part(letter: char, count: usize) -> Outcome<Part> {
    Ok(match (letter, count) {
        ('y' | 'Y', 2) => Part::Year(2),
        ('y' | 'Y', count) => Part::Year(count.max(3)),
        ('M', 1 | 2) => Part::Month(count),
        ('M', count) => Part::MonthName { short: count == 3 },
        ('d', count) => Part::Day(count),
        ('D', count) => Part::DayOfYear(count),
        ('E', count) => Part::WeekdayName { short: count <= 3 },
        ('e', _) => Part::WeekdayNumber { from_sunday: false },
        ('w', count) => Part::Week(count),
        ('x', _) => Part::WeekYear,
        ('H', count) => Part::Hour(count),
        ('h', count) => Part::Hour12(count),
        ('m', count) => Part::Minute(count),
        ('s', count) => Part::Second(count),
        ('S', count) => Part::Fraction(count),
        ('a', _) => Part::HalfDay,
        ('Z', 1) => Part::Offset { colon: false },
        ('Z', 2) => Part::Offset { colon: true },
        ('Z', _) => Part::ZoneName,
        (letter, _) => return unsupported(format!("the letter {letter} in a date pattern")),
    })
}

fn write(call: &Call<'_>, values: &[Value], reader: Reader) -> Outcome<Value> {
    let local = local_of(&values[0], &call.types[0])?;
    let zone = match &call.types[0] {
        DataType::Timestamp(_, Some(zone)) => zone.as_ref(),
        _ => "UTC",
    };
    let offset = match &values[0] {
        Value::Timestamp(millis) => (local - naive_timestamp(*millis)?).num_seconds(),
        _ => 0,
    };
    let parts = reader(values[1].as_text())?;
    Ok(Value::Text(parts.iter().map(|part| part_text(part, local, zone, offset)).collect()))
}

fn part_text(part: &Part, t: NaiveDateTime, zone: &str, offset: i64) -> String {
    let number = |number: u32, width: usize| format!("{number:0width$}");
    let name = |names: &[&str], at: u32, short: bool| {
        let name = names.get(at as usize).copied().unwrap_or_default();
        if short { name[..3].to_owned() } else { name.to_owned() }
    };
    match part {
        Part::Literal(text) => text.clone(),
        Part::Year(2) => format!("{:02}", t.year().rem_euclid(100)),
        Part::Year(width) => format!("{:0width$}", t.year()),
        Part::Month(width) => number(t.month(), *width),
        Part::MonthName { short } => name(&MONTHS, t.month0(), *short),
        Part::Day(width) => number(t.day(), *width),
        Part::DayOfYear(width) => number(t.ordinal(), *width),
        Part::WeekdayName { short } => name(&DAYS, t.weekday().num_days_from_monday(), *short),
        Part::WeekdayNumber { from_sunday: true } => t.weekday().num_days_from_sunday().to_string(),
        Part::WeekdayNumber { from_sunday: false } => t.weekday().number_from_monday().to_string(),
        Part::Week(width) => number(t.iso_week().week(), *width),
        Part::WeekYear => format!("{:04}", t.iso_week().year()),
        Part::Hour(width) => number(t.hour(), *width),
        Part::Hour12(width) => number(t.hour12().1, *width),
        Part::Minute(width) => number(t.minute(), *width),
        Part::Second(width) => number(t.second(), *width),
        Part::Fraction(width) => fraction(t.nanosecond(), *width),
        Part::HalfDay => if t.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        Part::Offset { colon } => offset_text(offset, *colon),
        Part::ZoneName => zone_name(zone).to_owned(),
    }
}

fn fraction(nanos: u32, width: usize) -> String {
    let digits = format!("{nanos:09}");
    if width <= 9 { digits[..width].to_owned() } else { format!("{digits:0<width$}") }
}

fn offset_text(seconds: i64, colon: bool) -> String {
    let (sign, seconds) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    format!("{sign}{:02}{}{:02}", seconds / 3600, if colon { ":" } else { "" }, seconds / 60 % 60)
}

/// What a text gave for the parts of a pattern.
struct Fields {
    year: i32,
    month: u32,
    day: u32,
    day_of_year: Option<u32>,
    hour: u32,
    hour12: Option<u32>,
    afternoon: Option<bool>,
    minute: u32,
    second: u32,
    nanos: u32,
    zone: Option<String>,
}

fn invalid<T>(values: &[Value]) -> Outcome<T> {
    bad_argument(format!("Invalid format: \"{}\"", values[0].as_text()))
}

impl Fields {
    fn read(values: &[Value], reader: Reader) -> Outcome<Self> {
        let parts = reader(values[1].as_text())?;
        let mut fields = Self {
            year: 1970,
            month: 1,
            day: 1,
            day_of_year: None,
            hour: 0,
            hour12: None,
            afternoon: None,
            minute: 0,
            second: 0,
            nanos: 0,
            zone: None,
        };
        let mut rest = values[0].as_text();
        for (at, part) in parts.iter().enumerate() {
            let next_is_number = parts.get(at + 1).is_some_and(|next| !matches!(next, Part::Literal(_)));
            rest = match fields.take(part, rest, next_is_number) {
                Some(rest) => rest,
                None => return invalid(values),
            };
        }
        if rest.is_empty() { Ok(fields) } else { invalid(values) }
    }

    /// Takes a part from the left of the text; what is left, or `None` if it does not fit.
    fn take<'a>(&mut self, part: &Part, text: &'a str, next_is_number: bool) -> Option<&'a str> {
        let digits = |most: usize| take_digits(text, most);
        match part {
            Part::Literal(literal) => return text.strip_prefix(literal.as_str()),
            Part::Year(2) => {
                let (number, rest) = digits(2)?;
                let year = i32::try_from(number).ok()?;
                self.year = if year < 70 { 2000 + year } else { 1900 + year };
                return Some(rest);
            }
            Part::Year(width) => {
                let (number, rest) = digits(if next_is_number { (*width).max(4) } else { 9 })?;
                self.year = i32::try_from(number).ok()?;
                return Some(rest);
            }
            Part::MonthName { .. } => {
                let (at, rest) = take_name(text, &MONTHS)?;
                self.month = at + 1;
                return Some(rest);
            }
            Part::WeekdayName { .. } => return take_name(text, &DAYS).map(|(_, rest)| rest),
            Part::HalfDay => return self.half_day(text),
            Part::Offset { .. } | Part::ZoneName => return self.take_zone(text),
            Part::Fraction(width) => return self.take_fraction(text, *width),
            _ => {}
        }
        let most = if matches!(part, Part::DayOfYear(_)) { 3 } else { 2 };
        let (number, rest) = digits(most)?;
        match part {
            Part::Month(_) => self.month = number,
            Part::Day(_) => self.day = number,
            Part::DayOfYear(_) => self.day_of_year = Some(number),
            Part::Hour(_) => self.hour = number,
            Part::Hour12(_) => self.hour12 = Some(number),
            Part::Minute(_) => self.minute = number,
            Part::Second(_) => self.second = number,
            _ => return None,
        }
        Some(rest)
    }

    fn half_day<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let (half, rest) = text.split_at_checked(2)?;
        self.afternoon = Some(match half.to_uppercase().as_str() {
            "AM" => false,
            "PM" => true,
            _ => return None,
        });
        Some(rest)
    }

    fn take_zone<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let end = text.find(|c: char| c.is_whitespace()).unwrap_or(text.len());
        let (zone, rest) = text.split_at(end);
        (fixed_offset(zone).is_some() || zone.parse::<chrono_tz::Tz>().is_ok()).then(|| {
            self.zone = Some(zone.to_owned());
            rest
        })
    }

    fn take_fraction<'a>(&mut self, text: &'a str, width: usize) -> Option<&'a str> {
        let length = text.bytes().take_while(u8::is_ascii_digit).count().min(width.max(9));
        let (digits, rest) = text.split_at(length);
        self.nanos = format!("{digits:0<9}").get(..9)?.parse().ok().filter(|_| length > 0)?;
        Some(rest)
    }

    fn local(&self, values: &[Value]) -> Outcome<NaiveDateTime> {
        let date = match self.day_of_year {
            Some(day) => NaiveDate::from_yo_opt(self.year, day),
            None => NaiveDate::from_ymd_opt(self.year, self.month, self.day),
        };
        let hour = match (self.hour12, self.afternoon.unwrap_or(false)) {
            (None, _) => Some(self.hour),
            (Some(hour @ 1..=12), afternoon) => Some(hour % 12 + if afternoon { 12 } else { 0 }),
            _ => None,
        };
        let time = date.zip(hour).and_then(|(date, hour)| date.and_hms_opt(hour, self.minute, self.second));
        let millis = TimeDelta::milliseconds(i64::from(self.nanos / 1_000_000));
        time.map_or_else(|| invalid(values), |time| Ok(time + millis))
    }
}

fn take_digits(text: &str, most: usize) -> Option<(u32, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count().min(most);
    let (digits, rest) = text.split_at(length);
    Some((digits.parse().ok()?, rest))
}

fn take_name<'a>(text: &'a str, names: &[&str]) -> Option<(u32, &'a str)> {
    let starts = |name: &str| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    let find = |whole: bool| names.iter().position(|name| starts(if whole { name } else { &name[..3] }));
    let (at, whole) = find(true).map(|at| (at, true)).or_else(|| find(false).map(|at| (at, false)))?;
    let length = if whole { names[at].len() } else { 3 };
    Some((u32::try_from(at).ok()?, &text[length..]))
}
