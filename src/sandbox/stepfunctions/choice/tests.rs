//! Rules: which match, which do not, which are errors, which are refused.

#![expect(clippy::needless_pass_by_value, reason = "test_case hands values over")]

use super::Rule;
use serde_json::{Value, json};
use test_case::test_case;

fn data() -> Value {
    serde_json::from_str(
        r#"{"n": 5, "d": 5.0, "big": 9007199254740993, "s": "abc", "t": "2024-01-01T01:00:00+01:00", "b": true, "null": null, "list": [1], "low": 1}"#,
    )
    .unwrap()
}

fn matches(rule: &Value) -> Result<bool, String> {
    let context = json!({"Execution": {"Name": "run-1"}});
    Rule::parse(rule)?.matches(&data(), &context).map_err(|error| error.to_string())
}

fn compare(variable: &str, operator: &str, operand: Value) -> Value {
    let mut rule = json!({"Variable": variable, "Next": "X"});
    rule[operator] = operand;
    rule
}

#[test_case("$.n", "NumericEquals", json!(5.0), true; "an integer equals a decimal")]
#[test_case("$.d", "NumericEquals", json!(5), true; "a decimal equals an integer")]
#[test_case("$.big", "NumericEquals", json!(9_007_199_254_740_992_u64), false; "big numbers are told apart")]
#[test_case("$.big", "NumericGreaterThan", json!(9_007_199_254_740_992_u64), true; "big numbers are ordered")]
#[test_case("$.n", "NumericLessThan", json!(5), false; "not less than itself")]
#[test_case("$.n", "NumericLessThanEquals", json!(5), true; "less than or equal to itself")]
#[test_case("$.n", "NumericGreaterThanEquals", json!(6), false; "not at least six")]
#[test_case("$.s", "NumericEquals", json!(5), false; "a string is no number")]
#[test_case("$.n", "NumericGreaterThanPath", json!("$.low"), true; "a path operand")]
#[test_case("$.n", "NumericEqualsPath", json!("$.s"), false; "a path operand of another type")]
#[test_case("$.s", "StringEquals", json!("abc"), true; "equal strings")]
#[test_case("$.s", "StringLessThan", json!("abd"), true; "strings by their characters")]
#[test_case("$.s", "StringGreaterThanEquals", json!("ab"), true; "a longer string is greater")]
#[test_case("$.n", "StringEquals", json!("5"), false; "a number is no string")]
#[test_case("$.s", "StringMatches", json!("a*"), true; "a pattern")]
#[test_case("$.n", "StringMatches", json!("*"), false; "a pattern on a number")]
#[test_case("$.s", "StringEqualsPath", json!("$$.Execution.Name"), false; "an operand from the context object")]
#[test_case("$$.Execution.Name", "StringEquals", json!("run-1"), true; "a variable from the context object")]
#[test_case("$.b", "BooleanEquals", json!(true), true; "equal booleans")]
#[test_case("$.b", "BooleanEqualsPath", json!("$.b"), true; "a boolean from a path")]
#[test_case("$.null", "BooleanEquals", json!(false), false; "null is not false")]
#[test_case("$.t", "TimestampEquals", json!("2024-01-01T00:00:00Z"), true; "the same instant in two zones")]
#[test_case("$.t", "TimestampLessThan", json!("2024-01-01T00:00:00.001Z"), true; "fractions of a second count")]
#[test_case("$.s", "TimestampEquals", json!("2024-01-01T00:00:00Z"), false; "text is no timestamp")]
#[test_case("$.null", "IsNull", json!(true), true; "null is null")]
#[test_case("$.n", "IsNull", json!(false), true; "a number is not null")]
#[test_case("$.none", "IsPresent", json!(true), false; "what is missing is not present")]
#[test_case("$.none.deep", "IsPresent", json!(false), true; "nor is what is missing deeper")]
#[test_case("$.null", "IsPresent", json!(true), true; "null is present")]
#[test_case("$.list[1]", "IsPresent", json!(false), true; "an index past the end is not present")]
#[test_case("$.s", "IsString", json!(true), true; "a string is a string")]
#[test_case("$.n", "IsNumeric", json!(true), true; "a number is numeric")]
#[test_case("$.b", "IsBoolean", json!(true), true; "true is boolean")]
#[test_case("$.t", "IsTimestamp", json!(true), true; "a timestamp is one")]
#[test_case("$.s", "IsTimestamp", json!(true), false; "text is not")]
fn a_comparison_holds_or_not(variable: &str, operator: &str, operand: Value, expected: bool) {
    assert_eq!(matches(&compare(variable, operator, operand)), Ok(expected));
}

fn five() -> Value {
    json!({"Variable": "$.n", "NumericEquals": 5})
}

fn six() -> Value {
    json!({"Variable": "$.n", "NumericEquals": 6})
}

fn missing() -> Value {
    json!({"Variable": "$.none", "NumericEquals": 6})
}

#[test_case(json!({"And": [five(), five()], "Next": "X"}), true; "and of two that hold")]
#[test_case(json!({"And": [five(), six()]}), false; "and of one that does not")]
#[test_case(json!({"Or": [six(), five()]}), true; "or of one that holds")]
#[test_case(json!({"Or": [six(), six()]}), false; "or of none")]
#[test_case(json!({"Not": six()}), true; "not")]
#[test_case(json!({"And": [{"Not": six()}, {"Or": [five()]}]}), true; "nested")]
#[test_case(json!({"And": [{"Variable": "$.none", "IsPresent": true}, missing()]}), false; "and stops at the first that does not hold")]
#[test_case(json!({"Or": [five(), missing()]}), true; "or stops at the first that holds")]
fn conditions_are_joined(rule: Value, expected: bool) {
    assert_eq!(matches(&rule), Ok(expected));
}

#[test_case(missing(), "$.none"; "a missing variable")]
#[test_case(json!({"Variable": "$.none", "IsNull": true}), "$.none"; "a missing variable under IsNull")]
#[test_case(json!({"Variable": "$.n", "NumericEqualsPath": "$.a.b"}), "$.a.b"; "a missing operand")]
#[test_case(json!({"Not": missing()}), "$.none"; "a missing variable under not")]
fn what_is_missing_is_an_error(rule: Value, path: &str) {
    let message = format!("Invalid path '{path}': The choice state's condition path references an invalid value.");
    assert_eq!(matches(&rule), Err(message));
}

#[test_case(json!("x"), "must be an object"; "no object")]
#[test_case(json!({"Variable": "$.n"}), "exactly one operator, but has []"; "no operator")]
#[test_case(json!({"Variable": "$.n", "IsNull": true, "IsString": true}), "exactly one operator, but has [IsNull, IsString]"; "two operators")]
#[test_case(json!({"NumericEquals": 5}), "needs a 'Variable'"; "no variable")]
#[test_case(json!({"Variable": "n", "NumericEquals": 5}), "Value is not a Reference Path: Reference path didn't start with '$'"; "a variable that is no path")]
#[test_case(json!({"Variable": "$.l[*]", "NumericEquals": 5}), "Value is not a Reference Path"; "a variable of many places")]
#[test_case(json!({"Variable": "$.n", "NumericEquals": "5"}), "wrong type"; "a string for a number")]
#[test_case(json!({"Variable": "$.n", "IsNull": "true"}), "must be true or false"; "a string for a boolean")]
#[test_case(json!({"Variable": "$.n", "TimestampEquals": "today"}), "String does not match RFC3339 timestamp"; "no timestamp")]
#[test_case(json!({"Variable": "$.n", "BooleanLessThan": true}), "there is no comparison operator 'BooleanLessThan'"; "booleans have no order")]
#[test_case(json!({"Variable": "$.n", "NumberEquals": 1}), "there is no comparison operator 'NumberEquals'"; "a misspelt operator")]
#[test_case(json!({"Variable": "$.n", "StringMatchesPath": "$.s"}), "there is no comparison operator 'StringMatchesPath'"; "patterns have no path")]
#[test_case(json!({"And": []}), "at least one rule"; "an empty and")]
#[test_case(json!({"Not": []}), "must be an object"; "a list under not")]
fn a_wrong_rule_is_refused(rule: Value, part: &str) {
    let error = Rule::parse(&rule).unwrap_err();
    assert!(error.contains(part), "{error}");
}
