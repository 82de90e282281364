//! Tests of field tables.

use std::time::Duration;

use serde_json::json;

use super::{Extra, Field, Fields, Phase, Shape, Table, check, reference, schema};
use crate::diagnostic::{Source, render};
use crate::yaml::{Node, parse};

static RETRY: Table = Table::new(
    "retry",
    "How often to try again.",
    &[
        Field::optional("attempts", Shape::Integer { min: Some(1), max: Some(10) }, "Attempts in all.").default("3"),
        Field::optional("delay", Shape::Duration, "Pause before the next attempt.").default("2s"),
    ],
);

static STEP: Table = Table::new(
    "a step",
    "One action with its expectations.",
    &[
        Field::required("id", Shape::Identifier, "How others refer to it. Unique."),
        Field::optional("name", Shape::Text, "What is shown.").phase(Phase::Plan),
        Field::optional("timeout", Shape::Duration, "Longest time.").phase(Phase::Run).default("5m"),
        Field::optional("limit", Shape::Size, "Most bytes.").aliases(&["max_size"]),
        Field::optional("day", Shape::Date, "The day.").phase(Phase::Check),
        Field::optional("mode", Shape::OneOf(&["sync", "async"]), "How.").default("sync"),
        Field::optional("wait", Shape::Boolean, "Whether to wait.").default("true"),
        Field::optional("ratio", Shape::Number, "A share."),
        Field::optional("tags", Shape::List(&Shape::Text), "Labels."),
        Field::optional("env", Shape::Map(&Shape::Text), "Names to values.").phase(Phase::Run),
        Field::optional("when", Shape::Expression, "Condition."),
        Field::optional("input", Shape::Any, "The input.").phase(Phase::Run),
        Field::optional("fixed", Shape::Any, "Never a template."),
        Field::optional("retry", Shape::Either(&[Shape::COUNT, Shape::Table(&RETRY)]), "Repetition."),
        Field::optional("steps", Shape::List(&Shape::Table(&STEP)), "Steps inside."),
        Field::optional("run", Shape::Any, "One action."),
        Field::optional("invoke", Shape::Any, "Another action."),
    ],
)
.extra(Extra::AllowPrefix("x-"))
.exactly_one(&[&["run", "invoke"]]);

fn node(text: &str) -> Node {
    parse(Source::new("s.yaml", text)).unwrap_or_else(|problems| panic!("{}", render(&problems, false)))
}

/// Messages and helps of all problems, one a line, with `line:column` in front.
fn problems(text: &str) -> String {
    let mut problems = Vec::new();
    check(&node(text), &STEP, &mut problems);
    let place =
        |problem: &crate::diagnostic::Problem| problem.span.clone().map(|span| (span.line(), span.column())).unwrap();
    let line = |problem: &crate::diagnostic::Problem| {
        let (line, column) = place(problem);
        let help = problem.help.iter().map(|help| format!(" [{help}]")).collect::<Vec<_>>().concat();
        format!("{line}:{column} {}{help}", problem.message)
    };
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check_problem(line: &str, expected: &str) {
    assert_eq!(problems(&format!("id: a\nrun: 1\n{line}\n")), expected, "{line}");
}

#[test]
fn what_fits_its_shape_has_no_problem() {
    for line in [
        "name: 5",
        "timeout: 1h30m",
        "timeout: \"{{ vars.t }}\"",
        "limit: 1GB",
        "limit: 300",
        "max_size: 1.5 MiB",
        "day: 2026-01-16",
        "day: \"{{ run.date }}\"",
        "mode: async",
        "wait: false",
        "ratio: -1.50",
        "tags: [a, 1, true]",
        "tags: []",
        "env: {A: \"{{ x }}\", B: 1}",
        "when: a == \"x\"",
        "when: true",
        "input: {a: [\"{{ x }}\", null]}",
        "input:",
        "retry: 0",
        "retry: {attempts: 3}",
        "steps: [{id: b, run: 1}]",
        "x-free: {anything: 1}",
    ] {
        check_problem(line, "");
    }
}

#[test]
fn each_mistake_has_its_place_and_a_remedy() {
    check_problem("timeuot: 5m", "3:1 unknown key `timeuot` in a step [did you mean `timeout`?]");
    check_problem(
        "timeout: 5",
        "3:10 `timeout` must be a duration (`5m`, `1h30m`, `250ms`), and this is the number 5 [add the unit: `5s` or `5m`]",
    );
    check_problem(
        "timeout:",
        "3:1 `timeout` has no value [write a duration (`5m`, `1h30m`, `250ms`) behind it, or remove the key]",
    );
    check_problem(
        "timeout: -5m",
        "3:10 `timeout` must be a duration (`5m`, `1h30m`, `250ms`), and this is the text \"-5m\"",
    );
    check_problem(
        "limit: 1G",
        "3:8 `limit` must be a size (`512kB`, `1GB` = 10⁹ bytes, `1GiB` = 2³⁰), and this is the text \"1G\"",
    );
    check_problem("day: 2026-02-30", "3:6 `day` must be a date (`2026-01-16`), and this is the text \"2026-02-30\"");
    check_problem(
        "mode: asinc",
        "3:7 `mode` must be `sync` or `async`, and this is the text \"asinc\" [did you mean `async`?]",
    );
    check_problem("wait: yes", "3:7 `wait` must be `true` or `false`, and this is the text \"yes\" [write `true`]");
    check_problem(
        "wait: 'true'",
        "3:7 `wait` must be `true` or `false`, and this is the text \"true\" [remove the quotes]",
    );
    check_problem("ratio: '5'", "3:8 `ratio` must be a number, and this is the text \"5\" [remove the quotes]");
    check_problem("tags: a", "3:7 `tags` must be a list of texts, and this is the text \"a\"");
    check_problem("tags: [a, [b]]", "3:11 an element of `tags` must be text, and this is a list");
    check_problem("tags: [a, \"{{ x }}\"]", "3:11 an element of `tags` is never a template [write the value itself]");
    check_problem("env: [a]", "3:6 `env` must be a mapping, and this is a list");
    check_problem(
        "when: \"{{ a }} == 1\"",
        "3:7 `when` is an expression already, without `{{ }}` [write it bare: remove the `{{` and `}}`]",
    );
    check_problem("fixed: {a: [\"{{ x }}\"]}", "3:13 `fixed` is never a template [write the value itself]");
    check_problem("retry: -1", "3:8 `retry` must be a whole number from 0, and this is the number -1");
    check_problem(
        "retry: {attempts: 11}",
        "3:19 `attempts` must be a whole number from 1 to 10, and this is the number 11",
    );
    check_problem(
        "retry: [1]",
        "3:8 `retry` must be a whole number from 0 or a mapping with `attempts` and `delay`, and this is a list",
    );
    check_problem("steps: [{run: 1}]", "3:10 a step has no `id` [add `id`: How others refer to it]");
    check_problem(
        "limit: 1GB\nmax_size: 2GB",
        "4:1 `max_size` and `limit` are two names for the same key [remove one of them]",
    );
    check_problem("invoke: 2", "3:1 `run` and `invoke` exclude each other [keep one of `run` or `invoke`]");
}

#[test]
fn a_whole_that_is_no_mapping_or_lacks_keys_is_a_problem() {
    assert!(problems("[a]").starts_with("1:1 a step must be a mapping, and this is a list [its keys are `id`, `name`"));
    assert_eq!(
        problems("name: x"),
        "1:1 a step has no `id` [add `id`: How others refer to it]\n1:1 a step needs one of `run` or `invoke`"
    );
    let ids = ["1a", "a b", "ä", "\"\"", "\"{{ x }}\""].map(|id| problems(&format!("id: {id}\nrun: 1")));
    assert!(ids.iter().all(|problem| problem.starts_with("1:5 `id` ")), "{ids:#?}");
}

#[test]
fn getters_know_defaults_aliases_and_templates() {
    let node = node(
        "id: a\nmax_size: 1kB\ntimeout: \"{{ x }}\"\ntags: [p, q]\nretry: {attempts: 2}\nrun: {}\nsteps: [{id: b}]\n",
    );
    let fields = Fields::new(&node, &STEP);
    assert_eq!(fields.text("id"), Some("a"));
    assert_eq!(fields.size("limit"), Some(1000));
    assert_eq!(fields.duration("timeout"), None);
    assert_eq!(fields.template("timeout").and_then(Node::as_text), Some("{{ x }}"));
    assert_eq!(fields.text("mode"), Some("sync"));
    assert_eq!(fields.boolean("wait"), Some(true));
    assert_eq!(fields.text("name"), None);
    assert_eq!(
        fields.texts("tags").iter().map(|(text, span)| (*text, span.place())).collect::<Vec<_>>(),
        [("p", "s.yaml:4:8".to_owned()), ("q", "s.yaml:4:11".to_owned())]
    );
    let retry = fields.table("retry").unwrap();
    assert_eq!((retry.integer("attempts"), retry.duration("delay")), (Some(2), Some(Duration::from_secs(2))));
    assert_eq!(fields.chosen(&["run", "invoke"]).map(|(field, _)| field.name), Some("run"));
    assert_eq!(fields.tables("steps")[0].text("id"), Some("b"));
    assert_eq!(fields.span_of("limit").place(), "s.yaml:2:11");
}

#[test]
fn the_schema_judges_like_the_check() {
    let schema = schema(&STEP);
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let good =
        json!({"id": "a", "run": null, "timeout": "{{ x }}", "limit": "1.5 GiB", "retry": {"attempts": 3}, "x-y": 1});
    assert!(validator.is_valid(&good), "{:?}", validator.iter_errors(&good).map(|e| e.to_string()).collect::<Vec<_>>());
    for (key, bad) in [
        ("timeuot", json!("5m")),
        ("timeout", json!("5")),
        ("timeout", json!("")),
        ("limit", json!("1G")),
        ("mode", json!("asinc")),
        ("wait", json!("yes")),
        ("retry", json!({"attempts": 11})),
        ("tags", json!("a")),
        ("invoke", json!(1)),
        ("day", json!("16.01.2026")),
        ("steps", json!([{"run": 1}])),
        ("id", json!("1a")),
    ] {
        let mut document = good.clone();
        document[key] = bad.clone();
        assert!(!validator.is_valid(&document), "{key}: {bad}");
    }
    assert!(!validator.is_valid(&json!({"id": "a"})), "one of run and invoke is needed");
    assert_eq!(schema["$defs"]["retry"]["properties"]["attempts"]["default"], json!(3));
}

#[test]
fn the_reference_lists_every_table_once() {
    let reference = reference(&STEP);
    assert_eq!(reference.matches("## a step\n").count(), 1);
    assert_eq!(reference.matches("## retry\n").count(), 1);
    assert!(
        reference.contains("| `timeout` | duration (`5m`, `1h30m`, `250ms`) | `5m` | Longest time. Templates: run. |"),
        "{reference}"
    );
    assert!(
        reference.contains(
            "| `limit` | size (`512kB`, `1GB` = 10⁹ bytes, `1GiB` = 2³⁰) |  | Most bytes. Also `max_size`. |"
        ),
        "{reference}"
    );
    assert!(reference.contains("whole number from 0 or [retry](#retry)"), "{reference}");
    assert!(reference.contains("Exactly one of `run` and `invoke` is needed."), "{reference}");
}
