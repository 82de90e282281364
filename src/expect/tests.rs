//! Tables of expectations, actual values and verdicts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::diagnostic::{Problem, Source, Span};
use crate::expr::{Functions, Names, Phase, Scope, check_names};
use crate::value::{Value, read};
use crate::yaml::{self, Node};

fn node(text: &str) -> Node {
    yaml::parse(Source::new("suite.yaml", text)).expect("YAML")
}

fn files() -> Files {
    Files { root: Path::new(env!("CARGO_MANIFEST_DIR")).to_owned(), update: false }
}

fn scope() -> Scope {
    let timezone = chrono_tz::UTC;
    let mut scope = Scope::new(Functions { root: files().root, timezone, secrets: BTreeMap::new() });
    let day = Value::Date(read::read_date("2026-01-16").expect("a date"));
    scope.set(
        "vars",
        Value::map([("day", day), ("least", Value::integer(3)), ("type", Value::map([("gt", Value::integer(1))]))]),
    );
    scope
}

fn actual(recorded: &str) -> Value {
    Value::from_recorded(serde_json::from_str(recorded).expect("JSON")).expect("a recorded value")
}

fn shown(problem: &Problem) -> String {
    let place = problem.span.as_ref().map_or("", Span::text);
    let mut text = format!("!! {} at `{place}`", problem.message);
    problem.help.iter().for_each(|help| write!(text, "; {help}").expect("text"));
    text
}

/// The verdict on a value: `holds`, or what differs, a line each.
fn verdict(expectation: &str, recorded: &str) -> String {
    let mut problems = Vec::new();
    let compiled = Expectation::compile_value(&node(expectation), &files(), &mut problems);
    if !problems.is_empty() {
        return problems.iter().map(shown).collect::<Vec<_>>().join("\n");
    }
    match compiled.resolve(&scope()) {
        Ok(resolved) => told(&resolved.judge(&actual(recorded))),
        Err(error) => format!("! {error}"),
    }
}

fn told(judgement: &Judgement) -> String {
    if judgement.holds() {
        return "holds".to_owned();
    }
    let mut lines: Vec<String> = judgement.ambiguous.iter().map(|ambiguity| ambiguity.message.clone()).collect();
    for mismatch in &judgement.mismatches {
        let note = mismatch.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        lines.push(format!("{}: {}, not {}{note}", mismatch.path, mismatch.expected, mismatch.actual));
    }
    lines.join("\n")
}

#[track_caller]
fn check(expectation: &str, recorded: &str, expected: &str) {
    assert_eq!(verdict(expectation, recorded), expected, "{expectation} on {recorded}");
}

#[track_caller]
fn holds(expectation: &str, recorded: &str) {
    check(expectation, recorded, "holds");
}

#[track_caller]
fn fails(expectation: &str, recorded: &str) {
    let verdict = verdict(expectation, recorded);
    assert!(verdict != "holds" && !verdict.starts_with('!'), "{expectation} on {recorded}: {verdict}");
}

#[test]
fn scalars_are_equal_exactly_and_in_their_type() {
    holds("1", "1.0");
    holds("1.0", "1");
    holds("12345678901234567.89", "12345678901234567.89");
    check("12345678901234567.89", "12345678901234567.88", "the value: 12345678901234567.89, not 12345678901234567.88");
    check("9007199254740993", "9007199254740992", "the value: 9007199254740993, not 9007199254740992");
    check("10", r#""10""#, "the value: 10, not \"10\" (the types differ: integer expected, string found)");
    check("'10'", "10", "the value: \"10\", not 10 (the types differ: string expected, integer found)");
    check("null", "0", "the value: null, not 0 (the types differ: null expected, integer found)");
    fails("0", "null");
    fails("'true'", "true");
    holds("null", "null");
    holds("007", r#""007""#);
    fails("007", "7");
    holds("no", r#""no""#);
    fails("''", "null");
}

#[test]
fn expected_text_is_read_as_the_type_of_the_actual_value() {
    holds("2026-01-16", r#"{"$date": "2026-01-16"}"#);
    fails("2026-01-17", r#"{"$date": "2026-01-16"}"#);
    fails("16.01.2026", r#"{"$date": "2026-01-16"}"#);
    holds("2026-01-16T18:00:00Z", r#"{"$timestamp": "2026-01-16T19:00:00+01:00"}"#);
    check(
        "2026-01-16T18:00:00",
        r#"{"$timestamp": "2026-01-16T19:00:00+01:00"}"#,
        "the value: \"2026-01-16T18:00:00\", not 2026-01-16T19:00:00+01:00 (one has a time zone, the other has none)",
    );
    check(
        "{lt: 2026-01-16T20:00:00}",
        r#"{"$timestamp": "2026-01-16T19:00:00+01:00"}"#,
        "the value: less than \"2026-01-16T20:00:00\", not 2026-01-16T19:00:00+01:00 (one has a time zone, the other has none)",
    );
    holds("2026-01-16 18:00:00", r#"{"$timestamp": "2026-01-16T18:00:00"}"#);
    holds("5m", r#"{"$nanoseconds": 300000000000}"#);
    fails("5", r#"{"$nanoseconds": 5000000000}"#);
    holds("1GB", r#"{"$size": 1000000000}"#);
    holds("1GiB", r#"{"$size": 1073741824}"#);
    holds("1500", r#"{"$size": 1500}"#);
    holds("'{{ vars.day }}'", r#""2026-01-16""#);
    holds("'{{ vars.day }}'", r#"{"$date": "2026-01-16"}"#);
    holds("'18:00'", r#"{"$time": "18:00:00"}"#);
    holds(".nan", r#"{"$double": "NaN"}"#);
    holds("NaN", r#"{"$double": "NaN"}"#);
}

#[test]
fn a_mapping_is_a_partial_match_and_a_list_is_whole() {
    holds("{a: 1}", r#"{"a": 1, "b": 2}"#);
    holds("{a: {b: [1, {c: 2}]}}", r#"{"a": {"b": [1, {"c": 2, "d": 3}]}}"#);
    check("{a: {b: 1}}", r#"{"a": {"b": 2}}"#, "a.b: 1, not 2");
    check("{amont: 1}", r#"{"amount": 1}"#, "amont: 1, not nothing (no such key; did you mean `amount`?)");
    check("{gtee: 1}", r#"{"n": 1}"#, "gtee: 1, not nothing (no such key; did you mean the matcher `gte`?)");
    check("{a: null}", "{}", "a: null, not nothing (no such key: the mapping is empty)");
    check(
        "{a: 1}",
        "[1]",
        "the value: {a: 1}, not [1] (the types differ: a mapping with the key `a` expected, list found)",
    );
    check("[1, 2]", "[1, 2, 3]", "the value: [1, 2], not [1, 2, 3] (2 elements expected, 3 found)");
    check("[1, {gte: 3}]", "[1, 2]", "[1]: at least 3, not 2");
    holds("[]", "[]");
    fails("[]", "[1]");
    fails("[]", "null");
    check("{'a b': {'c.d': 1}}", r#"{"a b": {"c.d": 2}}"#, "['a b']['c.d']: 1, not 2");
}

#[test]
fn an_empty_mapping_expects_an_empty_mapping() {
    holds("{}", "{}");
    fails("{}", r#"{"a": 1}"#);
    fails("{}", "5");
}

#[test]
fn what_a_template_yields_is_a_literal() {
    holds("{gte: '{{ vars.least }}'}", "3");
    check("'{{ vars.type }}'", "5", "the value: {gt: 1}, not 5 (the types differ: mapping expected, integer found)");
    holds("'{{ vars.type }}'", r#"{"gt": 1}"#);
    check(
        "'{{ vars.type }}'",
        r#"{"gt": 1, "lt": 2}"#,
        "lt: nothing, not 2 (this key is not expected: the whole mapping is compared)",
    );
    check(
        "{gt: '{{ string(vars.least) }}'}",
        "5",
        "! `gt`: takes a number, date, time, timestamp, duration or size, found the string \"3\"; write the number without quotes",
    );
}

#[test]
fn equality_and_logic() {
    holds("{equals: {a: 1}}", r#"{"a": 1.0}"#);
    check(
        "{equals: {a: 1, c: 3}}",
        r#"{"a": 2, "b": 2}"#,
        "a: 1, not 2\nc: 3, not nothing (no such key; the keys are `a`, `b`)\nb: nothing, not 2 (this key is not expected: the whole mapping is compared)",
    );
    holds("{not: 5}", "6");
    holds("{not: '10'}", "10");
    check("{not: {gt: 5}}", "6", "the value: not greater than 5, not 6");
    check(
        "{not: {gt: 5}}",
        r#""abc""#,
        "the value: not greater than 5, not \"abc\" (the types differ: integer expected, string found)",
    );
    check("{a: {not: 5}}", r#"{"b": 1}"#, "a: not 5, not nothing (no such key; the keys are `b`)");
    holds("{a: {not: {exists: true}}}", r#"{"b": 1}"#);
    check("{one_of: [NEW, PAID]}", r#""SENT""#, "the value: one of \"NEW\", \"PAID\", not \"SENT\"");
    holds("{one_of: [1, 2026-01-16]}", r#"{"$date": "2026-01-16"}"#);
    holds("{all_of: [{gt: 1}, {not: 5}]}", "3");
    check("{all_of: [{gt: 1}, {not: 5}]}", "5", "the value: not 5, not 5");
    holds("{a: {any_of: [{exists: false}, 5]}}", "{}");
    check("{any_of: [{lt: 1}, {gt: 5}]}", "3", "the value: any of [less than 1, greater than 5], not 3");
    holds("{not: {any_of: [{lt: 1}, {gt: 5}]}}", "3");
    fails("{not: {any_of: [{lt: 1}, {gt: 5}]}}", r#""x""#);
}

#[test]
fn order_and_distance() {
    holds("{gt: 5, lt: 7}", "6");
    check(
        "{gte: 12345678901234567.89}",
        "12345678901234567.88",
        "the value: at least 12345678901234567.89, not 12345678901234567.88",
    );
    check("{gt: 5}", "null", "the value: greater than 5, not null (the types differ: integer expected, null found)");
    fails("{lte: 5000}", r#""1000""#);
    holds("{lt: 5m}", r#"{"$nanoseconds": 299999999999}"#);
    holds("{lt: 1GB}", r#"{"$size": 999999999}"#);
    holds("{lt: 1000}", r#"{"$size": 999}"#);
    holds("{gt: 2026-01-15}", r#"{"$date": "2026-01-16"}"#);
    holds("{gt: 2026-01-15}", r#""2026-01-16""#);
    check(
        "{gt: 2026-01-15}",
        r#""b""#,
        "the value: greater than \"2026-01-15\", not \"b\" (strings have no order, unless both are dates or timestamps)",
    );
    holds("{between: [1, 5]}", "5.0");
    check("{between: [1, 5]}", "5.01", "the value: between 1 and 5, not 5.01");
    holds("{between: [1m, 1h]}", r#"{"$nanoseconds": 60000000000}"#);
    holds("{close_to: {value: 10, abs: 0.1}}", "10.1");
    check(
        "{close_to: {value: 10, abs: 0.1}}",
        "10.11",
        "the value: close to {value: 10, abs: 0.1}, not 10.11 (it is 0.11 away)",
    );
    holds("{close_to: {value: -200, rel: 1%}}", "-202");
    fails("{close_to: {value: -200, rel: 0.01}}", "-202.01");
    holds("{close_to: {value: 2026-01-16T18:00:00Z, abs: 5s}}", r#"{"$timestamp": "2026-01-16T18:00:05Z"}"#);
    check(
        "{close_to: {value: 2026-01-16T18:00:00Z, abs: 5s}}",
        r#"{"$timestamp": "2026-01-16T18:01:05Z"}"#,
        "the value: close to {value: \"2026-01-16T18:00:00Z\", abs: \"5s\"}, not 2026-01-16T18:01:05Z (it is 1m5s away)",
    );
    fails("{close_to: {value: 10, abs: 5s}}", "10");
}

#[test]
fn strings() {
    holds("{matches: '^ord-[0-9]+$'}", r#""ord-17""#);
    check("{matches: '^ord'}", r#""x""#, "the value: a match of /^ord/, not \"x\"");
    check(
        "{matches: '1'}",
        "1",
        "the value: a match of /1/, not 1 (the types differ: a string expected, integer found)",
    );
    fails("{not: {matches: '1'}}", "1");
    holds("{contains: late, starts_with: two, ends_with: late}", r#""two days late""#);
    check("{starts_with: 's3://'}", r#""x""#, "the value: a string that starts with \"s3://\", not \"x\"");
    check(
        "{contains: {gt: 1}}",
        r#""x""#,
        "the value: something that contains greater than 1, not \"x\" (a string can only contain a string)",
    );
    fails("{contains: 1}", r#""1""#);
}

#[test]
fn lists() {
    holds("{contains: {id: 2}}", r#"[{"id": 1}, {"id": 2, "n": 0}]"#);
    fails("{contains: 2}", "[1, 3]");
    fails("{contains: 2}", "[]");
    holds("{length: 3}", r#""äöü""#);
    check("{length: {gte: 3}}", "[1]", "(length): at least 3, not 1");
    holds("{length: 0}", "[]");
    check(
        "{contains_all: [a, b, c]}",
        r#"["b", "a"]"#,
        "the value: a list that contains all of [\"a\", \"b\", \"c\"], not [\"b\", \"a\"] (not found: \"c\")",
    );
    holds("{unordered: [{gte: 1}, 1]}", "[1, 5]");
    holds("{unordered: []}", "[]");
    check(
        "{unordered: [1, 1, 2]}",
        "[1, 2, 3]",
        "the value: in any order [1, 1, 2], not [1, 2, 3] (not found: 1; not expected: 3)",
    );
    fails("{unordered: [1]}", "[1, 1]");
    holds("{each: {amount: {gt: 0}}}", r#"[{"amount": 1}, {"amount": 0.01}]"#);
    check(
        "{rows: {each: {amount: {gt: 0}}}}",
        r#"{"rows": [{"amount": 1}, {"amount": 0}, {}]}"#,
        "rows[1].amount: greater than 0, not 0\nrows[2].amount: greater than 0, not nothing (no such key: the mapping is empty)",
    );
    holds("{any: {gt: 2}}", "[1, 3]");
    fails("{any: {gt: 2}}", "[1, 2]");
    holds("{none: {status: FAILED}}", r#"[{"status": "OK"}]"#);
    check(
        "{none: {status: FAILED}}",
        r#"[{"status": "OK"}, {"status": "FAILED"}]"#,
        "[1]: no element {status: \"FAILED\"}, not {status: \"FAILED\"}",
    );
    check(
        "{none: {status: FAILED}}",
        r#"[{"state": "OK"}]"#,
        "[0].status: \"FAILED\", not nothing (no such key; did you mean `state`?)",
    );
    holds("{unique: true}", "[1, 2, \"1\", [1], [[1]], null]");
    check("{unique: true}", "[1, 2, 1.0]", "[2]: unique elements, not 1.0 (the same as element 0)");
    holds("{unique: [a, b]}", r#"[{"a": 1, "b": 1}, {"a": 1, "b": 2}]"#);
    check("{unique: a}", r#"[{"a": 1}, {"b": 1}]"#, "[1]: unique elements \"a\", not {b: 1} (the element lacks `a`)");
    check(
        "{sorted: desc}",
        "[2, 1]",
        "[0]: sorted elements \"desc\", not 2 (`desc` is read as a key of the elements, and this one has none; did you mean `sorted: descending`?)",
    );
    check(
        "{gt: 5m}",
        "5",
        "the value: greater than \"5m\", not 5 (the types differ: duration expected, integer found)",
    );
    check("{lt: 1GB}", "null", "the value: less than \"1GB\", not null (the types differ: size expected, null found)");
    check(
        "2026-01-16",
        r#"{"$timestamp": "2026-01-16T00:00:00"}"#,
        "the value: \"2026-01-16\", not 2026-01-16 00:00:00 (the types differ: date expected, timestamp found)",
    );
    check(
        "{a: {gtee: 1}}",
        r#"{"a": 1}"#,
        "a: {gtee: 1}, not 1 (the types differ: a mapping with the key `gtee` expected, integer found; did you mean the matcher `gte`?)",
    );
    holds("{unique: true}", r#"[["a", "b"], ["ab"], ["a", ["b"]], {"a": "b"}]"#);
    holds("{sorted: true}", "[1, 2, 2.0, 3]");
    check("{sorted: true}", "[1, 3, 2]", "[2]: sorted elements, not 2 (after 3)");
    holds(
        "{sorted: {by: [day, n], order: descending}}",
        r#"[{"day": "b", "n": 1}, {"day": "a", "n": 3}, {"day": "a", "n": 2}]"#,
    );
    fails("{sorted: descending}", "[1, 2]");
    fails("{sorted: true}", "[1, null]");
    fails("{sorted: true}", "[null]");
    fails("{sorted: day}", r#"[{"day": 1}, {}]"#);
}

#[test]
fn what_is_said_of_elements_is_false_on_an_empty_list() {
    for matcher in
        ["each: 1", "any: 1", "none: 1", "unique: true", "sorted: true", "each: {exists: true}", "none: {x: 1}"]
    {
        fails(&format!("{{{matcher}}}"), "[]");
        fails(&format!("{{not: {{{matcher}}}}}"), "[]");
        fails(&format!("{{{matcher}}}"), "{}");
    }
}

#[test]
fn structure() {
    holds("{a: {exists: true}, b: {exists: false}}", r#"{"a": null}"#);
    check("{a: {exists: false}}", r#"{"a": null}"#, "a: nothing, not null");
    check("{a: {exists: true}}", r#"{"b": 1}"#, "a: a value, not nothing (no such key; the keys are `b`)");
    holds("{type: integer}", "5");
    check("{type: integer}", "5.0", "the value: of type integer, not 5.0 (it is of type decimal)");
    holds("{type: number}", "5.0");
    holds("{type: ['null', string]}", "null");
    holds("{json: {ok: true, n: 12345678901234567.89}}", r#""{\"ok\": true, \"n\": 12345678901234567.89}""#);
    check(
        "{payload: {json: {ok: true}}}",
        r#"{"payload": "{\"ok\": false}"}"#,
        "payload (as JSON).ok: true, not false",
    );
    check(
        "{json: {ok: true}}",
        r#""x""#,
        "the value: a JSON text: {ok: true}, not \"x\" (not JSON: expected value at line 1 column 1)",
    );
    holds("{fields: {type: order}}", r#"{"type": "order", "n": 1}"#);
    check("{fields: {type: order}}", r#"{"type": "x"}"#, "type: \"order\", not \"x\"");
}

#[test]
fn a_matcher_against_a_field_of_its_name_is_ambiguous() {
    let told = "ambiguous: `type` may be a matcher, or a field of a; write `fields:` to mean the field";
    check("{a: {type: string}}", r#"{"a": {"type": "order"}}"#, told);
    check("{a: {not: {type: string}}}", r#"{"a": {"type": "order"}}"#, told);
    check("{a: {any_of: [{type: string}, {exists: true}]}}", r#"{"a": {"type": "order"}}"#, told);
    holds("{fields: {fields: 1}}", r#"{"fields": 1}"#);
    holds("{type: mapping}", r#"{"kind": "order"}"#);
}

#[test]
fn jsonpaths_find_values_below() {
    holds("{'$.a.b': 1}", r#"{"a": {"b": 1}}"#);
    holds("{'$.items[*].id': [1, 2]}", r#"{"items": [{"id": 1}, {"id": 2}]}"#);
    holds("{'$..id': {each: {gte: 1}}}", r#"{"items": [{"id": 1}, {"id": 2}], "id": 3}"#);
    holds("{'$.items[?@.id > 1]': [{n: 1.5}]}", r#"{"items": [{"id": 1}, {"id": 2, "n": 1.5}]}"#);
    check(
        "{'$.items[?@.id > 1]': [{n: 2}]}",
        r#"{"items": [{"id": 1}, {"id": 2, "n": 1.5}]}"#,
        "$.items[?@.id > 1][0].n: 2, not 1.5",
    );
}

#[test]
fn a_path_that_finds_nothing_is_a_failure_unless_that_is_expected() {
    check("{'$.a.c': 1}", r#"{"a": {"b": 1}}"#, "$.a.c: 1, not nothing (the path finds nothing)");
    check(
        "{x: {'$[*].c': {each: 1}}}",
        r#"{"x": [{}]}"#,
        "x $[*].c: each element 1, not nothing (the path finds nothing)",
    );
    holds("{'$.a.c': {exists: false}}", r#"{"a": {"b": 1}}"#);
    fails("{'$..c': []}", r#"{"a": 1}"#);
}

#[test]
fn mistakes_are_found_when_compiling() {
    let check = |expectation: &str, expected: &str| check(expectation, "null", expected);
    check(
        "{gte: 1, loaded: 0}",
        "!! `gte` is a matcher and `loaded` is not: a mapping holds matchers or fields, not both at `loaded`; to mean a field called `gte`, put the fields under `fields:`; to mean both, use `all_of:`",
    );
    check(
        "{gte: 1, lessthan: 0}",
        "!! `gte` is a matcher and `lessthan` is not: a mapping holds matchers or fields, not both at `lessthan`; to mean a field called `gte`, put the fields under `fields:`; to mean both, use `all_of:`",
    );
    check(
        "{gte: 1, ltee: 0}",
        "!! `gte` is a matcher and `ltee` is not: a mapping holds matchers or fields, not both at `ltee`; did you mean the matcher `lte`?",
    );
    check(
        "{gt: '5'}",
        "!! `gt`: takes a number, date, time, timestamp, duration or size, found the string \"5\"; write the number without quotes at `'5'`",
    );
    check("{gt: [1]}", "!! `gt`: takes a number, date, time, timestamp, duration or size, found [1] at `[1]`");
    check("{gt: abc}", "!! `gt`: takes a number, date, time, timestamp, duration or size, found \"abc\" at `abc`");
    check("{between: [1]}", "!! `between`: takes a list of two values, found [1] at `[1]`");
    check("{between: [5, 1]}", "!! `between`: 5 is greater than 1 at `[5, 1]`");
    check("{between: [5, 1m]}", "!! `between`: the types differ: integer expected, string found at `[5, 1m]`");
    check("{close_to: {value: 1}}", "!! `close_to`: one of `abs` and `rel` is needed at `{value: 1}`");
    check(
        "{close_to: {value: 1, absolute: 2}}",
        "!! `close_to`: takes the keys `value`, `abs` and `rel`, found `absolute` at `{value: 1, absolute: 2}`",
    );
    check("{close_to: {value: 1, abs: -2}}", "!! `close_to`: `abs` is negative at `{value: 1, abs: -2}`");
    check("{one_of: 5}", "!! `one_of`: takes a list of values, found 5 at `5`");
    check("{one_of: []}", "!! `one_of`: an empty list allows nothing at `[]`");
    check("{all_of: []}", "!! `all_of` with an empty list expects nothing at `[]`");
    check("{any_of: {gt: 1}}", "!! `any_of` takes a list, found a mapping at `{gt: 1}`");
    check("{matches: '('}", "!! `matches`: not a regular expression: unclosed group at `'('`");
    check("{starts_with: 5}", "!! `starts_with`: takes a string, found 5 at `5`");
    check("{exists: yes}", "!! `exists`: takes true or false, found \"yes\" at `yes`");
    check(
        "{type: array}",
        "!! `type`: there is no type `array`; did you mean `list`? at `array`; to mean a field called `type`, put the fields under `fields:`",
    );
    check("{unique: 5}", "!! `unique`: takes `true`, a key or a list of keys, found 5 at `5`");
    check(
        "{sorted: {by: a, order: up}}",
        "!! `sorted`: `order` is ascending or descending, found \"up\" at `{by: a, order: up}`",
    );
    check("{fields: 5}", "!! `fields` takes a mapping of fields at `5`");
    check(
        "{schema: ../x.json}",
        "!! `schema`: \"../x.json\" is not inside the project: paths are relative to its root at `../x.json`; to mean a field called `schema`, put the fields under `fields:`",
    );
    check(
        "{file: nope.json}",
        "!! `file`: \"nope.json\" cannot be read: No such file or directory (os error 2); `--update` creates it at `nope.json`; to mean a field called `file`, put the fields under `fields:`",
    );
    check("{'$[': 1}", "!! not a JSONPath: at position 1, parser error at `'$['`");
    check(
        "{'$[?@ == 12345678901234567]': 1}",
        "!! a filter compares numbers as doubles, and 12345678901234567 has more than 15 significant digits at `'$[?@ == 12345678901234567]'`",
    );
    check("{gt: '{{ 1 + }}'}", "!! not an expression: it ends too early at ``");
}

fn compile(text: &str, problems: &mut Vec<Problem>) -> Expectation {
    let outputs =
        OutputFields::new([("status", "how it ended"), ("output", "what it yields"), ("duration", "how long")]);
    Expectation::compile(&node(text), &outputs, &files(), problems)
}

#[test]
fn the_top_level_is_output_fields() {
    let found = |text: &str| {
        let mut problems = Vec::new();
        compile(text, &mut problems);
        problems.iter().map(shown).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(found("{status: FAILED, output: {x: 1}, '$.output.y': 2}"), "");
    assert_eq!(
        found("{'$.statsu': FAILED}"),
        "!! the output has no field `statsu` at `'$.statsu'`; did you mean `status`?"
    );
    assert_eq!(
        found("{output: {'{{ vars.x }}': 1}}"),
        "!! a key is never a template at `'{{ vars.x }}'`; let the whole mapping be a template: `{{ {vars.key: 'value'} }}`"
    );
    assert_eq!(found("{statsu: FAILED}"), "!! the output has no field `statsu` at `statsu`; did you mean `status`?");
    assert_eq!(
        found("{gte: 5}"),
        "!! the output has no field `gte` at `gte`; a matcher stands below a field; the fields are `status`, `output`, `duration`"
    );
    assert_eq!(
        found("5"),
        "!! `expect` takes a mapping of output fields, found the number 5 at `5`; the fields are status, output, duration"
    );
    assert_eq!(
        found("{}"),
        "!! `expect` is empty, so it judges nothing at `{}`; the fields are status, output, duration"
    );
}

#[test]
fn the_top_level_keys_names_and_phase_are_known() {
    let mut problems = Vec::new();
    let expectation = compile("{status: '{{ vars.x }}', '$.output.y': {gte: '{{ run.n }}'}}", &mut problems);
    assert_eq!(expectation.top_level_keys().collect::<Vec<_>>(), ["status", "output"]);
    assert_eq!(expectation.phase(), Phase::Run);
    let names: Vec<String> = expectation.references().iter().map(|reference| reference.path.join(".")).collect();
    assert_eq!(names, ["vars.x", "run.n"]);
    check_names(&expectation.references(), &Names::new(), &mut problems);
    assert_eq!(problems.len(), 2);
}

#[test]
fn a_mismatch_has_the_place_of_its_expectation() {
    let mut problems = Vec::new();
    let expectation = compile("output:\n  loaded: {gte: 5}\n  day: \"{{ vars.day }}\"\n", &mut problems);
    let judgement =
        expectation.resolve(&scope()).expect("resolved").judge(&actual(r#"{"output": {"loaded": 1, "day": "x"}}"#));
    let places: Vec<String> = judgement.mismatches.iter().map(|mismatch| mismatch.span.place()).collect();
    assert_eq!(places, ["suite.yaml:2:17", "suite.yaml:3:8"]);
}

#[test]
fn long_texts_are_shown_with_a_diff() {
    let mut problems = Vec::new();
    let expectation = Expectation::compile_value(&node("\"one\\ntwo\\nthree\\n\""), &files(), &mut problems);
    let judgement = expectation.resolve(&scope()).expect("resolved").judge(&Value::text("one\n2\nthree\n"));
    insta::assert_snapshot!(judgement.mismatches[0].diff.as_deref().unwrap_or_default(), @"
    --- expected
    +++ actual
    @@ -1,3 +1,3 @@
     one
    -two
    +2
     three
    ");
}

#[test]
fn a_diff_shows_the_first_lines_and_the_beginning_of_long_ones() {
    let many = judge::diff(&"a\n".repeat(1_000), "b\n");
    assert_eq!((many.lines().count(), many.lines().last()), (201, Some("… and 804 more lines")));
    let long = judge::diff("y\n", &"x".repeat(100_000));
    assert_eq!(long, format!("--- expected\n+++ actual\n@@ -1 +1 @@\n-y\n+{}…\n", "x".repeat(399)));
}

#[test]
fn no_more_than_fifty_mismatches_are_kept() {
    let rows = format!("[{}]", vec!["0"; 80].join(","));
    let mut problems = Vec::new();
    let expectation = Expectation::compile_value(&node("{each: 1}"), &files(), &mut problems);
    let judgement = expectation.resolve(&scope()).expect("resolved").judge(&actual(&rows));
    assert_eq!((judgement.mismatches.len(), judgement.hidden), (50, 30));
    assert!(!judgement.holds());
}

#[test]
fn golden_files_and_schemas_are_read_from_the_project() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("golden.json", "{\"a\": 1.0, \"day\": \"2026-01-16\"}");
    write("golden.txt", "one\ntwo\n");
    write(
        "schema.json",
        r#"{"type": "object", "required": ["id"], "properties": {"n": {"type": "integer", "minimum": 1}}}"#,
    );
    write("bad.json", r#"{"type": 5}"#);
    let judge = |text: &str, value: Value, update: bool| {
        let mut problems = Vec::new();
        let files = Files { root: folder.path().to_owned(), update };
        let expectation = Expectation::compile_value(&node(text), &files, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        expectation.resolve(&scope()).expect("resolved").judge(&value)
    };
    let day = actual(r#"{"a": 1, "day": {"$date": "2026-01-16"}}"#);
    assert!(judge("{file: golden.json}", day.clone(), false).holds());
    assert!(judge("{file: golden.txt}", Value::text("one\r\ntwo"), false).holds());
    let differs = judge("{file: golden.txt}", Value::text("one\n2"), false);
    let golden = differs.mismatches[0].golden.as_ref().expect("an update");
    assert_eq!((golden.path.as_path(), golden.new.as_str()), (folder.path().join("golden.txt").as_path(), "one\n2\n"));
    assert_eq!(
        differs.mismatches[0].diff.as_deref(),
        Some("--- expected\n+++ actual\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n")
    );
    let fresh = judge("{file: new.json}", day, true);
    assert_eq!(
        fresh.mismatches[0].golden.as_ref().map(|golden| golden.new.as_str()),
        Some("{\n  \"a\": 1,\n  \"day\": \"2026-01-16\"\n}\n")
    );
    assert!(judge("{schema: schema.json}", actual(r#"{"id": 1, "n": 2}"#), false).holds());
    assert_eq!(
        told(&judge("{schema: schema.json}", actual(r#"{"n": 0}"#), false)),
        "the value: valid under the schema \"schema.json\", not {n: 0} (\"id\" is a required property)\n/n: valid under the schema \"schema.json\", not 0 (0 is less than the minimum of 1)"
    );
    let mut problems = Vec::new();
    Expectation::compile_value(
        &node("{schema: bad.json}"),
        &Files { root: folder.path().to_owned(), update: false },
        &mut problems,
    );
    assert!(problems[0].message.contains("is not a JSON Schema"), "{problems:?}");
}

#[test]
fn every_matcher_is_documented_and_its_example_compiles() {
    for matcher in matchers() {
        assert!(matcher.doc.ends_with('.'), "{}", matcher.name);
        assert!(matcher.example.starts_with(&format!("{}: ", matcher.name)), "{}", matcher.name);
        let mut problems = Vec::new();
        Expectation::compile_value(&node(matcher.example), &files(), &mut problems);
        let files_are_missing = matches!(matcher.argument, ArgumentShape::Path);
        assert_eq!(problems.len(), usize::from(files_are_missing), "{}: {problems:?}", matcher.name);
    }
}

#[test]
fn the_schema_accepts_the_examples_and_refuses_a_wrong_argument() {
    let schema = serde_json::json!({ "$defs": schema("#/$defs"), "$ref": "#/$defs/matchers" });
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for matcher in matchers() {
        let example = node(matcher.example).value().to_json();
        assert!(validator.is_valid(&example), "{example}");
    }
    assert!(!validator.is_valid(&serde_json::json!({ "exists": 5 })));
    assert!(!validator.is_valid(&serde_json::json!({ "gte": [1] })));
}

proptest! {
    #[test]
    fn two_long_decimals_are_equal_only_if_they_are_the_same(digits in "[1-9][0-9]{16,40}", fraction in "[0-9]{1,20}", change in 0_usize..57) {
        let number = format!("{digits}.{fraction}");
        prop_assert_eq!(verdict(&number, &number), "holds");
        prop_assert_eq!(verdict(&format!("{{gte: {number}, lte: {number}}}"), &number), "holds");
        let at = change % number.len();
        let mut other = number.clone().into_bytes();
        if other[at] != b'.' {
            other[at] = if other[at] == b'9' { b'8' } else { other[at] + 1 };
            let other = String::from_utf8(other).expect("digits");
            prop_assert_ne!(verdict(&number, &other), "holds");
            let (less, more) = (verdict(&format!("{{lt: {number}}}"), &other), verdict(&format!("{{gt: {number}}}"), &other));
            prop_assert!((less == "holds") != (more == "holds"));
        }
    }

    #[test]
    fn a_value_equals_itself_and_is_unique_beside_another(a in -1_000_i64..1_000, b in -1_000_i64..1_000) {
        prop_assert_eq!(verdict(&a.to_string(), &format!("{a}.000")), "holds");
        prop_assert_eq!(verdict("{unique: true}", &format!("[{a}, {b}.0]")) == "holds", a != b);
        prop_assert_eq!(verdict("{sorted: true}", &format!("[{a}, {b}.0]")) == "holds", a <= b);
    }

    #[test]
    fn no_expectation_panics(text in r"[a-c{}:, \[\]$.?@*'0-9]{0,30}", json in r#"(\{"a": \[1, \{"b": null\}\]\}|\[\]|"x"|-1\.50)"#) {
        if let Ok(node) = yaml::parse(Source::new("suite.yaml", &text)) {
            let mut problems = Vec::new();
            let expectation = Expectation::compile_value(&node, &files(), &mut problems);
            if let Ok(resolved) = expectation.resolve(&scope()) {
                resolved.judge(&actual(&json));
                resolved.describe();
            }
        }
    }
}
