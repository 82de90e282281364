//! Tables of expressions and what they come to.

use std::collections::BTreeMap;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::diagnostic::{Problem, Source, Span};
use crate::value::{Value, read};
use crate::yaml;

fn span(text: &str) -> Span {
    let source = Source::new("suite.yaml", text);
    source.span(0..source.text.len())
}

fn functions() -> Functions {
    Functions {
        root: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
        timezone: chrono_tz::Europe::Berlin,
        secrets: BTreeMap::from([("orders_db".to_owned(), Value::text("hunter2"))]),
    }
}

fn date(text: &str) -> Value {
    Value::Date(read::read_date(text).expect("a date"))
}

fn number(text: &str) -> Value {
    Value::Number(read::read_number(text).expect("a number"))
}

fn scope() -> Scope {
    let mut scope = Scope::new(functions());
    scope.set("vars", Value::map([("day", date("2026-01-16")), ("n", number("5"))]));
    scope.set("target", Value::map([("name", Value::text("local"))]));
    scope.set_path(&["run", "id"], Value::text("r1"));
    scope.set_path(&["run", "date"], date("2026-01-16"));
    let rows = ["10.50", "0.25", "7"].map(|amount| Value::map([("amount", number(amount))]));
    let output = Value::map([
        ("rows", Value::List(rows.to_vec())),
        ("count", number("3")),
        ("huge", number("12345678901234567890")),
        ("fine", number("12345678901234567.89")),
        ("scanned", Value::Size(1_500)),
        ("took", Value::Duration(read::read_duration("90s").expect("a duration"))),
        ("nothing", Value::Null),
        ("text", Value::text("1000")),
        ("loaded at", date("2026-01-15")),
    ]);
    scope.set_path(&["steps", "etl"], output);
    scope
}

/// The value of an expression as it is displayed, or its error after `!`.
fn evaluated(text: &str) -> String {
    match Expression::compile(text, &span(text)) {
        Err(problem) => format!("!! {}", shown(&problem)),
        Ok(expression) => match expression.evaluate(&scope()) {
            Ok(value) => value.display().to_string(),
            Err(error) => format!("! {}", shown(&error.to_problem(expression.span()))),
        },
    }
}

/// Message, the text at the place, help.
fn shown(problem: &Problem) -> String {
    let place = problem.span.as_ref().map_or("", |span| span.text());
    let help = problem.help.iter().fold(String::new(), |all, help| all + "; " + help);
    format!("{} at `{place}`{help}", problem.message)
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(evaluated(text), expected, "{text}");
}

#[test]
fn arithmetic_is_exact() {
    check("1 + 2 * 3", "7");
    check("0.1 + 0.2", "0.3");
    check("0.1 + 0.2 == 0.3", "true");
    check("10.50 * 2", "21.00");
    check("7 / 2", "3");
    check("-7 / 2", "-3");
    check("7 % 3", "1");
    check("7.0 / 2", "3.5");
    check("1.0 / 3", "0.333333333333333");
    check("9223372036854775807 - 1", "9223372036854775806");
    check("9223372036854775807 / 1", "9223372036854775807");
    check("-5 - -3", "-2");
    check("-(2 + 3)", "-5");
    check("1e3", "1000");
    check("-9223372036854775808", "-9223372036854775808");
    check("1e-20000", "!! not a number at `1e-20000`");
    check("0.5 + .5", "1.0");
    check("'a' + 'b'", "\"ab\"");
    check("[1] + [2]", "[1, 2]");
}

#[test]
fn names_reach_into_values() {
    check("vars.n", "5");
    check("vars['n'] + 1", "6");
    check("run.id", "\"r1\"");
    check("run", "{date: 2026-01-16, id: \"r1\"}");
    check("steps.etl.rows[0].amount", "10.50");
    check("steps.etl['loaded at']", "2026-01-15");
    check("steps['etl'].count", "3");
    check("{'a': [1, {'b': 2}]}.a[1].b", "2");
    check("has(steps.etl.count) && !has(steps.nope) && !has(vars.x)", "true");
}

#[test]
fn nothing_is_converted_or_limited_on_the_way_through() {
    check("steps.etl.huge", "12345678901234567890");
    check("steps.etl.fine", "12345678901234567.89");
    check("[steps.etl.fine]", "[12345678901234567.89]");
    check("true ? steps.etl.huge : 0", "12345678901234567890");
}

#[test]
fn what_has_no_answer_is_an_error() {
    check(
        "null < 5",
        "! `<` does not apply to null and integer (5) at `null < 5`; null is only equal to null: ask `x == null` first",
    );
    check(
        "5000 <= '1000'",
        "! `<=` does not apply to integer (5000) and string (\"1000\") at `5000 <= '1000'`; a number is not its text: convert with `int()`, `double()` or `string()`",
    );
    check(
        "10 == '10'",
        "! `==` does not apply to integer (10) and string (\"10\") at `10 == '10'`; a number is not its text: convert with `int()`, `double()` or `string()`",
    );
    check(
        "10 != '10'",
        "! `!=` does not apply to integer (10) and string (\"10\") at `10 != '10'`; a number is not its text: convert with `int()`, `double()` or `string()`",
    );
    check("vars.days > 1", "! `vars` has no field `days` at `vars.days`; did you mean `day`?");
    check("steps.elt.count", "! `steps` has no field `elt` at `steps.elt`; did you mean `etl`?");
    check("step.etl", "! unknown name `step` at `step`; did you mean `steps`?");
    check("vars.n.m", "! `vars.n` has no field `m`: it is integer (5) at `vars.n.m`");
    check("steps.etl.rows[3]", "! `steps.etl.rows` has 3 elements, none at 3 at `steps.etl.rows[3]`");
    check("steps.etl.rows[-1]", "! `steps.etl.rows` has 3 elements, none at -1 at `steps.etl.rows[-1]`");
    check(
        "steps.etl.nope == 1 || true",
        "! `steps.etl` has no field `nope` at `steps.etl.nope`; it has `rows`, `count`, `huge`, `fine`, `scanned`, `took`, `nothing`, `text` …",
    );
    check("1 && true", "! `&&` takes booleans, found integer (1) at `1`");
    check("!'x'", "! `!` takes booleans, found string (\"x\") at `'x'`");
    check("1 / 0", "! division by zero at `1 / 0`");
    check(
        "9223372036854775807 + 1",
        "! 9223372036854775808 is outside the 64-bit integers, which an expression cannot hold exactly at `9223372036854775807 + 1`; use a matcher under `expect`: matchers are exact",
    );
    check(
        "vars.day == '2026-01-16'",
        "! `==` does not apply to date (2026-01-16) and string (\"2026-01-16\") at `vars.day == '2026-01-16'`; write the date as `date('2026-01-16')`",
    );
    check("{'a': 1, 'a': 2}", "! this key is written twice at `'a'`");
}

#[test]
fn null_may_be_asked_for() {
    check("steps.etl.nothing == null", "true");
    check("steps.etl.count == null", "false");
    check("steps.etl.count != null && steps.etl.count > 2", "true");
}

#[test]
fn numbers_beyond_cels_own_are_refused_with_a_remedy() {
    let help = "use a matcher under `expect`: matchers are exact";
    check(
        "steps.etl.huge > 1",
        &format!(
            "! 12345678901234567890 is outside the 64-bit integers, which an expression cannot hold exactly at `steps.etl.huge > 1`; {help}"
        ),
    );
    check(
        "steps.etl.fine == 1.5",
        &format!(
            "! 12345678901234567.89 has more than 15 significant digits, which an expression cannot hold exactly at `steps.etl.fine == 1.5`; {help}"
        ),
    );
    check(
        "1 < 12345678901234567.89",
        &format!(
            "!! a decimal of more than 15 significant digits cannot be held in an expression at `12345678901234567.89`; {help}"
        ),
    );
    check("123456789.012345 > 1", "true");
    check("1.00000000000000000000 == 1", "true");
}

#[test]
fn dates_durations_and_sizes_are_compared_as_what_they_are() {
    check("run.date == vars.day", "true");
    check("day(run.date, -1)", "2026-01-15");
    check("day(run.date, -1) < run.date", "true");
    check("day('2026-03-01', -1)", "2026-02-28");
    check("format(run.date, '%Y/%m/%d')", "\"2026/01/16\"");
    check(
        "format(run.date, '%H')",
        "! format: \"%H\" asks for a part that 2026-01-16 does not have at `format(run.date, '%H')`",
    );
    check("at(run.date, '18:00')", "2026-01-16T18:00:00+01:00");
    check(
        "at('2026-03-29', '02:30')",
        "! at: 2026-03-29 02:30:00 does not exist in Europe/Berlin: the clocks change then at `at('2026-03-29', '02:30')`; write `timestamp('…')` with an offset",
    );
    check("at(run.date, '18:00') - at(run.date, '17:30') == duration('30m')", "true");
    check("steps.etl.took < duration('2m')", "true");
    check("steps.etl.scanned < 1000000 && steps.etl.scanned == 1500", "true");
    check("run.date.getFullYear() + run.date.getMonth()", "2026");
    check("timestamp('2026-01-16T18:00:00Z') < at(run.date, '20:00')", "true");
    check("run.date - date('2026-01-01') == duration('15d')", "true");
}

#[test]
fn loops_go_over_lists_and_keys() {
    check("steps.etl.rows.all(r, r.amount > 0)", "true");
    check("steps.etl.rows.exists(r, r.amount > 10)", "true");
    check("steps.etl.rows.exists_one(r, r.amount > 1.0)", "false");
    check("steps.etl.rows.filter(r, r.amount < 1).size()", "1");
    check("steps.etl.rows.map(r, r.amount * 2)", "[21.00, 0.50, 14]");
    check("steps.etl.rows.map(r, r.amount > 1, r.amount)", "[10.50, 7]");
    check("{'a': 1, 'b': 2}.all(k, k < 'c')", "true");
    check("[[1, 2], [3]].map(x, x.map(y, y + size(x)))", "[[3, 4], [4]]");
    check("2 in [1, 2] && 'day' in vars && !('2' in [1, 2])", "true");
    check("steps.etl.rows.all(r, r.total > 0)", "! `r` has no field `total` at `r.total`; it has `amount`");
    check("vars.n.all(r, true)", "! only lists and mappings have elements, found integer (5) at `vars.n`");
}

#[test]
fn functions_work_on_texts() {
    check("sha256('abc')", "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"");
    check("base64('abc')", "\"YWJj\"");
    check("url_encode('a b/ü')", "\"a%20b%2F%C3%BC\"");
    check("json('{\"a\": [1.10, 12345678901234567890]}').a", "[1.10, 12345678901234567890]");
    check("json('{')", "! json: not JSON: EOF while parsing an object at line 1 column 1 at `json('{')`");
    check("'abc'.contains('b') && 'abc'.startsWith('a') && 'abc'.endsWith('c') && 'abc'.matches('^a.c$')", "true");
    check("size('straße')", "6");
    check("int('12') + int(3.9)", "15");
    check("double('1.50') + 1", "2.50");
    check("string(1.50) + string(true)", "\"1.50true\"");
    check("'a,b'.split(',').join('-').upperAscii()", "\"A-B\"");
    check("secret('orders_db')", "\"hunter2\"");
    check(
        "secret('order_db')",
        "! secret: the project file names no secret `order_db` at `secret('order_db')`; did you mean `orders_db`?",
    );
    check("lines('Cargo.toml')[0]", "\"[package]\"");
    check(
        "lines('../x')",
        "! lines: \"../x\" is not inside the project at `lines('../x')`; paths are relative to the project's root",
    );
}

#[test]
fn mistakes_are_found_when_compiling() {
    check("", "!! an empty expression at ``");
    check("a b", "!! not an expression: unexpected 'b' at `b`");
    check("a = 1", "!! not an expression: token recognition error at: '= ' at `=`; `==` compares");
    check("lenght(a)", "!! unknown function `lenght` at `lenght`");
    check("dya(a, 1)", "!! unknown function `dya` at `dya`; did you mean `day`?");
    check("day(a)", "!! `day` is written `day(date, n)` at `day`");
    check("contains(a, b)", "!! `contains` is written `text.contains('x')` at `contains`");
    check("a.all(x)", "!! `all` is written `list.all(x, condition)` at `all`");
    check(
        "a.all(1, true)",
        "!! the first argument of `all` is the name of a variable at `a.all(1, true)`; write `list.all(x, …)`",
    );
    check("{{ a }} == 1", "!! this is an expression already, without `{{ }}` at `{{`; write it bare");
    check("'{{' == '{{'", "true");
    check("Point{x: 1}", "!! `Point{…}`: there are no message types at `{`; a mapping is written {'key': value}");
}

#[test]
fn an_expression_that_is_too_deep_is_refused_and_does_not_overflow_the_stack() {
    for text in [
        "(".repeat(5_000),
        "[".repeat(5_000),
        "!".repeat(8_000),
        "-".repeat(8_000),
        vec!["1"; 4_000].join("+"),
        "a".repeat(9_000),
    ] {
        assert!(Expression::compile(&text, &span(&text)).is_err(), "{}", &text[..20]);
    }
    let wide = vec!["1"; 200].join(" + ");
    check(&wide, "200");
    check(&format!("{}1", "true ? 1 : ".repeat(90)), "1");
    check(&format!("{}{}", "[".repeat(20), "]".repeat(20)), &format!("{}{}", "[".repeat(20), "]".repeat(20)));
    check(&format!("[0]{}", ".map(x, x)".repeat(30)), "[0]");
    let deep = format!("{}1{}", "(".repeat(20), ")".repeat(20));
    check(&deep, "1");
}

fn references(text: &str) -> Vec<String> {
    let expression = Expression::compile(text, &span(text)).expect("an expression");
    expression.references().into_iter().map(|reference| reference.path.join(".")).collect()
}

#[test]
fn references_are_the_names_as_far_as_they_are_written_out() {
    assert_eq!(references("steps.etl.output.n > vars.x['y'] + f"), ["steps.etl.output.n", "vars.x.y", "f"]);
    assert_eq!(references("rows.all(r, r.n > vars.n) && r"), ["rows", "vars.n", "r"]);
    assert_eq!(references("has(a.b) ? steps['a'][i].x : 1"), ["a", "steps.a", "i"]);
}

fn phase(text: &str) -> Phase {
    Expression::compile(text, &span(text)).expect("an expression").phase()
}

#[test]
fn the_phase_is_the_latest_of_the_names() {
    assert_eq!(phase("1 + vars.n"), Phase::Check);
    assert_eq!(phase("vars.n > 1 && target.name == env.X"), Phase::Plan);
    assert_eq!(phase("matrix.n + run.id"), Phase::Run);
    assert_eq!(phase("secret('x')"), Phase::Run);
    assert_eq!(phase("[vars.n].map(x, x)"), Phase::Check);
}

#[test]
fn unknown_names_are_problems_with_their_place() {
    let mut names = Names::new();
    names.fields("vars", ["day", "limit"]);
    names.allow(&["steps", "etl"]);
    names.allow(&["matrix"]);
    names.refuse("cases", "`cases` is not in scope in `setup`");
    let text = "vars.dya + steps.etl.anything + step.etl + matrix.x + steps.load.y + cases.a";
    let expression = Expression::compile(text, &span(text)).expect("an expression");
    let mut problems = Vec::new();
    check_names(&expression.references(), &names, &mut problems);
    let found: Vec<String> = problems.iter().map(shown).collect();
    insta::assert_snapshot!(found.join("\n"), @"
    unknown name `vars.dya` at `vars.dya`; did you mean `vars.day`?
    unknown name `step` at `step.etl`; did you mean `steps`?
    unknown name `steps.load` at `steps.load.y`; known here: `etl`
    `cases` is not in scope in `setup` at `cases.a`
    ");
}

#[test]
fn the_value_of_each_part_explains_a_false_condition() {
    let text = "(steps.etl.count > 5 || vars.n == 6) && steps.etl.rows.all(r, r.amount > 1)";
    let expression = Expression::compile(text, &span(text)).expect("an expression");
    let explained: Vec<String> = expression
        .explain(&scope())
        .into_iter()
        .map(|(part, value)| match value {
            Ok(value) => format!("{part} = {}", value.display()),
            Err(error) => format!("{part} ! {error}"),
        })
        .collect();
    insta::assert_snapshot!(explained.join("\n"), @"
    steps.etl.count > 5 || vars.n == 6 = false
    steps.etl.count > 5 = false
    steps.etl.count = 3
    vars.n == 6 = false
    vars.n = 5
    steps.etl.rows.all(r, r.amount > 1) = false
    steps.etl.rows = [{amount: 10.50}, {amount: 0.25}, {amount: 7}]
    r at 1, where r.amount > 1 is false = {amount: 0.25}
    ");
}

#[test]
fn the_fields_of_an_output_have_bare_names_unless_a_name_is_taken() {
    let output = Value::map([("status", Value::text("FAILED")), ("vars", number("1"))]);
    let bare = scope().bare(&output);
    let value = |text: &str| Expression::compile(text, &span(text)).expect("an expression").evaluate(&bare);
    assert_eq!(value("status").expect("a field"), Value::text("FAILED"));
    assert_eq!(value("vars.n").expect("the scope's"), number("5"));
    assert_eq!(scope().get("status"), None);
}

#[test]
fn a_child_scope_does_not_change_its_parent() {
    let parent = scope();
    let mut child = parent.child();
    child.set_path(&["steps", "load"], Value::Null);
    child.set("matrix", Value::Null);
    assert_eq!(parent.get("matrix"), None);
    assert!(parent.get("steps").is_some_and(|steps| steps.get("load").is_none()));
    assert!(child.get("steps").is_some_and(|steps| steps.get("load").is_some() && steps.get("etl").is_some()));
}

/// A YAML value compiled as a template and evaluated: its display, or what is wrong.
fn templated(text: &str) -> String {
    let mut problems = Vec::new();
    let source = Source::new("suite.yaml", text);
    let node = match yaml::parse(source) {
        Ok(node) => node,
        Err(problems) => return format!("{problems:?}"),
    };
    let spanned = Spanned::compile(&node, &mut problems);
    if !problems.is_empty() {
        return problems.iter().map(|problem| format!("!! {}", shown(problem))).collect::<Vec<_>>().join("\n");
    }
    match spanned.evaluate(&scope()) {
        Ok(value) => value.display().to_string(),
        Err(error) => format!("! {}", shown(&error.to_problem(&spanned.span))),
    }
}

#[track_caller]
fn template(text: &str, expected: &str) {
    assert_eq!(templated(text), expected, "{text}");
}

#[test]
fn a_scalar_that_is_one_expression_keeps_its_type() {
    template("'{{ vars.n }}'", "5");
    template("\"{{ vars.day }}\"", "2026-01-16");
    template("'{{ steps.etl.rows }}'", "[{amount: 10.50}, {amount: 0.25}, {amount: 7}]");
    template("a: ['{{ vars.n }}', 2, no]", "{a: [5, 2, \"no\"]}");
    template("'  {{ vars.n }}'", "5");
}

#[test]
fn text_around_an_expression_makes_text() {
    template("'s3://b/{{ run.date }}/{{ vars.n }}-{{ true }}'", "\"s3://b/2026-01-16/5-true\"");
    template("'{{ steps.etl.fine }}.'", "\"12345678901234567.89.\"");
    template("'{{ \"{{\" }} and }} stay'", "\"{{ and }} stay\"");
    template(
        "'x{{ steps.etl.nothing }}'",
        "! null has no text form at ` steps.etl.nothing `; choose a text for it: `{{ x == null ? 'none' : x }}`",
    );
    template(
        "'x{{ vars }}'",
        "! a mapping has no text form at ` vars `; name a field of it, or let the scalar be just the `{{ }}`",
    );
}

#[test]
fn mistakes_in_templates_have_their_exact_place() {
    template(
        "'a {{ vars.n'",
        "!! this `{{` is never closed at `{{`; close it with `}}`; for the two characters themselves write `{{ '{{' }}`",
    );
    template(
        "'a {{ }} b'",
        "!! an empty `{{ }}` at `{{ }}`; name a value: `{{ vars.day }}`; for the two characters themselves write `{{ '{{' }}`",
    );
    template(
        "a: |\n  select {{ vars.n }}\n    from {{ dya(1, 2) }}\n",
        "!! unknown function `dya` at `dya`; did you mean `day`?",
    );
    template("'it''s {{ vars.x }} '", "! `vars` has no field `x` at `vars.x`; it has `day`, `n`");
    template(
        "a: ['{{ 1 + }}', '{{ b c }}']",
        "!! not an expression: it ends too early at ``\n!! not an expression: unexpected 'c' at `c`",
    );
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,60}") {
        let _ = Expression::compile(&text, &span(&text));
        let _ = templated(&format!("'{text}'"));
    }

    #[test]
    fn no_text_of_the_languages_own_characters_panics(text in r#"[a-c0-9.,(){}\[\]'"\\+*/%<>=!&|?: rbue-]{0,40}"#) {
        if let Ok(expression) = Expression::compile(&text, &span(&text)) {
            let _ = expression.evaluate(&scope());
            let _ = expression.explain(&scope());
            expression.references();
        }
    }

    #[test]
    fn sums_and_products_of_decimals_are_those_of_whole_numbers(a in -99_999_999_i64..99_999_999, b in -99_999_i64..99_999) {
        let decimal = |n: i64| format!("{}{}.{:02}", if n < 0 { "-" } else { "" }, n.abs() / 100, n.abs() % 100);
        let sum = evaluated(&format!("({}) + ({})", decimal(a), decimal(b)));
        prop_assert_eq!(sum, decimal(a + b));
        let product = format!("({}) * ({}) == double({}) / 10000", decimal(a), decimal(b), a * b);
        prop_assert_eq!(evaluated(&product), "true");
    }
}
