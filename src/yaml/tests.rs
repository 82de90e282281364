//! Tests of YAML reading.

use proptest::prelude::*;
use serde_json::json;

use super::{Kind, Node, Style, parse, parse_bytes};
use crate::diagnostic::{Problem, Source, render};
use crate::value::Value;

fn node(text: &str) -> Node {
    parse(Source::new("t.yaml", text)).unwrap_or_else(|problems| panic!("{text}\n{}", render(&problems, false)))
}

#[track_caller]
fn check_value(text: &str, expected: serde_json::Value) {
    assert_eq!(node(text).value(), Value::from_json(expected), "{text}");
}

/// `line:column message [help]` of each problem, in the order of the file.
fn problems_of(bytes: &[u8]) -> Vec<String> {
    let describe = |problem: &Problem| {
        let place = problem
            .span
            .as_ref()
            .map_or_else(|| "file".to_owned(), |span| format!("{}:{}", span.line(), span.column()));
        let help = problem.help.iter().map(|help| format!(" [{help}]")).collect::<Vec<_>>().concat();
        (problem.span.as_ref().map(|span| span.start), format!("{place} {}{help}", problem.message))
    };
    let mut problems: Vec<_> = parse_bytes("t.yaml", bytes).unwrap_err().iter().map(describe).collect();
    problems.sort();
    problems.into_iter().map(|(_, text)| text).collect()
}

#[track_caller]
fn check_problems(text: &str, expected: &[&str]) {
    let found = problems_of(text.as_bytes());
    assert_eq!(found.len(), expected.len(), "{text}\n{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{text}\n{found}\n{expected}");
    }
}

#[test]
fn plain_scalars_follow_the_core_rules_exactly() {
    let scalars = [
        ("12345678901234567.89", "decimal"),
        ("123456789012345678901234567890", "integer"),
        ("-1", "integer"),
        ("+1", "integer"),
        ("1e3", "integer"),
        ("0x1F", "integer"),
        ("0o17", "integer"),
        (".5", "decimal"),
        (".nan", "double"),
        ("-.inf", "double"),
        ("true", "boolean"),
        ("False", "boolean"),
        ("~", "null"),
        ("Null", "null"),
        ("007", "string"),
        ("-01", "string"),
        ("no", "string"),
        ("yes", "string"),
        ("on", "string"),
        ("2026-01-16", "string"),
        ("10:30", "string"),
        ("1_000", "string"),
        ("1.2.3", "string"),
        ("0xZZ", "string"),
        ("1e99999999", "string"),
        ("nan", "string"),
        ("'5'", "string"),
        ("\"true\"", "string"),
        ("|\n  5\n", "string"),
    ];
    for (text, expected) in scalars {
        assert_eq!(node(&format!("a: {text}")).get("a").unwrap().value().type_name(), expected, "{text}");
    }
    assert_eq!(node("a: 12345678901234567.89").value().to_json().to_string(), r#"{"a":12345678901234567.89}"#);
    check_value("[0x1F, 0o17, +1]", json!([31, 15, 1]));
}

#[test]
fn collections_and_styles_are_read() {
    check_value("", json!(null));
    check_value("# nothing\n", json!(null));
    check_value("--- \na: [1, {b: c}]\n...\n", json!({"a": [1, {"b": "c"}]}));
    check_value("a: |\n  x\n   y\nb: >-\n  x\n  y\n", json!({"a": "x\n y\n", "b": "x y"}));
    check_value("a: 'it''s'\nb: \"\\u00e4\\n\"", json!({"a": "it's", "b": "ä\n"}));
    check_value("a:\nb: ''", json!({"a": null, "b": ""}));
    check_value("no: 1\n007: 2", json!({"no": 1, "007": 2}));
    check_value(
        "x-a: &a {k: [1]}\nb: *a\nc: [*a, *a]",
        json!({"x-a": {"k": [1]}, "b": {"k": [1]}, "c": [{"k": [1]}, {"k": [1]}]}),
    );
}

#[test]
fn a_byte_order_mark_and_crlf_change_nothing() {
    let node = parse_bytes("t.yaml", b"\xef\xbb\xbfa: 1\r\nb: |\r\n  x\r\n  y\r\nc: {{d: e}: f}\r\n");
    assert_eq!(node.unwrap_err().len(), 1, "places count without the mark");
    let node = parse_bytes("t.yaml", b"\xef\xbb\xbfa: 1\r\nb: |\r\n  x\r\n  y\r\nc: end\r\n").unwrap();
    assert_eq!(node.value(), Value::from_json(json!({"a": 1, "b": "x\ny\n", "c": "end"})));
    assert_eq!(node.get("c").unwrap().span.place(), "t.yaml:5:4");
}

#[test]
fn every_node_knows_its_place() {
    let node = node("suite: \"é\"\nsteps:\n  - id: load\n    n: [1,\n      20]\nlast: |\n  text\n");
    let steps = node.get("steps").unwrap();
    let step = &steps.as_list().unwrap()[0];
    let twenty = &step.get("n").unwrap().as_list().unwrap()[1];
    for (node, place, text) in [
        (node.get("suite").unwrap(), "1:8", "\"é\""),
        (steps, "3:3", "- id: load\n    n: [1,\n      20]"),
        (step, "3:5", "id: load\n    n: [1,\n      20]"),
        (step.get("n").unwrap(), "4:8", "[1,\n      20]"),
        (twenty, "5:7", "20"),
        (node.get("last").unwrap(), "7:3", "text\n"),
    ] {
        assert_eq!((node.span.place(), node.span.text()), (format!("t.yaml:{place}"), text));
    }
    assert_eq!(step.entry("n").unwrap().key.span.place(), "t.yaml:4:5");
}

#[test]
fn an_aliased_node_keeps_the_place_of_its_anchor() {
    let node = node("x: &x {a: 1}\ny: *x\n");
    assert_eq!(node.get("y").unwrap().span.place(), "t.yaml:1:7");
    assert_eq!(node.span.text(), "x: &x {a: 1}\ny: *x");
}

#[test]
fn places_inside_of_scalars_are_found() {
    let cases = [
        ("k: a {{ x }}", "{{ x }}", "1:6"),
        ("k: \"a\\n\\u00e4\\\"{{ x }}\"", "{{ x }}", "1:16"),
        ("k: \"\\uD83D\\uDE00 {{ x }}\"", "{{ x }}", "1:18"),
        ("k: 'it''s {{ x }}'", "{{ x }}", "1:11"),
        ("k: |\n    first\n      {{ x }} y\n", "{{ x }}", "3:7"),
        ("k: >\n  first\n  {{ x }} y\n", "{{ x }}", "3:3"),
        ("k: plain\n  {{ x }} y\n", "{{ x }}", "2:3"),
        ("k: \"a \\\n    {{ x }}\"", "{{ x }}", "2:5"),
    ];
    for (source, part, place) in cases {
        let node = node(source);
        let scalar = node.get("k").unwrap();
        let at = scalar.as_text().unwrap().find(part).unwrap();
        let span = scalar.locate(at..at + part.len());
        assert_eq!((span.place(), span.text()), (format!("t.yaml:{place}"), part), "{source}");
    }
}

#[test]
fn duplicate_keys_name_both_places() {
    let problems = parse(Source::new("t.yaml", "a: 1\nb:\n  c: 1\n  'c': 3\na: 2\n")).unwrap_err();
    let places: Vec<_> =
        problems.iter().map(|problem| (problem.span.as_ref().unwrap().place(), problem.related[0].0.place())).collect();
    let expected =
        [("t.yaml:4:3", "t.yaml:3:3"), ("t.yaml:5:1", "t.yaml:1:1")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(places, expected);
}

#[test]
fn unquoted_templates_are_found_with_everything_behind_them() {
    check_problems(
        "a: {{ run.id }}/x # why\nb: [1, {{ y }}, 2]\nc: {d: {{ z }}}\ne: {{ f(\"g\") }}\nh: 1\nh: 2\n",
        &[
            "1:4 an unquoted template: YAML reads `{{` as the start of a mapping [quote the whole value: \"{{ run.id }}/x\"]",
            "2:8 an unquoted template: YAML reads `{{` as the start of a mapping [quote the whole value: \"{{ y }}\"]",
            "3:8 an unquoted template",
            "4:4 an unquoted template: YAML reads `{{` as the start of a mapping [quote the whole value: \"{{ f('g') }}\"]",
            "6:1 the key `h` is there twice",
        ],
    );
    check_problems("a: {b: x {{ y }} }", &["1:10 expected `,` or `}` [a template is quoted as a whole"]);
    check_problems("a: {{ b", &["1:4 an unquoted template"]);
}

#[test]
fn what_the_language_does_not_have_is_named() {
    check_problems("a: 1\n---\nb: 2\n", &["2:1 a second document in the file [one file holds one document"]);
    check_problems(
        "1: a\ntrue: b\n? [c]\n: d\n~: e\n",
        &[
            "1:1 a key must be text, and this is the number 1 [write it in quotes: \"1\"]",
            "2:1 a key must be text, and this is true [write it in quotes: \"true\"]",
            "3:3 a key must be text, and this is a list",
            "5:1 a key must be text, and this is null",
        ],
    );
    check_problems("b: &b {x: 1}\nc:\n  <<: *b\n", &["3:3 merge keys (`<<`) are not supported"]);
    check_problems(
        "a: !x 1\nb: !!str 5\n",
        &["1:4 the tag `!x` is not supported", "2:4 the tag `!!str` is not supported"],
    );
    check_problems("a: *nope\nb: &b [*b]\n", &["1:4 no anchor `&nope`", "2:8 an alias inside of what it stands for"]);
}

#[test]
fn syntax_errors_are_in_words_with_a_remedy() {
    for (text, expected) in [
        ("a:\n\tb: 1\n", "2:1 a tab in the indentation [YAML is indented with spaces only]"),
        ("a:\n  - b: x\n  \tc: 1\n", "3:3 a tab in the indentation"),
        ("a: \"x\nb: 2\n", "2:1 a quote above is not closed"),
        ("a: [1, 2\nb: 2\n", "2:2 a bracket is not closed"),
        ("a: 1\n  b: 2\n", "2:4 a key where none can be [it is indented deeper"),
        ("a:\n    b: 1\n  c: 2\n", "3:3 the indentation fits nothing above"),
        ("case: loads: the day\n", "1:12 a second `: ` on the line [text with `: ` in it is written in quotes]"),
        ("a: 1\nfoo\nb: 2\n", "2:1 expected `key: value`"),
        ("- a\nb: 1\n", "2:1 expected another element of the list"),
        ("a: @foo\n", "1:4 text cannot begin with `@` [write the text in quotes]"),
        ("a: \"C:\\data\"\n", "1:4 an unknown escape in double quotes"),
        ("a: 'it's'\n", "1:8 text behind a closing quote"),
        ("a: {b: 1}}\n", "1:10 a bracket that was not opened"),
        ("a: x\u{7}y\n", "1:5 the character U+0007 is not allowed in YAML"),
    ] {
        check_problems(text, &[expected]);
    }
}

#[test]
fn bytes_that_are_no_text_have_a_place() {
    assert_eq!(
        problems_of(b"a: 1\nb: caf\xe9 x\n"),
        ["2:7 invalid UTF-8: byte 0xe9 [save the file with the encoding UTF-8]"]
    );
    assert_eq!(
        problems_of(b"\xef\xbb\xbfa: \xff"),
        ["1:4 invalid UTF-8: byte 0xff [save the file with the encoding UTF-8]"]
    );
    assert!(problems_of(b"\xff\xfea\x00")[0].contains("UTF-16"));
}

#[test]
fn nesting_aliases_and_size_have_limits() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    node(&nested(100));
    check_problems(&nested(101), &["1:101 nested more than 100 deep"]);
    check_problems(&nested(200_000), &["nested more than 100 deep"]);
    check_problems(&"- ".repeat(200_000), &["nested more than 100 deep"]);
    let lines = |range: std::ops::Range<usize>, line: &dyn Fn(usize) -> String| range.map(line).collect::<String>();
    let blocks = lines(0..300, &|depth| format!("{}a:\n", " ".repeat(depth)));
    check_problems(&blocks, &["nested more than 100 deep"]);
    let chain = lines(1..120, &|i| format!("k{i}: &a{i} [*a{}]\n", i - 1));
    check_problems(&format!("k0: &a0 []\n{chain}"), &["nested more than 100 deep"]);
    let bomb = lines(1..12, &|i| format!("k{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(", ")));
    check_problems(&format!("k0: &a0 [1, 1]\n{bomb}"), &["stand for more than 100000 values"]);
    check_problems(&"x".repeat(10_000_001), &["file the file has 10000001 bytes; at most 10000000 are read"]);
}

#[test]
fn errors_print_like_a_compilers() {
    let problems = parse(Source::new("suites/a.yaml", "a: 1\nb:\n  c: {{ x }}\n  d: 2\n  d: 3\n")).unwrap_err();
    insta::assert_snapshot!(render(&problems, false), @r#"
    error: an unquoted template: YAML reads `{{` as the start of a mapping
     --> suites/a.yaml:3:6
      |
    3 |   c: {{ x }}
      |      ^^^^^^^
      |
      = help: quote the whole value: "{{ x }}"

    error: the key `d` is there twice
     --> suites/a.yaml:5:3
      |
    4 |   d: 2
      |   - first here
    5 |   d: 3
      |   ^
      |
      = help: remove one of them: YAML has no way to say which one counts

    2 errors in 1 file
    "#);
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let text = prop_oneof!["\\PC{0,8}", "[a-z{}: #'\"\\\\\n\t-]{0,8}"];
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|bool| json!(bool)),
        any::<i64>().prop_map(|integer| json!(integer)),
        (any::<i32>(), 0_u32..1000).prop_map(|(whole, part)| serde_json::from_str(&format!("{whole}.{part}")).unwrap()),
        text.clone().prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::Array),
            proptest::collection::hash_map(text.clone(), inner, 0..5).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// Checks that spans lie within their parents' and that everything can be shown.
fn walk(node: &Node) -> Result<(), TestCaseError> {
    let within =
        |child: &Node| prop_check(node.span.start <= child.span.start && child.span.end <= node.span.end, child);
    match &node.kind {
        Kind::List(items) => items.iter().try_for_each(|item| within(item).and_then(|()| walk(item))),
        Kind::Map(entries) => {
            entries.iter().try_for_each(|entry| within(&entry.value).and_then(|()| walk(&entry.value)))
        }
        Kind::Scalar(scalar) => {
            let text = &scalar.text;
            let is_same =
                node.locate(0..text.len()).text() == text || scalar.style != Style::Plain || text.contains([' ', '\n']);
            prop_check(is_same, node)
        }
        Kind::Null => Ok(()),
    }
}

fn prop_check(holds: bool, node: &Node) -> Result<(), TestCaseError> {
    if holds { Ok(()) } else { Err(TestCaseError::fail(format!("{node:?}"))) }
}

proptest! {
    #[test]
    fn json_reads_as_the_same_value(json in json_value()) {
        let text = json.to_string();
        let node = parse(Source::new("t.yaml", &text)).map_err(|problems| TestCaseError::fail(render(&problems, false)))?;
        prop_assert_eq!(node.value(), Value::from_json(json));
        walk(&node)?;
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        match parse_bytes("t.yaml", &bytes) {
            Ok(node) => walk(&node)?,
            Err(problems) => prop_assert!(render(&problems, true).contains("error")),
        }
    }

    #[test]
    fn no_mixture_of_yaml_makes_it_panic(parts in proptest::collection::vec(
        prop_oneof!["a", "b: ", "- ", "\n", "\n  ", "\n    ", "\\{", "\\}", "\\[", "\\]", "\\{\\{ x \\}\\}", "'", "\"", "\\|", ">", "&a ", "\\*a", "!t ", "#", ", ", "\\? ", "---", "\t", "ä", "\r\n", "<<: ", "\\\\"], 0..25)) {
        let text = parts.concat();
        match parse(Source::new("t.yaml", &text)) {
            Ok(node) => {
                let _ = node.value();
                let _ = node.locate(0..usize::MAX);
            }
            Err(problems) => prop_assert!(render(&problems, false).contains("error")),
        }
    }
}
