//! A table out of AWS's documentation of event patterns, and the corners beside it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Pattern;

/// The sample event of the user guide and of Event Ruler's description, with some fields more.
fn sample() -> Value {
    serde_json::from_str(
        r#"{
          "version": "0", "id": "ddddd4-aaaa-7777-4444-345dd43cc333", "detail-type": "EC2 Instance State-change Notification",
          "source": "aws.ec2", "account": "012345679012", "time": "2017-10-02T16:24:49Z", "region": "us-east-1",
          "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000"],
          "detail": {
            "c-count": 5, "d-count": 3, "x-limit": 301.8, "source-ip": "10.0.0.33", "source-ip6": "2001:db8::7",
            "instance-id": "i-000000aaaaaa00000", "state": "running", "FileName": "photos/dir/Sun*set.PNG", "eventName": "",
            "responseElements": null, "ok": true, "exact": 300, "large": 12345678901234567890.5, "tags": ["red", "green", 7],
            "nested": {"a": {"b": ["x"]}}, "none": [],
            "employees": [[{"first": "Anna", "last": "Smith"}, {"first": "John", "last": "Doe"}], [{"first": "Peter", "last": "Jones"}]]
          }
        }"#,
    )
    .expect("an event")
}

#[track_caller]
fn check(pattern: &str, expected: bool) {
    let parsed = Pattern::parse(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    assert_eq!(parsed.matches(&sample()), expected, "{pattern}");
}

/// A condition on `detail`.
#[track_caller]
fn detail(condition: &str, expected: bool) {
    check(&format!(r#"{{"detail": {condition}}}"#), expected);
}

#[test]
fn all_fields_and_any_of_their_values_must_match() {
    check(r#"{"source": ["aws.ec2"]}"#, true);
    check(r#"{"source": ["aws.s3", "aws.ec2"], "detail": {"state": ["initializing", "running"]}}"#, true);
    check(r#"{"source": ["aws.ec2"], "detail": {"state": ["initializing"]}}"#, false);
    check(r#"{"resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000"]}"#, true);
    check(r#"{"state": ["running"]}"#, false);
    detail(r#"{"nested": {"a": {"b": ["x"]}}}"#, true);
    detail(r#"{"nested": {"a": {"c": ["x"]}}}"#, false);
}

#[test]
fn literals_match_by_kind_and_text() {
    detail(r#"{"eventName": [""]}"#, true);
    detail(r#"{"responseElements": [null]}"#, true);
    detail(r#"{"responseElements": [""]}"#, false);
    detail(r#"{"state": [null]}"#, false);
    detail(r#"{"missing": [null]}"#, false);
    detail(r#"{"ok": [true]}"#, true);
    detail(r#"{"ok": ["true"]}"#, false);
    detail(r#"{"exact": [300]}"#, true);
    detail(r#"{"exact": [300.0]}"#, false);
    detail(r#"{"exact": [3.0e2]}"#, false);
    detail(r#"{"exact": ["300"]}"#, false);
    detail(r#"{"nested": [{"prefix": "a"}]}"#, false);
}

#[test]
fn texts_match_by_their_ends() {
    check(r#"{"time": [{"prefix": "2017-10-02"}]}"#, true);
    check(r#"{"time": [{"prefix": "2017-10-03"}]}"#, false);
    check(r#"{"region": [{"prefix": {"equals-ignore-case": "US-"}}]}"#, true);
    detail(r#"{"FileName": [{"suffix": ".PNG"}]}"#, true);
    detail(r#"{"FileName": [{"suffix": ".png"}]}"#, false);
    detail(r#"{"FileName": [{"suffix": {"equals-ignore-case": ".png"}}]}"#, true);
    detail(r#"{"state": [{"equals-ignore-case": "RUNNING"}]}"#, true);
    detail(r#"{"state": [{"equals-ignore-case": "RUN"}]}"#, false);
    detail(r#"{"exact": [{"prefix": "3"}]}"#, false);
}

#[test]
fn stars_stand_for_any_characters() {
    for (pattern, expected) in [
        ("*", true),
        ("photos/*", true),
        ("*/dir/*", true),
        ("*.PNG", true),
        ("photos/*/Sun*set.*", true),
        (r"photos/dir/Sun\\*set.PNG", true),
        (r"photos/dir/Sun\\*", false),
        ("photos/dir/Sun*set.PNG", true),
        ("photos", false),
        ("photos/*.png", false),
        ("*PNG*PNG", false),
        ("photos/*photos/dir/Sun*", false),
    ] {
        detail(&format!(r#"{{"FileName": [{{"wildcard": "{pattern}"}}]}}"#), expected);
    }
    let twice = Pattern::parse(r#"{"k": [{"wildcard": "a*ab"}]}"#).expect("a pattern");
    assert!(twice.matches(&json!({"k": "aabab"})));
    assert!(!twice.matches(&json!({"k": "ab"})));
}

#[test]
fn anything_but_needs_a_value_and_another_one() {
    detail(r#"{"state": [{"anything-but": "initializing"}]}"#, true);
    detail(r#"{"state": [{"anything-but": "running"}]}"#, false);
    detail(r#"{"missing": [{"anything-but": "running"}]}"#, false);
    detail(r#"{"x-limit": [{"anything-but": 123}]}"#, true);
    detail(r#"{"x-limit": [{"anything-but": [100, 301.80]}]}"#, false);
    detail(r#"{"x-limit": [{"anything-but": "301.8"}]}"#, true);
    detail(r#"{"state": [{"anything-but": ["stopped", "overloaded"]}]}"#, true);
    detail(r#"{"state": [{"anything-but": ["stopped", "running"]}]}"#, false);
    detail(r#"{"state": [{"anything-but": {"prefix": "init"}}]}"#, true);
    detail(r#"{"state": [{"anything-but": {"prefix": ["init", "run"]}}]}"#, false);
    detail(r#"{"FileName": [{"anything-but": {"suffix": ".PNG"}}]}"#, false);
    detail(r#"{"FileName": [{"anything-but": {"suffix": [".jpg", ".txt"]}}]}"#, true);
    detail(r#"{"state": [{"anything-but": {"equals-ignore-case": ["RUNNING", "x"]}}]}"#, false);
    detail(r#"{"FileName": [{"anything-but": {"wildcard": "*/lib/*"}}]}"#, true);
    detail(r#"{"tags": [{"anything-but": ["red", "green"]}]}"#, true);
}

#[test]
fn numbers_are_compared_exactly() {
    detail(r#"{"c-count": [{"numeric": [">", 0, "<=", 5]}], "d-count": [{"numeric": ["<", 10]}]}"#, true);
    detail(r#"{"c-count": [{"numeric": [">", 5, "<", 10]}]}"#, false);
    detail(r#"{"x-limit": [{"numeric": ["=", 3.018e2]}]}"#, true);
    detail(r#"{"exact": [{"numeric": ["=", 300.000]}]}"#, true);
    detail(r#"{"state": [{"numeric": ["=", 0]}]}"#, false);
    detail(r#"{"large": [{"numeric": [">", 5000000000]}]}"#, true);
    let exact = Pattern::parse(r#"{"n": [{"numeric": [">", 0.3]}]}"#).expect("a pattern");
    for (number, expected) in [("0.3", false), ("0.30000000000000001", true), ("0.2999999999999999999", false)] {
        let event = serde_json::from_str(&format!(r#"{{"n": {number}}}"#)).expect("an event");
        assert_eq!(exact.matches(&event), expected, "{number}");
    }
}

#[test]
fn existence_is_that_of_a_leaf() {
    detail(r#"{"c-count": [{"exists": true}]}"#, true);
    detail(r#"{"c-count": [{"exists": false}]}"#, false);
    detail(r#"{"missing": [{"exists": false}]}"#, true);
    detail(r#"{"missing": {"below": [{"exists": false}]}}"#, true);
    detail(r#"{"responseElements": [{"exists": true}]}"#, true);
    detail(r#"{"nested": [{"exists": true}]}"#, false);
    detail(r#"{"nested": [{"exists": false}]}"#, true);
    detail(r#"{"none": [{"exists": true}]}"#, false);
    detail(r#"{"missing": [{"exists": false}, "x"], "state": ["running"]}"#, true);
}

#[test]
fn addresses_match_by_network() {
    detail(r#"{"source-ip": [{"cidr": "10.0.0.0/24"}]}"#, true);
    detail(r#"{"source-ip": [{"cidr": "10.0.0.0/8"}]}"#, true);
    detail(r#"{"source-ip": [{"cidr": "0.0.0.0/0"}]}"#, true);
    detail(r#"{"source-ip": [{"cidr": "10.0.0.33/32"}]}"#, true);
    detail(r#"{"source-ip": [{"cidr": "10.0.1.0/24"}]}"#, false);
    detail(r#"{"source-ip6": [{"cidr": "2001:db8::/32"}]}"#, true);
    detail(r#"{"source-ip6": [{"cidr": "2001:db9::/32"}]}"#, false);
    detail(r#"{"source-ip6": [{"cidr": "10.0.0.0/24"}]}"#, false);
    detail(r#"{"state": [{"cidr": "10.0.0.0/24"}]}"#, false);
}

#[test]
fn lists_match_by_one_element() {
    detail(r#"{"tags": ["blue", "green"]}"#, true);
    detail(r#"{"tags": [7]}"#, true);
    detail(r#"{"tags": ["blue"]}"#, false);
    detail(r#"{"employees": {"first": ["Anna"]}}"#, true);
    detail(r#"{"employees": {"first": ["Peter"], "last": ["Jones"]}}"#, true);
    detail(r#"{"employees": {"first": ["Anna"], "last": ["Jones"]}}"#, false);
}

#[test]
fn alternatives_are_among_fields() {
    check(r#"{"source": ["aws.ec2"], "$or": [{"region": ["eu-west-1"]}, {"account": ["012345679012"]}]}"#, true);
    check(r#"{"source": ["aws.s3"], "$or": [{"region": ["us-east-1"]}, {"account": ["012345679012"]}]}"#, false);
    detail(r#"{"$or": [{"c-count": [{"numeric": [">", 0, "<=", 5]}]}, {"d-count": [{"numeric": ["<", 0]}]}]}"#, true);
    detail(r#"{"$or": [{"c-count": [4]}, {"state": ["running"], "$or": [{"ok": [false]}, {"exact": [301]}]}]}"#, false);
}

#[test]
fn what_is_no_pattern_is_refused_with_its_place() {
    for (pattern, part) in [
        ("", "is not JSON"),
        ("[]", "must be an object"),
        ("{}", "the pattern is empty"),
        (r#"{"source": "aws.ec2"}"#, r#"`source` must be an object or a list: write ["aws.ec2"]"#),
        (r#"{"source": []}"#, "`source` is an empty list"),
        (r#"{"detail": {}}"#, "`detail` is an empty object"),
        (r#"{"detail": {"a": [["x"]]}}"#, "`detail.a` has a list in its list"),
        (r#"{"detail": {"a": [{"begins-with": "x"}]}}"#, "`detail.a`: unrecognized match type begins-with"),
        (r#"{"a": [{"prefix": "x", "suffix": "y"}]}"#, "exactly one key"),
        (r#"{"a": [{"prefix": 1}]}"#, "prefix must be a string"),
        (r#"{"a": [{"prefix": {"wildcard": "x"}}]}"#, "wildcard in prefix"),
        (r#"{"a": [{"exists": "true"}]}"#, "exists must be true or false"),
        (r#"{"a": [{"cidr": "10.0.0.0/33"}]}"#, "no CIDR range"),
        (r#"{"a": [{"cidr": "10.0.0.1"}]}"#, "no CIDR range"),
        (r#"{"a": [{"numeric": 5}]}"#, "numeric is a list"),
        (r#"{"a": [{"numeric": ["=", "5"]}]}"#, "is no number"),
        (r#"{"a": [{"numeric": ["!=", 5]}]}"#, "unrecognized numeric range operator"),
        (r#"{"a": [{"numeric": ["<", 5, ">", 0]}]}"#, "numeric is a list"),
        (r#"{"a": [{"numeric": [">", 5, "<", 5]}]}"#, "must be below its top"),
        (r#"{"a": [{"numeric": ["<", 5000000000.1]}]}"#, "between -5.0E9 and 5.0E9"),
        (r#"{"a": [{"wildcard": "a**b"}]}"#, "consecutive wildcard"),
        (r#"{"a": [{"wildcard": "a\\b"}]}"#, "a backslash"),
        (r#"{"a": [{"anything-but": ["x", 1]}]}"#, "strings only, or numbers only"),
        (r#"{"a": [{"anything-but": []}]}"#, "empty list in anything-but"),
        (r#"{"a": [{"anything-but": null}]}"#, "null is not supported in anything-but"),
        (r#"{"a": [{"anything-but": {"numeric": ["<", 5]}}]}"#, "numeric in anything-but"),
        (r#"{"$or": [{"a": ["x"]}]}"#, "at least two objects"),
        (r#"{"$or": [{"numeric": 1}, {"prefix": "x"}]}"#, "objects with fields"),
    ] {
        let error = Pattern::parse(pattern).expect_err(pattern);
        assert!(error.contains(part), "{pattern}: {error}");
    }
}

proptest! {
    #[test]
    fn a_wildcard_is_what_the_regular_expression_is(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
        prop_assume!(!pattern.contains("**"));
        let expression = regex::Regex::new(&format!("^{}$", pattern.replace('*', ".*"))).expect("an expression");
        let parsed = Pattern::read(&json!({"k": [{"wildcard": pattern}]})).expect("a pattern");
        prop_assert_eq!(parsed.matches(&json!({"k": text})), expression.is_match(&text));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in r#"[\[\]{}":,a$0-9*\\-]{0,40}"#) {
        let _ = Pattern::parse(&text);
    }
}
