//! What paths find, what they refuse, and how a miss reads.

#![expect(clippy::needless_pass_by_value, reason = "test_case hands values over")]

use super::{Path, ReferencePath};
use serde_json::{Value, json};
use test_case::test_case;

fn data() -> Value {
    json!({
        "a": {"b": 1, "b-c": "dash", "it's": "quote"},
        "list": [{"x": 1, "n": "one"}, {"x": 2, "n": "two"}, {"y": 3, "a-b": 9}],
        "numbers": [3, 1, 2],
        "nothing": null,
        "text": "abc"
    })
}

fn context() -> Value {
    json!({"Execution": {"Name": "run-1"}})
}

fn with_variables() -> Value {
    let mut context = context();
    context[crate::sandbox::stepfunctions::VARIABLES] = json!({"total": {"sum": 5}, "list": [1, 2]});
    context
}

#[test_case("$total.sum", json!(5); "a member of a variable")]
#[test_case("$list[1]", json!(2); "an element of a variable")]
#[test_case("$list[*]", json!([1, 2]); "a wildcard over a variable")]
#[test_case("$$", context(); "the context object does not show the variables")]
fn variables_travel_beside_the_context_object(path: &str, expected: Value) {
    assert_eq!(Path::parse(path).unwrap().evaluate(&data(), &with_variables()).unwrap(), expected);
}

#[test_case("$", data(); "the root is everything")]
#[test_case("$.a.b", json!(1); "names after dots")]
#[test_case("$.a.b-c", json!("dash"); "a dash needs no brackets")]
#[test_case("$['a'][\"b\"]", json!(1); "both kinds of quotes")]
#[test_case("$['a']['it\\'s']", json!("quote"); "an escaped quote")]
#[test_case("$.list[0].n", json!("one"); "an index")]
#[test_case("$.list[-1].y", json!(3); "a negative index counts from the end")]
#[test_case("$.list.[1].n", json!("two"); "a dot before a bracket")]
#[test_case("$.nothing", Value::Null; "null is a value")]
#[test_case("$.list[*].x", json!([1, 2]); "a wildcard is a list")]
#[test_case("$.list.*.n", json!(["one", "two"]); "a wildcard after a dot")]
#[test_case("$.list[1:].x", json!([2]); "a slice")]
#[test_case("$.numbers[:2]", json!([3, 1]); "a slice from the start")]
#[test_case("$.numbers[0,2]", json!([3, 2]); "a union of indexes")]
#[test_case("$..x", json!([1, 2]); "a descent")]
#[test_case("$..['n']", json!(["one", "two"]); "a descent to a quoted name")]
#[test_case("$.list[?(@.x==2)].n", json!(["two"]); "a filter on a number")]
#[test_case("$.list[?(@.n=='one')].x", json!([1]); "a filter on a string")]
#[test_case("$.list[?(@.a-b == 9)].y", json!([3]); "a dash inside a filter")]
#[test_case("$.list[?(@.x > 1 || @.y)]", json!([{"x": 2, "n": "two"}, {"y": 3, "a-b": 9}]); "a filter with or and existence")]
#[test_case("$.missing[*].x", json!([]); "an indefinite path over nothing is an empty list")]
#[test_case("$.missing[1:]", json!([]); "a slice of nothing is an empty list")]
#[test_case("$.list.length()", json!(3); "the length of a list")]
#[test_case("$.a.length()", json!(3); "the length of an object")]
#[test_case("$.list[*].x.length()", json!(2); "the length of what was selected")]
#[test_case("$.numbers.max()", json!(3); "the largest number")]
#[test_case("$.numbers.min()", json!(1); "the smallest number")]
#[test_case("$.numbers.first()", json!(3); "the first element")]
#[test_case("$.list[0].keys()", json!(["x", "n"]); "the keys of an object")]
#[test_case("$$.Execution.Name", json!("run-1"); "the context object")]
#[test_case("$$", context(); "the whole context object")]
fn finds(path: &str, expected: Value) {
    assert_eq!(Path::parse(path).unwrap().evaluate(&data(), &context()).unwrap(), expected);
}

#[test_case("$.none", "Invalid path '$.none' : No results for path: $['none']"; "a missing last name")]
#[test_case("$.a.none", "Invalid path '$.a.none' : No results for path: $['a']['none']"; "a missing nested name")]
#[test_case("$.none.b", "Invalid path '$.none.b' : Missing property in path $['none']"; "a missing name on the way")]
#[test_case("$.numbers[7]", "Invalid path '$.numbers[7]' : Index out of bounds when evaluating path $['numbers'][7]"; "an index past the end")]
#[test_case("$.a.b[0]", "Invalid path '$.a.b[0]' : Filter: [0] can only be applied to arrays. Current context is: 1"; "an index into a number")]
#[test_case("$.nothing[0]", "Invalid path '$.nothing[0]' : The path $['nothing'] is null"; "an index into null")]
fn misses(path: &str, message: &str) {
    assert_eq!(Path::parse(path).unwrap().evaluate(&data(), &context()).unwrap_err().to_string(), message);
}

#[test_case("a.b", "does not start with '$'"; "no root")]
#[test_case("", "does not start with '$'"; "nothing at all")]
#[test_case("$.", "must not end with a '.'"; "a dot at the end")]
#[test_case("$.a b", "write ['a b']"; "a blank in a name")]
#[test_case("$[", "no closing ']'"; "an open bracket")]
#[test_case("$['a", "no closing ']'"; "an open quote")]
#[test_case("$[abc]", "neither a quoted name"; "a bare word in brackets")]
#[test_case("$['a','b']", "several names"; "several names")]
#[test_case("$.a.stddev()", "'stddev()' is not supported"; "a function that is not there")]
#[test_case("$.a.length().b", "nothing may follow the function"; "a step after a function")]
#[test_case("$.a[?(@.x ==)]", "is not valid"; "half a filter")]
fn refuses(path: &str, part: &str) {
    let error = Path::parse(path).unwrap_err();
    assert!(error.contains(part), "{error}");
}

#[test_case("$.list[?(@.id == 1)]", true; "numbers are compared")]
#[test_case("$.list[?(@.n == 'x')]", false; "a string is compared")]
#[test_case("$.list[?(@.id == @.other)]", true; "two paths may be numbers")]
#[test_case("$.list[?(@['id'] == 1)]", true; "a quoted name is no literal")]
fn a_filter_that_could_compare_numbers_inexactly_is_an_error(path: &str, refused: bool) {
    let data = json!({"list": [{"id": 12_345_678_901_234_567_u64, "n": "x"}]});
    assert_eq!(Path::parse(path).unwrap().evaluate(&data, &Value::Null).is_err(), refused);
}

#[test_case("$", json!({"a": 1}), json!("new"); "the root replaces everything")]
#[test_case("$.b", json!({"a": 1}), json!({"a": 1, "b": "new"}); "a new name")]
#[test_case("$.a", json!({"a": 1}), json!({"a": "new"}); "a name that is there")]
#[test_case("$.x.y.z", json!({}), json!({"x": {"y": {"z": "new"}}}); "objects are made on the way")]
#[test_case("$['x']['y z']", json!({"x": {"q": 1}}), json!({"x": {"q": 1, "y z": "new"}}); "quoted names")]
#[test_case("$.l[1]", json!({"l": [1, 2]}), json!({"l": [1, "new"]}); "an element that is there")]
fn a_reference_path_inserts(path: &str, into: Value, expected: Value) {
    assert_eq!(ReferencePath::parse(path).unwrap().insert(into, json!("new")).unwrap(), expected);
}

#[test_case("$.a", json!("text"), "Unable to apply ReferencePath $.a to input \"text\""; "into a string")]
#[test_case("$.a.b", json!({"a": 1}), "Unable to apply ReferencePath $.a.b to input {\"a\":1}"; "through a number")]
#[test_case("$.l[3]", json!({"l": []}), "Unable to apply ReferencePath $.l[3] to input {\"l\":[]}"; "past the end of a list")]
#[test_case("$.l[0]", json!({}), "Unable to apply ReferencePath $.l[0] to input {}"; "into a list that is not there")]
fn a_reference_path_that_does_not_fit_is_an_error(path: &str, into: Value, message: &str) {
    assert_eq!(ReferencePath::parse(path).unwrap().insert(into, json!("new")).unwrap_err().to_string(), message);
}

#[test_case("a", "Reference path didn't start with '$'"; "no root")]
#[test_case("$$.a", "context object"; "the context object")]
#[test_case("$.a[*]", "exactly one place"; "a wildcard")]
#[test_case("$..a", "exactly one place"; "a descent")]
#[test_case("$.a.length()", "exactly one place"; "a function")]
fn a_path_that_is_no_reference_path_is_refused(path: &str, part: &str) {
    let error = ReferencePath::parse(path).unwrap_err();
    assert!(error.starts_with("Value is not a Reference Path: ") && error.contains(part), "{error}");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\$[\\PC]{0,40}") {
        let _ = Path::parse(&text).map(|path| path.evaluate(&data(), &context()));
        let _ = ReferencePath::parse(&text).map(|path| path.insert(data(), Value::Null));
    }

    #[test]
    fn any_name_in_quotes_is_found(name in "\\PC{1,12}") {
        let escaped = name.replace('\\', "\\\\").replace('\'', "\\'");
        let mut map = serde_json::Map::new();
        map.insert(name, Value::Bool(true));
        let data = Value::Object(map);
        let found = |path: String| Path::parse(&path).unwrap().evaluate(&data, &Value::Null).unwrap();
        proptest::prop_assert_eq!(found(format!("$['{escaped}']")), Value::Bool(true));
        proptest::prop_assert_eq!(found(format!("$..['{escaped}']")), json!([true]));
    }
}

#[test_case(8, true; "a filter may be nested")]
#[test_case(100_000, false; "but not so deep that parsing it would exhaust the stack")]
fn the_depth_of_a_filter_has_a_limit(depth: usize, accepted: bool) {
    let path = format!("$.list[?({}@.x{})]", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(Path::parse(&path).is_ok(), accepted);
}
