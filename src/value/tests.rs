//! Tests of values.

use std::cmp::Ordering;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use proptest::prelude::*;
use serde_json::json;

use super::{Map, NotFinite, Timestamp, Value, compare, duration_text, read, size_text};

fn number(text: &str) -> Value {
    Value::Number(read::read_number(text).unwrap_or_else(|error| panic!("{error}")))
}

fn date(text: &str) -> Value {
    Value::Date(read::read_date(text).unwrap())
}

fn timestamp(text: &str) -> Value {
    Value::Timestamp(read::read_timestamp(text).unwrap_or_else(|error| panic!("{error}")))
}

#[test]
fn numbers_are_equal_when_they_are_the_same_number() {
    assert_eq!(number("1"), number("1.0"));
    assert_eq!(number("1e3"), number("1000.00"));
    assert_eq!(number("-0"), number("0"));
    assert_ne!(number("12345678901234567890.1"), number("12345678901234567890.2"));
    assert_ne!(number("10"), Value::text("10"));
    assert_eq!(
        Value::from_json(json!({"a": 1, "b": 2})),
        Value::from_json(serde_json::from_str(r#"{"b": 2.0, "a": 1}"#).unwrap())
    );
}

#[test]
fn type_names_follow_how_a_number_is_written() {
    for (text, expected) in
        [("1", "integer"), ("1.0", "decimal"), ("1e3", "integer"), ("1e-3", "decimal"), ("17.00", "decimal")]
    {
        assert_eq!(number(text).type_name(), expected, "{text}");
    }
    assert_eq!(Value::NotFinite(NotFinite::Nan).type_name(), "double");
}

#[test]
fn readers_take_what_they_document_and_nothing_else() {
    for good in ["0", "-1.50", "+1", ".5", "5.", "1e3", "1E-3", "00012", "1e10000"] {
        assert!(read::read_number(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        ".",
        "-",
        "1e",
        "e1",
        "1_000",
        "0x1",
        "1,5",
        " 1",
        "1 ",
        "NaN",
        "1e99999999",
        "1e-10001",
        "--1",
        "٣",
        "1.2.3",
    ] {
        assert!(read::read_number(bad).is_err(), "{bad}");
    }
    for bad in ["2026-1-6", "2026-02-30", "20260116", "2026-01-16 ", "+026-01-16", "2026-01-16T00:00:00", "٢٠٢٦-01-16"]
    {
        assert!(read::read_date(bad).is_err(), "{bad}");
    }
    for (good, expected) in
        [("18:00", (18, 0, 0, 0)), ("18:00:30", (18, 0, 30, 0)), ("00:00:00.001", (0, 0, 0, 1_000_000))]
    {
        let (hour, minute, second, nano) = expected;
        assert_eq!(
            read::read_time(good),
            Ok(NaiveTime::from_hms_nano_opt(hour, minute, second, nano).unwrap()),
            "{good}"
        );
    }
    for bad in ["24:00", "18", "18:0", "18:00.5", "18:00:00.", "18:00:00.1234567891", "6:00"] {
        assert!(read::read_time(bad).is_err(), "{bad}");
    }
    assert_eq!(read::read_bool("true"), Ok(true));
    assert!(read::read_bool("yes").is_err());
    assert_eq!(read::read_double("-Infinity"), Ok(Value::NotFinite(NotFinite::NegativeInfinity)));
}

#[test]
fn timestamps_are_read_with_and_without_a_zone() {
    let same = [
        "2026-01-16T18:00:00Z",
        "2026-01-16 19:00:00.000 +01:00",
        "2026-01-16 18:00:00 UTC",
        "2026-01-16 19:00:00 Europe/Berlin",
        "2026-01-16T13:00:00-0500",
    ];
    for text in same {
        assert_eq!(timestamp(text), timestamp("2026-01-16T18:00:00+00:00"), "{text}");
    }
    assert_eq!(timestamp("2026-01-16 18:00:00.000000"), timestamp("2026-01-16T18:00"));
    assert_ne!(timestamp("2026-01-16T18:00:00"), timestamp("2026-01-16T18:00:00Z"));
    let bad = [
        "2026-01-16",
        "2026-01-16T",
        "2026-01-16T25:00:00",
        "2026-01-16X18:00:00",
        "2026-01-16 18:00:00 +25:00",
        "2026-01-16 18:00:00 Nowhere",
        "2026-10-25 02:30:00 Europe/Berlin",
        "2026-01-16 18:00:00 ",
    ];
    for text in bad {
        assert!(read::read_timestamp(text).is_err(), "{text}");
    }
}

#[test]
fn durations_are_exact_and_print_as_they_are_read() {
    for (text, nanoseconds, shown) in [
        ("5m", 300_000_000_000, "5m"),
        ("1h30m", 5_400_000_000_000, "1h30m"),
        ("250ms", 250_000_000, "250ms"),
        ("1.5h", 5_400_000_000_000, "1h30m"),
        ("2d 4h", 187_200_000_000_000, "2d4h"),
        ("0", 0, "0s"),
        ("0s", 0, "0s"),
        ("-1.5s", -1_500_000_000, "-1.5s"),
        ("90s", 90_000_000_000, "1m30s"),
        ("1s250ms", 1_250_000_000, "1.25s"),
        ("0.000000001s", 1, "1ns"),
    ] {
        let duration = read::read_duration(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(duration, TimeDelta::nanoseconds(nanoseconds), "{text}");
        assert_eq!(duration_text(duration), shown, "{text}");
    }
    for bad in
        ["", "-", "5", "m", "5 m", "5m5m", "30m1h", "1.5.5h", "0.1ns", "5min", "1h ", "999999999999d", "--1s", "1M"]
    {
        assert!(read::read_duration(bad).is_err(), "{bad}");
    }
}

#[test]
fn sizes_tell_powers_of_ten_from_powers_of_two() {
    for (text, bytes, shown) in [
        ("1GB", 1_000_000_000, "1GB"),
        ("1GiB", 1_073_741_824, "1073741824B"),
        ("512 kB", 512_000, "512kB"),
        ("0.5MB", 500_000, "500kB"),
        ("300", 300, "300B"),
        ("300B", 300, "300B"),
        ("0", 0, "0B"),
        ("1.5 KiB", 1536, "1.536kB"),
        ("1234567B", 1_234_567, "1234567B"),
        ("18446744073709551615", u64::MAX, "18446744073709551615B"),
    ] {
        assert_eq!(read::read_size(text), Ok(bytes), "{text}");
        assert_eq!(size_text(bytes), shown, "{text}");
    }
    for bad in ["", "GB", "1G", "1K", "-1B", "0.5B", "0.0001kB", "1 ", "1  GB", "18446744073709551616", "1EB", "1GB "] {
        assert!(read::read_size(bad).is_err(), "{bad}");
    }
}

#[test]
fn only_values_of_one_kind_have_an_order() {
    let infinity = Value::NotFinite(NotFinite::Infinity);
    for (a, b, expected) in [
        (number("10"), number("9.99"), Some(Ordering::Greater)),
        (number("1"), number("1.00"), Some(Ordering::Equal)),
        (number("1e10000"), infinity.clone(), Some(Ordering::Less)),
        (infinity, Value::NotFinite(NotFinite::Nan), None),
        (Value::text("10"), Value::text("9"), Some(Ordering::Less)),
        (number("10"), Value::text("9"), None),
        (date("2026-01-16"), date("2026-01-15"), Some(Ordering::Greater)),
        (date("2026-01-16"), timestamp("2026-01-16T00:00:00"), None),
        (timestamp("2026-01-16T00:00:00"), timestamp("2026-01-16T00:00:00Z"), None),
        (timestamp("2026-01-16T01:00:00+01:00"), timestamp("2026-01-16T00:00:00Z"), Some(Ordering::Equal)),
        (Value::Null, Value::Null, None),
        (Value::Size(1), number("1"), None),
    ] {
        assert_eq!(compare(&a, &b), expected, "{} {}", a.display(), b.display());
        assert_eq!(compare(&b, &a), expected.map(Ordering::reverse), "{} {}", b.display(), a.display());
    }
}

#[test]
fn payloads_keep_numbers_exact_and_write_dates_as_text() {
    let text = r#"{"big":12345678901234567890.12345678901234567890,"scale":17.00,"list":[null,true]}"#;
    assert_eq!(Value::from_json(serde_json::from_str(text).unwrap()).to_json().to_string(), text);
    let value =
        Value::map([("d", date("2026-01-16")), ("t", timestamp("2026-01-16 18:00:00.5+01:00")), ("s", Value::Size(5))]);
    assert_eq!(value.to_json(), json!({"d": "2026-01-16", "t": "2026-01-16T18:00:00.500+01:00", "s": 5}));
}

#[test]
fn a_number_too_large_for_any_machine_stays_text() {
    let json = serde_json::from_str("[1e999999999, 1e-99999, 1e400]").unwrap();
    let value = Value::from_json(json);
    let kinds: Vec<_> = value.as_list().unwrap().iter().map(Value::type_name).collect();
    assert_eq!(kinds, ["string", "string", "integer"]);
    assert_eq!(value.to_json().to_string(), r#"["1e+999999999","1e-99999",1e+400]"#);
}

#[test]
fn records_hold_years_of_more_than_four_digits() {
    let far = NaiveDate::from_ymd_opt(12_345, 1, 2).unwrap().and_hms_opt(3, 4, 5).unwrap();
    for far in [Timestamp::Local(far), Timestamp::Zoned(far.and_utc().fixed_offset())].map(Value::Timestamp) {
        assert_eq!(Value::from_recorded(far.to_recorded()), Ok(far));
    }
}

#[test]
fn records_escape_what_looks_like_a_type() {
    let value = Value::map([("$date", Value::text("2026-01-16"))]);
    assert_eq!(value.to_recorded(), json!({"$map": {"$date": "2026-01-16"}}));
    assert_eq!(Value::from_recorded(value.to_recorded()), Ok(value));
    for bad in [
        json!({"$date": "x"}),
        json!({"$what": 1}),
        json!({"$size": -1}),
        json!({"$map": []}),
        json!([{"$bytes": "%"}]),
    ] {
        assert!(Value::from_recorded(bad.clone()).is_err(), "{bad}");
    }
}

#[test]
fn values_on_one_line_show_their_type() {
    let many = Value::List((0..12).map(|i: i64| Value::integer(i)).collect());
    for (value, expected) in [
        (Value::text("a\"b\n\u{7}\u{200b}ä"), "\"a\\\"b\\n\\u{7}\\u{200b}ä\""),
        (date("2026-01-16"), "2026-01-16"),
        (timestamp("2026-01-16T18:00:00"), "2026-01-16 18:00:00"),
        (timestamp("2026-01-16T18:00:00Z"), "2026-01-16T18:00:00Z"),
        (number("17.00"), "17.00"),
        (number("1e70"), "1e70"),
        (many, "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … 2 more]"),
        (Value::from_json(json!({"a": {"b c": null}, "d": []})), "{a: {\"b c\": null}, d: []}"),
        (Value::Bytes(vec![10, 255]), "X'0aff' (2 bytes)"),
        (Value::Size(1_500_000), "1.5MB"),
    ] {
        assert_eq!(value.display().to_string(), expected);
    }
    let long = Value::text("x".repeat(1000)).display().to_string();
    assert!(long.ends_with("x\"… (1000 characters)") && long.len() < 450, "{long}");
}

#[test]
fn values_on_many_lines_leave_nothing_out() {
    let value = Value::from_json(json!({"a": [1, {"b": "x", "c": [true]}], "d": {}, "e": {"f": null}}));
    assert_eq!(value.pretty(), "a:\n  - 1\n  - b: \"x\"\n    c:\n      - true\nd: {}\ne:\n  f: null");
}

fn any_value() -> impl Strategy<Value = Value> {
    let nanos = -1_000_000_000_000_000_i64..1_000_000_000_000_000;
    let key = prop_oneof!["[a-z]{1,3}", Just("$date".to_owned()), Just("$map".to_owned()), Just(String::new())];
    let moment = |nanos: i64| chrono::DateTime::from_timestamp_nanos(nanos);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (any::<i128>(), -70_i64..70)
            .prop_map(|(digits, scale)| Value::Number(bigdecimal::BigDecimal::new(digits.into(), scale))),
        prop_oneof![Just(NotFinite::Nan), Just(NotFinite::Infinity), Just(NotFinite::NegativeInfinity)]
            .prop_map(Value::NotFinite),
        any::<String>().prop_map(Value::Text),
        (-3_000_000..4_000_000).prop_map(|days| Value::Date(NaiveDate::from_epoch_days(days).unwrap())),
        (0_u32..86_400, 0_u32..1_000_000_000)
            .prop_map(|(s, n)| Value::Time(NaiveTime::from_num_seconds_from_midnight_opt(s, n).unwrap())),
        nanos.clone().prop_map(move |nanos| Value::Timestamp(Timestamp::Local(moment(nanos).naive_utc()))),
        (nanos.clone(), -18_i32 * 60..18 * 60).prop_map(move |(nanos, offset)| {
            let zone = chrono::FixedOffset::east_opt(offset * 60).unwrap();
            Value::Timestamp(Timestamp::Zoned(moment(nanos).with_timezone(&zone)))
        }),
        nanos.prop_map(|nanos| Value::Duration(TimeDelta::nanoseconds(nanos))),
        any::<u64>().prop_map(Value::Size),
        any::<Vec<u8>>().prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            proptest::collection::vec((key.clone(), inner), 0..4)
                .prop_map(|pairs| Value::Map(pairs.into_iter().collect::<Map>())),
        ]
    })
}

proptest! {
    #[test]
    fn a_record_reads_back_as_the_same_value(value in any_value()) {
        let text = value.to_recorded().to_string();
        let read = Value::from_recorded(serde_json::from_str(&text).unwrap());
        prop_assert_eq!(read.as_ref(), Ok(&value), "{}", text);
        prop_assert_eq!(read.unwrap().type_name(), value.type_name());
    }

    #[test]
    fn every_value_can_be_shown(value in any_value()) {
        prop_assert!(!value.display().to_string().is_empty());
        prop_assert!(!value.pretty().is_empty());
    }

    #[test]
    fn scalars_read_back_from_what_is_shown(seconds in -10_000_000_000_i64..10_000_000_000, nanos in 0_u32..1_000_000_000, bytes: u64) {
        let duration = TimeDelta::new(seconds, nanos).unwrap();
        prop_assert_eq!(read::read_duration(&duration_text(duration)), Ok(duration));
        prop_assert_eq!(read::read_size(&size_text(bytes)), Ok(bytes));
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in prop_oneof!["\\PC{0,20}", "[-+0-9.eE: TZdhmsGiB]{0,30}"]) {
        let _ = (read::read_number(&text), read::read_double(&text), read::read_bool(&text), read::read_date(&text));
        let _ = (read::read_time(&text), read::read_timestamp(&text), read::read_duration(&text), read::read_size(&text));
    }
}
