//! Every function: AWS's documented examples, limits, and what it refuses.

use super::Intrinsic;
use serde_json::{Value, json};
use test_case::test_case;

fn evaluate(text: &str) -> Result<Value, String> {
    let data = json!({
        "name": "Ada", "template": "Hello {}", "n": 5, "list": [1, 2, 3, 4, 5, 6, 7, 8, 9], "empty": [],
        "json": "{\"a\": 1}", "object": {"a": 1}, "other": {"b": 2, "a": 3}, "repeated": [1, "1", 1, {"a": 1, "b": 2}, {"b": 2, "a": 1}, 1.0],
        "null": null, "a,b": "comma", "blank": "", "csv": ",a,,b.c,", "zero": "-0", "big": 9_007_199_254_740_993_u64
    });
    let context = json!({"Execution": {"Name": "run-1"}});
    Intrinsic::parse(text)?.evaluate(&data, &context).map_err(|error| error.message)
}

#[test_case("States.Format('Hello {}', $.name)", json!("Hello Ada"); "format with a path")]
#[test_case("States.Format($.template, $.name)", json!("Hello Ada"); "format with a template from a path")]
#[test_case("States.Format('{} {} {} {}', 1, 1.50, true, null)", json!("1 1.50 true null"); "format with literals")]
#[test_case("States.Format('no placeholders')", json!("no placeholders"); "format without placeholders")]
#[test_case("States.Format('a \\{\\} \\'{}\\' \\\\', 'x')", json!("a {} 'x' \\"); "format with escapes")]
#[test_case("States.Format('{}', $.object)", json!("{\"a\":1}"); "format of an object")]
#[test_case("States.Format('{}', $$.Execution.Name)", json!("run-1"); "format with the context object")]
#[test_case("States.Format('{}', $['a,b'])", json!("comma"); "a comma inside a path")]
#[test_case("States.Format('{}', $.list.length())", json!("9"); "a function inside a path")]
#[test_case("States.Format('{}-{}', States.Format('{}', 1), States.Array(2))", json!("1-[2]"); "nested calls")]
#[test_case("States.Format('{}', $.big)", json!("9007199254740993"); "big numbers keep their digits")]
#[test_case("States.StringToJson($.json)", json!({"a": 1}); "string to json")]
#[test_case("States.StringToJson($.blank)", Value::Null; "a blank string is null")]
#[test_case("States.StringToJson($.zero)", json!(0); "minus zero is zero")]
#[test_case("States.JsonToString($.object)", json!("{\"a\":1}"); "json to string")]
#[test_case("States.Array()", json!([]); "an empty array")]
#[test_case("States.Array(1, 'two', $.n, true, null)", json!([1, "two", 5, true, null]); "an array of anything")]
#[test_case("States.ArrayPartition($.list, 4)", json!([[1, 2, 3, 4], [5, 6, 7, 8], [9]]); "partition")]
#[test_case("States.ArrayPartition($.list, 3.5)", json!([[1, 2, 3, 4], [5, 6, 7, 8], [9]]); "the size of a chunk is rounded")]
#[test_case("States.ArrayPartition($.empty, 4)", json!([]); "partition of nothing")]
#[test_case("States.ArrayContains($.list, 5)", json!(true); "contains")]
#[test_case("States.ArrayContains($.list, '5')", json!(false); "a string is not contained among numbers")]
#[test_case("States.ArrayContains(States.Array($.object), States.StringToJson($.json))", json!(true); "an object is contained")]
#[test_case("States.ArrayRange(1, 9, 2)", json!([1, 3, 5, 7, 9]); "range")]
#[test_case("States.ArrayRange(5, 1, -2)", json!([5, 3, 1]); "a range downwards")]
#[test_case("States.ArrayRange(5, 1, 1)", json!([]); "a range in the wrong direction is empty")]
#[test_case("States.ArrayRange(1.6, 1.4, 1)", json!([1]); "fractions of a range are cut off")]
#[test_case("States.ArrayLength(States.ArrayRange(1, 1000, 1))", json!(1000); "the longest range")]
#[test_case("States.ArrayGetItem($.list, 5)", json!(6); "an item")]
#[test_case("States.ArrayGetItem($.list, 1.9)", json!(2); "a fraction of an index is cut off")]
#[test_case("States.ArrayGetItem($.empty, 3)", Value::Null; "any item of nothing is null")]
#[test_case("States.ArrayLength($.list)", json!(9); "length")]
#[test_case("States.ArrayUnique($.repeated)", json!([1, "1", {"a": 1, "b": 2}, 1.0]); "unique")]
#[test_case("States.Base64Encode('Data to encode')", json!("RGF0YSB0byBlbmNvZGU="); "encode")]
#[test_case("States.Base64Decode('RGVjb2RlZCBkYXRh')", json!("Decoded data"); "decode")]
#[test_case("States.Base64Decode(' YWJj\u{e9}ZA')", json!("abcd"); "decoding skips what is not in the alphabet")]
#[test_case("States.Hash('hello', 'MD5')", json!("5d41402abc4b2a76b9719d911017c592"); "md5")]
#[test_case("States.Hash('input data', 'SHA-1')", json!("aaff4a450a104cd177d28d18d74485e8cae074b7"); "sha-1, the example of AWS's guide")]
#[test_case("States.Hash('hello', 'SHA-256')", json!("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"); "sha-256")]
#[test_case("States.JsonMerge($.object, $.other, false)", json!({"a": 3, "b": 2}); "merge")]
#[test_case("States.MathRandom(7, 8)", json!(7); "a random number of one")]
#[test_case("States.MathAdd(111, -1)", json!(110); "add")]
#[test_case("States.MathAdd(1.6, 2.7)", json!(5); "add rounds to the nearest integer")]
#[test_case("States.StringSplit('1+2,3.4', '.+,')", json!(["1", "2", "3", "4"]); "split at any of the characters")]
#[test_case("States.StringSplit($.csv, ',')", json!(["a", "b.c"]); "split drops empty pieces")]
#[test_case("States.StringSplit('abc', '')", json!(["abc"]); "split at nothing")]
#[test_case("States.StringSplit('', ',')", json!([]); "split of nothing")]
fn a_function_yields(text: &str, expected: Value) {
    assert_eq!(evaluate(text), Ok(expected));
}

#[test]
fn a_uuid_is_of_version_four_and_a_new_one_each_time() {
    let [first, second] = [(); 2].map(|()| evaluate("States.UUID()").unwrap());
    let parsed = uuid::Uuid::parse_str(first.as_str().unwrap()).unwrap();
    assert_eq!(parsed.get_version_num(), 4);
    assert_ne!(first, second);
}

#[test]
fn a_seed_fixes_the_random_number() {
    let draw = || evaluate("States.MathRandom(1, 1000000, 42)").unwrap();
    assert_eq!(draw(), draw());
}

#[test_case("States.ArrayPartition($.list, 0)", "States.ArrayPartition"; "chunks of nothing")]
#[test_case("States.ArrayPartition($.list, 0.4)", "States.ArrayPartition"; "chunks of less than one")]
#[test_case("States.ArrayRange(1, 1001, 1)", "States.ArrayRange"; "a range of more than a thousand")]
#[test_case("States.ArrayRange(1, 10, 0)", "States.ArrayRange"; "a step of zero")]
#[test_case("States.ArrayGetItem($.list, 9)", "States.ArrayGetItem"; "an index past the end")]
#[test_case("States.ArrayGetItem($.list, -1)", "States.ArrayGetItem"; "a negative index")]
#[test_case("States.ArrayLength($.name)", "States.ArrayLength"; "the length of a string")]
#[test_case("States.Hash('x', 'SHA-3')", "States.Hash"; "an unknown algorithm")]
#[test_case("States.JsonMerge($.object, $.other, true)", "States.JsonMerge"; "a deep merge")]
#[test_case("States.MathAdd(2147483647, 1)", "States.MathAdd"; "a sum that overflows")]
#[test_case("States.MathAdd('1', 1)", "States.MathAdd"; "a string as a summand")]
#[test_case("States.MathAdd(1)", "States.MathAdd"; "an argument too few")]
#[test_case("States.MathAdd(1e400, 1)", "States.MathAdd"; "a summand beyond all bounds")]
#[test_case("States.MathRandom(1, 1)", "States.MathRandom"; "an empty range")]
#[test_case("States.StringToJson('\\{')", "States.StringToJson"; "half an object")]
#[test_case("States.StringToJson($.n)", "States.StringToJson"; "a number instead of text")]
#[test_case("States.StringSplit($.n, ',')", "States.StringSplit"; "a number to split")]
#[test_case("States.UUID(1)", "States.UUID"; "an argument too many")]
#[test_case("States.Format(1)", "States.Format"; "a template that is no string")]
fn wrong_arguments_are_named(text: &str, function: &str) {
    assert_eq!(
        evaluate(text),
        Err(format!("The function '{text}' had the following error: Invalid arguments in {function}"))
    );
}

#[test_case("States.Format('{}')", "number of arguments do not match the occurrences of {}."; "an argument too few")]
#[test_case("States.Format('x', 1)", "number of arguments do not match the occurrences of {}."; "an argument too many")]
#[test_case("States.Format('{x}', 1)", "matching '}' not found for '{'."; "something between braces")]
#[test_case("States.Format('}')", "matching '{' not found for '}'."; "a lone brace")]
#[test_case("States.Format('{}', $.none)", "The JsonPath argument for the field '$.none' could not be found in the input '{"; "a path that finds nothing")]
#[test_case("States.Format('{}', $.list[99])", "The JsonPath argument for the field '$.list[99]' could not be found"; "an index past the end")]
#[test_case("States.Format('{}', $$.None)", "The JsonPath argument for the field '$.None' could not be found"; "the context object")]
#[test_case("States.Format('{}', $.n[0])", "Filter: [0] can only be applied to arrays. Current context is: 5"; "an index into a number")]
fn what_went_wrong_is_said(text: &str, part: &str) {
    let error = evaluate(text).unwrap_err();
    assert!(
        error.starts_with(&format!("The function '{text}' had the following error: ")) && error.contains(part),
        "{error}"
    );
}

#[test_case("States.Nope()", "there is no intrinsic function 'States.Nope'"; "an unknown function")]
#[test_case("Format('x')", "there is no intrinsic function 'Format'"; "without the prefix")]
#[test_case("States.Array", "is not an intrinsic function"; "no parentheses")]
#[test_case("States.Array(1", "expected ',' or ')'"; "an open parenthesis")]
#[test_case("States.Array(1,)", "is neither a path"; "an argument left out")]
#[test_case("States.Array(1) + 1", "nothing may follow the function"; "something after it")]
#[test_case("States.Array('x)", "no closing quote"; "an open quote")]
#[test_case("States.Array('\\n')", "a backslash in a string"; "an unknown escape")]
#[test_case("States.Array(\"x\")", "is neither a path"; "double quotes")]
#[test_case("States.Array($.)", "must not end with a '.'"; "half a path")]
#[test_case("States.Array([1])", "is neither a path"; "a list")]
fn what_is_not_an_intrinsic_is_refused(text: &str, part: &str) {
    let error = Intrinsic::parse(text).unwrap_err();
    assert!(error.contains(part), "{error}");
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| format!("{}1{}", "States.Array(".repeat(depth), ")".repeat(depth));
    assert!(Intrinsic::parse(&nested(10)).is_ok());
    assert!(Intrinsic::parse(&nested(11)).is_err());
    assert!(Intrinsic::parse(&nested(100_000)).is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "States\\.(Format|Array)\\([\\PC]{0,40}") {
        let _ = evaluate(&text);
    }

    #[test]
    fn base64_there_and_back_is_the_same(text in "\\PC{0,50}") {
        let escaped = text.replace('\\', "\\\\").replace('\'', "\\'");
        let call = format!("States.Base64Decode(States.Base64Encode('{escaped}'))");
        proptest::prop_assert_eq!(evaluate(&call), Ok(Value::String(text)));
    }
}
