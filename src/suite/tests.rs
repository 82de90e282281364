//! Tests of loading suites: what is accepted, what is refused and in which words.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use test_case::test_case;

use super::*;
use crate::diagnostic::render;
use crate::event::Effect;
use crate::target::{self, Project};
use crate::value::{Value, read};

const PROJECT: &str = r#"
version: 1
project: lakehouse
tags: [smoke, nightly]
env: [BUILD_ID]
matrices: {countries: {country: [DE, FR]}}
targets:
  uat: {account: "111122223333", region: eu-west-1, vars: {bucket: raw, database: lake, etl: orders-etl}}
  prod: {extends: uat, account: "444455556666", vars: {replica: other}}
"#;

/// A project with these files beside its project file.
fn project(files: &[(&str, &str)]) -> (TempDir, Project) {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files.iter().chain(&[("shakedown.yaml", PROJECT)]) {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let project = target::load(root.path()).unwrap();
    (root, project)
}

/// The example of the language page, but for what this version does not support.
const LANGUAGE: &str = r#"suite: orders
description: Raw orders to the curated zone
tags: [smoke, nightly]
targets: [uat]
effects: [read, execute, write, destroy]
x-shared: {anything: goes}
vars:
  day: "{{ run.yesterday }}"
setup:
  - id: raw
    s3.put: {from: "fixtures/*.csv", to: "s3://{{ target.bucket }}/shakedown/{{ run.id }}/", temporary: true}
    capture: {objects: count}
cases:
  - case: the pipeline loads the day
    id: load
    timeout: 25m
    steps:
      - id: etl
        stepfunctions.run: {state_machine: "{{ target.etl }}", input: {day: "{{ vars.day }}", prefix: "shakedown/{{ run.id }}/"}}
        timeout: 20m
        expect:
          output: {loaded: {gte: 1}, rejected: 0}
          duration: {lt: 5m}
          caught: []
          states: {Load: {entered: 1, retried: {lte: 2}}}
  - case: "{{ matrix.country }} has its orders"
    needs: [load]
    matrix: {country: [DE, FR]}
    steps:
      - athena.query: {sql: "select count(*) as n from {{ target.database }}.orders where country = ?", parameters: ["{{ matrix.country }}"]}
        expect: {first: {n: {gte: 1}}, scanned: {lt: 1GB}}
      - s3.object: "s3://{{ target.bucket }}/{{ cases.load.steps.etl.output.key }}/{{ setup.raw.count }}/{{ captures.objects }}"
        eventually: 5m
cleanup:
  - athena.query: {sql: "drop table if exists {{ target.database }}.orders_{{ run.id }}"}
"#;

const FIXTURES: [(&str, &str); 4] = [
    ("fixtures/orders.csv", "id,country\n1,DE\n"),
    ("fixtures/rows.csv", "country,min_rows,max_age,note\nDE,10,2h,007\nFR,,30m,\n"),
    ("fixtures/rows.json", r#"[{"country": "DE", "n": 12345678901234567.89}, {"country": "FR", "n": 2}]"#),
    ("fixtures/order.schema.json", r#"{"type": "object"}"#),
];

/// The suite that this text is; it must be without any problem.
fn sound(text: &str) -> std::sync::Arc<Suite> {
    let (_root, project) = project(&FIXTURES);
    let loaded = check_text(&project, "suites/a.yaml", text);
    assert_eq!(render(&loaded.problems, false), "");
    loaded.suites[0].clone()
}

/// The problems of a text, each as `line:column message`.
fn problems(text: &str) -> Vec<String> {
    let (_root, project) = project(&FIXTURES);
    let loaded = check_text(&project, "suites/a.yaml", text);
    assert_eq!(loaded.suites.is_empty(), loaded.problems.iter().any(crate::diagnostic::Problem::is_error));
    let place = |problem: &crate::diagnostic::Problem| {
        problem.span.as_ref().map(|span| format!("{}:{}", span.line(), span.column()))
    };
    loaded
        .problems
        .iter()
        .map(|problem| format!("{} {}", place(problem).unwrap_or_default(), problem.message))
        .collect()
}

/// A suite of one case with these steps, each a line or more, indented by nothing.
fn case(steps: &str) -> String {
    format!("suite: a\ncases:\n  - case: b\n    steps:\n      {}\n", steps.replace('\n', "\n      "))
}

fn first_step(steps: &str) -> std::sync::Arc<Step> {
    sound(&case(steps)).cases[0].steps[0].clone()
}

#[test]
fn every_mistake_in_twelve_broken_suites_is_found_in_one_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/broken");
    let loaded = load(&target::load(&root).unwrap(), &[]);
    assert!(loaded.suites.is_empty());
    let files: std::collections::BTreeSet<_> =
        loaded.problems.iter().filter_map(crate::diagnostic::Problem::file).collect();
    assert_eq!(files.len(), 12);
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("broken_suites", render(&loaded.problems, false));
    });
}

#[test]
fn the_suite_of_the_language_page_is_sound() {
    let suite = sound(LANGUAGE);
    assert_eq!(suite.effects, Some(Effect::ALL.to_vec()));
    assert_eq!(suite.cases[0].timeout, Some(Duration::from_mins(25)));
    assert_eq!(suite.cases[1].needs, ["load"]);
    assert!(matches!(&suite.cases[1].matrix, Some(Matrix::Rows(rows)) if rows.len() == 2));
    assert_eq!(suite.cases[1].id, "case-2");
}

#[test]
fn output_fields_are_used_where_anybody_looks_at_them() {
    let suite = sound(
        r#"
suite: uses
cases:
  - case: a
    id: a
    steps:
      - {id: one, stepfunctions.run: {state_machine: x}, expect: {caught: []}, that: "size(path) == 2", capture: {arn: execution_arn}}
      - {id: two, stepfunctions.run: {state_machine: x}}
      - {id: three, stepfunctions.run: {state_machine: x}, expect: {"$..entered": [1]}}
      - {id: four, stepfunctions.run: {state_machine: x}}
      - {s3.object: "s3://b/{{ steps.one.output.key }}/{{ size(steps.four) }}", undo: {s3.delete: {uri: "s3://b/c", recursive: false}}}
  - case: b
    needs: [a]
    steps: [{s3.object: "s3://b/{{ cases.a.steps.two.maps.M.items }}"}]
"#,
    );
    let used = |step: usize| {
        let step = &suite.cases[0].steps[step];
        let names = step.action.spec().outputs.iter().map(|output| output.name);
        names.filter(|name| step.uses.contains(name)).collect::<Vec<_>>()
    };
    assert_eq!(used(0), ["output", "execution_arn", "path", "caught"]);
    assert_eq!(used(1), ["maps"]);
    assert_eq!(used(2).len(), 13);
    assert_eq!(used(3).len(), 13);
}

#[test_case("{a: [1, 2], b: [x, y]}", &[&[("a", "1"), ("b", "\"x\"")], &[("a", "1"), ("b", "\"y\"")], &[("a", "2"), ("b", "\"x\"")], &[("a", "2"), ("b", "\"y\"")]]; "lists multiply")]
#[test_case("{rows: [{a: NO, b: 007}]}", &[&[("a", "\"NO\""), ("b", "\"007\"")]]; "rows are taken as they are")]
#[test_case("countries", &[&[("country", "\"DE\"")], &[("country", "\"FR\"")]]; "a name is a matrix of the project")]
#[test_case("{from: fixtures/rows.json}", &[&[("country", "\"DE\""), ("n", "12345678901234567.89")], &[("country", "\"FR\""), ("n", "2")]]; "json keeps its types exactly")]
#[test_case("{from: fixtures/rows.csv}", &[&[("country", "\"DE\""), ("min_rows", "\"10\""), ("max_age", "\"2h\""), ("note", "\"007\"")], &[("country", "\"FR\""), ("min_rows", "\"\""), ("max_age", "\"30m\""), ("note", "\"\"")]]; "csv is text")]
fn a_matrix_has_rows(matrix: &str, expected: &[&[(&str, &str)]]) {
    let suite = sound(&format!(
        "suite: a\ncases:\n  - case: b\n    matrix: {matrix}\n    steps: [{{s3.object: \"s3://b/c\"}}]\n"
    ));
    let Some(Matrix::Rows(rows)) = &suite.cases[0].matrix else { panic!("rows") };
    let shown: Vec<Vec<(String, String)>> = rows
        .iter()
        .map(|row| row.iter().map(|(name, value)| (name.clone(), value.display().to_string())).collect())
        .collect();
    let expected: Vec<Vec<(String, String)>> = expected
        .iter()
        .map(|row| row.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn columns_give_cells_their_types_and_an_empty_cell_is_null() {
    let matrix = "{from: fixtures/rows.csv, columns: {min_rows: int, max_age: duration}}";
    let suite = sound(&format!(
        "suite: a\ncases:\n  - case: b\n    matrix: {matrix}\n    steps: [{{s3.object: \"s3://b/c\"}}]\n"
    ));
    let Some(Matrix::Rows(rows)) = &suite.cases[0].matrix else { panic!("rows") };
    assert_eq!(rows[0]["min_rows"], Value::integer(10));
    assert_eq!(rows[0]["max_age"], Value::Duration(read::read_duration("2h").unwrap()));
    assert_eq!(rows[0]["note"], Value::text("007"));
    assert_eq!(rows[1]["min_rows"], Value::Null);
}

#[test]
fn a_matrix_with_templates_waits_for_the_plan() {
    let suite = sound(
        "suite: a\ncases:\n  - case: \"{{ matrix.x }}\"\n    matrix: {x: [\"{{ target.bucket }}\", b]}\n    steps: [{s3.object: \"s3://b/c\"}]\n",
    );
    assert!(matches!(&suite.cases[0].matrix, Some(Matrix::Lists(lists)) if lists.contains_key("x")));
}

#[test]
fn retry_and_waits_have_their_defaults() {
    let step = first_step("- {stepfunctions.run: {state_machine: x}, retry: {attempts: 3}}");
    let retry = step.retry.clone().unwrap();
    assert_eq!(
        (retry.attempts, retry.on, retry.delay),
        (3, vec![RetryOn::Throttled, RetryOn::Infrastructure], Duration::from_secs(2))
    );
    let step = first_step("- {s3.object: \"s3://b/c\", eventually: 5m}");
    let eventually = step.eventually.clone().unwrap();
    assert_eq!((eventually.within, eventually.every, eventually.since), (Duration::from_mins(5), None, None));
    let step = first_step("- {s3.object: \"s3://b/c\", consistently: {for: 1m}}");
    assert_eq!(step.consistently.unwrap().every, Duration::from_secs(20));
}

#[test]
fn arguments_that_are_text_keep_the_text_of_numbers() {
    let step = first_step("- s3.put: {to: \"s3://b/c\", body: 007.10, temporary: true}");
    assert_eq!(step.arguments["body"].as_literal(), Some(&Value::text("007.10")));
    assert_eq!(step.arguments["temporary"].as_literal(), Some(&Value::Bool(true)));
    let step = first_step("- athena.query: {sql: select 1, parameters: [1.50, a, null]}");
    assert_eq!(step.arguments["parameters"].as_literal().unwrap().to_json().to_string(), "[1.50,\"a\",null]");
    let step = first_step("- athena.query: select 1");
    assert_eq!(step.arguments["sql"].as_literal(), Some(&Value::text("select 1")));
}

#[test]
fn an_undo_is_a_step_that_sees_what_it_undoes() {
    let step = first_step(
        "- id: put\n  s3.put: {to: \"s3://b/{{ run.id }}\", body: a}\n  undo: {s3.object: \"{{ steps.put.objects }}\"}",
    );
    let undo = step.undo.clone().unwrap();
    assert_eq!((undo.id.as_str(), undo.action.spec().name), ("put-undo", "s3.object"));
    assert!(step.uses.contains("objects") && !step.uses.contains("count"));
}

#[test_case("- {athena.query: \"select 1\", that: row_count == 1}", &[]; "a read may be judged")]
#[test_case("- {s3.list: \"s3://b/\", that: count > 0, eventually: 5m, fail_when: count > 9}", &[]; "a read may be waited for")]
#[test_case("- {s3.object: \"s3://b/c\", expect: {aws_error: AccessDenied}}", &[]; "a refusal may be expected of every action")]
#[test_case("- {s3.object: \"s3://b/c\", expect: {body: {schema: fixtures/order.schema.json}}}", &[]; "a schema of the project is found")]
#[test_case("- {id: a, stepfunctions.run: {state_machine: x, wait: false}}\n- stepfunctions.wait: \"{{ steps.a.execution_arn }}\"", &[]; "a start that is waited for is fine")]
#[test_case("- {id: a, stepfunctions.run: {state_machine: x, wait: false}}", &["5:61 nobody waits for this execution: it will be stopped, and the case errored"]; "a start that nobody waits for is warned of")]
#[test_case("- athena.query: {sql: \"insert into t values ('{{ run.date }}')\"}", &["5:56 `sql` must be known when the run is planned, and `run.date` is known only during the run"]; "sql that writes is known when the run is planned")]
#[test_case("- athena.query: {sql: \"insert into t_{{ run.id }} values ({{ target.bucket }})\"}", &[]; "the id of the run is known then")]
#[test_case("- athena.query: {sql: \"select '{{ run.date }}'\"}", &[]; "sql that reads may be of the run")]
#[test_case("- s3.delete: {uri: \"s3://b/{{ run.started_at }}\"}", &["5:37 `uri` must be known when the run is planned, and `run.started_at` is known only during the run"]; "what is deleted is known when the run is planned")]
#[test_case("- {athena.query: \"drop table t\", eventually: 5m}", &["5:40 `eventually` repeats a read, and this `athena.query` is of the effect `destroy`"]; "only reads are repeated")]
#[test_case("- {s3.object: \"s3://b/c\", timeout: 0s}", &["5:42 this duration must be longer than nothing"]; "nothing can be done in no time")]
#[test_case("- {s3.list: \"s3://b/\", expect: {}}", &["5:38 `expect` is empty, so it judges nothing"]; "an empty expect is told once")]
#[test_case("- {s3.list: \"s3://b/\", that: \"count ==\"}", &["5:45 not an expression: it ends too early"]; "a broken that is told once")]
#[test_case("- lambda.invoke: {function: f, payload: {\"{{ run.id }}\": 1}}", &["5:48 a key is never a template"]; "a template as a key is told once")]
#[test_case("- {s3.object: \"s3://b/a\", capture: {x: size}}\n- {s3.object: \"s3://b/b\", capture: {x: size}}", &["6:43 the capture `x` is used twice"]; "a capture has its name for itself")]
#[test_case("- lambda.invoke: {function: f, payload: \"{{ lines('fixtures/none.txt') }}\"}", &["5:51 lines: \"fixtures/none.txt\" cannot be read: No such file or directory (os error 2)"]; "what is made of literals is tried out")]
#[test_case("- {s3.put: {to: \"s3://b/c\", from: fixtures/orders.csv}}", &[]; "a fixture that is there")]
#[test_case("- {s3.put: {to: \"s3://b/c\", from: \"fixtures/{{ run.id }}.csv\"}}", &[]; "a fixture that a template names is looked for later")]
#[test_case("- {s3.put: {to: \"s3://b/c\", from: \"../{{ run.id }}.csv\"}}", &["5:41 `../x.csv` is not inside the project"]; "but it cannot leave the project")]
#[test_case("- exec.run: {command: [\"true\"], effect: write}\n  consistently: {for: 1m}", &["6:9 `consistently` repeats a read, and this `exec.run` is of the effect `write`"]; "a declared effect counts")]
#[test_case("- s3.object: \"s3://b/{{ vars }}/{{ steps }}/{{ run.id }}\"", &[]; "a whole group of names may be used")]
fn a_step_has_these_problems(steps: &str, expected: &[&str]) {
    assert_eq!(problems(&case(steps)), expected);
}

#[test_case("", &["1:1 the file is empty"]; "an empty file")]
#[test_case("# nothing\n", &["1:1 the file is empty"]; "a file with nothing but comments")]
#[test_case("- a\n", &["1:1 suite must be a mapping, and this is a list"]; "a list")]
#[test_case("text", &["1:1 suite must be a mapping, and this is the text \"text\""]; "a text")]
#[test_case("suite: a\ncases: []\n", &["2:1 the suite has no cases"]; "no cases")]
#[test_case("suite: a\n", &["1:1 suite has no `cases`"]; "no key for cases")]
#[test_case("suite: ' '\ntargets: []\ncases: [{case: a, steps: [{s3.object: \"s3://b/c\"}]}]\n", &["2:10 `targets` is empty: the suite could run nowhere", "1:8 the suite has an empty name"]; "a name of blanks, and nowhere to run")]
#[test_case("suite: a\ncases: {a: b}\n", &["2:8 `cases` must be a list of mappings, and this is a mapping"]; "cases that are no list")]
fn a_file_has_these_problems(text: &str, expected: &[&str]) {
    assert_eq!(problems(text), expected);
}

#[test]
fn targets_decide_which_variables_there_are() {
    let text = |targets: &str| {
        format!(
            "suite: a\ntargets: [{targets}]\ncases: [{{case: b, steps: [{{s3.object: \"s3://{{{{ target.replica }}}}/c\"}}]}}]\n"
        )
    };
    sound(&text("prod"));
    assert_eq!(problems(&text("prod, uat")), ["3:48 `target.replica` is not defined for `uat`"]);
    assert_eq!(problems(&text("uat")), ["3:48 unknown name `target.replica`"]);
}

#[test]
fn names_of_suites_are_unique_although_one_of_them_is_broken() {
    let one = "suite: a\ncases: [{case: b, steps: [{s3.object: \"s3://b/c\"}]}]\n";
    let (_root, project) = project(&[("suites/a.yaml", one), ("suites/deep/b.yml", one), ("suites/c.txt", "no suite")]);
    let loaded = load(&project, &[]);
    let messages: Vec<_> = loaded.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, ["the suite name `a` is used twice"]);
    assert_eq!(
        loaded.suites.iter().map(|suite| suite.path.clone()).collect::<Vec<_>>(),
        [PathBuf::from("suites/a.yaml")]
    );
}

#[test_case("suites/a.yaml", &[], 1; "a file")]
#[test_case("./suites", &[], 1; "a folder")]
#[test_case("suites/none.yaml", &["no such file or folder"], 0; "a file that is not there")]
#[test_case("../suites", &["the path is not inside the project"], 0; "a folder outside")]
fn paths_name_what_is_loaded(path: &str, expected: &[&str], suites: usize) {
    let (_root, project) =
        project(&[("suites/a.yaml", "suite: a\ncases: [{case: b, steps: [{s3.object: \"s3://b/c\"}]}]\n")]);
    let loaded = load(&project, &[path.into()]);
    assert_eq!(loaded.problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>(), expected);
    assert_eq!(loaded.suites.len(), suites);
}

#[test]
fn what_cannot_be_read_is_a_problem_of_its_file_and_others_go_on() {
    let (root, project) = project(&[("suites/a.yaml", LANGUAGE), ("fixtures/orders.csv", "id\n")]);
    std::os::unix::fs::symlink("nowhere", root.path().join("suites/link.yaml")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.path().join("suites/socket.yaml")).unwrap();
    let loaded = load(&project, &[]);
    let shown: Vec<String> = loaded
        .problems
        .iter()
        .map(|problem| format!("{} {}", problem.file().unwrap().display(), problem.message))
        .collect();
    assert_eq!(
        shown,
        [
            "suites/link.yaml failed to read: No such file or directory (os error 2)",
            "suites/socket.yaml this is not a file"
        ]
    );
    assert_eq!(loaded.suites.len(), 1);
}

const SCRAPS: [&str; 24] = [
    "{{",
    "}}",
    "{",
    "}",
    "[",
    "]",
    ": ",
    "- ",
    "\n",
    "\t",
    "\"",
    "'",
    "&a ",
    "*a ",
    "null",
    "undo: ",
    "expect: ",
    "matrix",
    "steps",
    "-1",
    "💥",
    "\r\n",
    "cases:",
    "eventually: {since: etl}",
];

proptest::proptest! {
    #[test]
    fn no_edit_of_a_suite_makes_the_loader_panic(edits in proptest::collection::vec((0..LANGUAGE.len(), 0..SCRAPS.len(), 0..20_usize), 1..8)) {
        let (_root, project) = project(&FIXTURES);
        let mut text = LANGUAGE.to_owned();
        for (at, scrap, removed) in edits {
            let from = text.floor_char_boundary(at.min(text.len()));
            let to = text.ceil_char_boundary((from + removed).min(text.len()));
            text.replace_range(from..to, SCRAPS[scrap]);
        }
        let loaded = check_text(&project, "suites/a.yaml", &text);
        let errors = loaded.problems.iter().filter(|problem| problem.is_error()).count();
        proptest::prop_assert_eq!(loaded.suites.len(), usize::from(errors == 0));
        render(&loaded.problems, false);
    }
}

#[test]
fn a_file_that_is_too_large_is_refused_unread() {
    let (root, project) = project(&[("suites/a.yaml", "")]);
    let file = std::fs::File::options().write(true).open(root.path().join("suites/a.yaml")).unwrap();
    file.set_len(11_000_000_000).unwrap();
    let loaded = load(&project, &[]);
    assert_eq!(loaded.problems[0].message, "the file has 11000000000 bytes; at most 10000000 are read");
}

#[test]
fn thousands_of_cases_with_long_chains_of_needs_are_checked() {
    let mut text = "suite: a\ncases:\n".to_owned();
    for n in 0..5_000 {
        let need = (n + 4_999) % 5_000;
        writeln!(text, "  - {{case: n{n}, id: c{n}, needs: [c{need}], steps: [{{s3.object: \"s3://b/c\"}}]}}").unwrap();
    }
    let found = problems(&text);
    assert_eq!(found.len(), 1, "one circle is one problem");
    assert!(found[0].contains("`needs` goes in a circle"), "{}", &found[0][..60]);
}

#[test]
fn the_schema_accepts_what_the_loader_accepts_and_refuses_typing_errors() {
    let schema = jsonschema::options().build(&suite_schema()).unwrap();
    let json =
        |text: &str| crate::yaml::parse(crate::diagnostic::Source::new("a.yaml", text)).unwrap().value().to_json();
    let good = case(
        "- {athena.query: \"select 1 as n\", expect: {first: {n: {gte: 1}}}, eventually: 5m, undo: {s3.object: \"s3://b/c\"}}",
    );
    let errors: Vec<String> = schema.iter_errors(&json(&good)).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    for bad in [
        "- {athena.query: \"select 1\", expects: {row_count: 1}}",
        "- {athena.query: \"select 1\", expect: {row_cuont: 1}}",
        "- {athena.query: {sqll: \"select 1\"}}",
        "- {athena.query: \"select 1\", s3.object: \"s3://b/c\"}",
        "- {name: nothing}",
        "- {athena.query: \"select 1\", undo: {name: nothing}}",
    ] {
        assert!(!schema.is_valid(&json(&case(bad))), "{bad}");
    }
    jsonschema::options().build(&project_schema()).unwrap();
}

#[test]
fn the_reference_tells_of_every_action_and_every_key() {
    let reference = reference();
    for action in crate::actions::ACTIONS {
        let spec = action.spec();
        assert!(reference.contains(&format!("\n## {}\n", spec.name)), "{}", spec.name);
        assert!(spec.outputs.iter().all(|output| reference.contains(&format!("| `{}` |", output.name))));
    }
    for table in [&SUITE, &*STEP] {
        assert!(table.fields.iter().all(|field| reference.contains(field.name)));
    }
}

#[test]
fn what_an_execution_is_awaited_since_is_an_earlier_step_of_the_case_or_of_setup() {
    let check = |since: &str, expected: &[&str]| {
        let text = format!(
            "suite: a\nsetup:\n  - {{id: raw, s3.list: 's3://b/', expect: {{count: 0}}}}\ncases:\n  - case: b\n    steps:\n      - \
             {{id: drop, s3.list: 's3://b/', expect: {{count: 0}}}}\n      - stepfunctions.await: {{state_machine: m, since: {since}, \
             input: {{key: {{starts_with: '{{{{ run.id }}}}'}}}}}}\n      - {{id: later, s3.list: 's3://b/', expect: {{count: 0}}}}\n"
        );
        assert_eq!(problems(&text), expected);
    };
    check("drop", &[]);
    check("raw", &[]);
    check("later", &["8:56 `since` names no earlier step: `later`"]);
    check("drpo", &["8:56 `since` names no earlier step: `drpo`"]);
    check("'{{ run.id }}'", &["8:56 `since` is never a template"]);
}

#[test]
fn the_input_that_is_awaited_is_an_expectation() {
    let awaits = |input: &str| {
        problems(&case(&format!(
            "- {{id: drop, s3.list: 's3://b/', expect: {{count: 0}}}}\n- stepfunctions.await: {{state_machine: m, since: drop, input: {input}}}"
        )))
    };
    assert_eq!(awaits("{n: {gte: 1}, key: a}"), Vec::<String>::new());
    assert_eq!(awaits("{n: {gte: 1, other: 2}}").len(), 1, "matchers and fields are not mixed");
    assert_eq!(awaits("{n: '{{ steps.nothing.x }}'}").len(), 1, "names are checked");
}
