//! Bad input, as the command line meets it: a message with its place, exit 2, no panic.

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::process::Server;
use crate::scratch::{Ran, Scratch};

const SOUND: &str = "suite: a\ncases:\n  - case: b\n    steps:\n      - s3.object: s3://things/a\n";

/// `shakedown check` of the project with twelve broken suites.
fn broken() -> Ran {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/broken");
    Scratch::new().shakedown(&["check", "--project", folder.to_str().unwrap()]).exits(2)
}

/// The message stands directly above its place.
#[track_caller]
fn check(message: &str, place: &str) {
    let said = broken().err;
    let lines: Vec<&str> = said.lines().collect();
    let found = lines.windows(2).any(|pair| {
        pair[0].starts_with("error") && pair[0].contains(message) && pair[1].trim() == format!("--> suites/{place}")
    });
    assert!(found, "no `{message}` at {place} in\n{said}");
}

#[test]
fn unknown_keys() {
    check("unknown key `discription` in suite", "01-keys-and-types.yaml:2:1");
    check("unknown key `timeuot` in step", "01-keys-and-types.yaml:20:9");
    assert!(broken().err.contains("did you mean `timeout`?"));
}

#[test]
fn wrong_types() {
    check("`timeout` must be a duration", "01-keys-and-types.yaml:6:10");
    check("`uri` must be text, and this is a list", "01-keys-and-types.yaml:21:26");
}

#[test]
fn two_actions() {
    check("a step has one action, and `s3.object` is a second one", "02-actions.yaml:8:9");
}

#[test]
fn undefined_names() {
    check("unknown name `vars.dya`", "03-names.yaml:20:88");
    check("unknown name `target.buckt`", "03-names.yaml:17:29");
}

#[test]
fn an_unquoted_template() {
    check("an unquoted template", "08-yaml-itself.yaml:3:9");
}

#[test]
fn cycles_in_needs() {
    check("`needs` goes in a circle: a → c → b → a", "05-needs-and-duplicates.yaml:4:35");
}

#[test]
fn duplicate_names() {
    check("the case name `first` is used twice", "05-needs-and-duplicates.yaml:8:12");
    check("the suite name `orders` is used twice", "06-judging-and-phases.yaml:1:8");
    check("the key `day` is there twice", "08-yaml-itself.yaml:5:3");
}

#[test]
fn missing_fixtures() {
    check("no file `fixtures/none.csv`", "07-fixtures-and-matrices.yaml:4:20");
    check("no file matches `fixtures/none/*.csv`", "07-fixtures-and-matrices.yaml:3:20");
    check("`/etc/passwd` is not inside the project", "07-fixtures-and-matrices.yaml:6:55");
}

#[test]
fn tabs() {
    check("a tab in the indentation", "08-yaml-itself.yaml:10:1");
}

#[test]
fn byte_order_marks_and_carriage_returns_move_no_place() {
    check("the output has no field `sizes`", "09-bom-and-crlf.yaml:6:18");
    assert_eq!(broken().err.matches("09-bom-and-crlf.yaml").count(), 1, "they are no mistakes themselves");
}

#[test]
fn deeply_nested_files() {
    check("nested more than 100 deep", "10-nesting.yaml:2:108");
    let deep = format!("suite: a\ncases: {}\n", "[".repeat(200_000));
    Scratch::of(&deep).shakedown(&["check"]).exits(2).says(&["suites/a.yaml:2:"]);
    let expression = format!("{}\n        that: {}1\n", SOUND.trim_end(), "(".repeat(50_000));
    Scratch::of(&expression).shakedown(&["check"]).exits(2).says(&["suites/a.yaml:6:"]);
}

#[test]
fn alias_bombs() {
    check("the aliases of this file stand for more than 100000 values", "11-alias-bomb.yaml:6:38");
}

#[test]
fn invalid_utf8() {
    check("invalid UTF-8: byte 0xe9", "12-invalid-utf8.yaml:3:14");
}

#[test]
fn all_mistakes_of_twelve_files_are_told_in_one_pass() {
    let said = broken().says(&["in 12 files"]).err;
    for number in 1..=12 {
        assert!(said.contains(&format!("suites/{number:02}-")), "nothing about file {number}");
    }
}

#[test]
fn huge_files() {
    let huge = format!("{SOUND}x-ballast: |\n{}", "  0123456789012345678901234567890123456789\n".repeat(2_000_000));
    let ran = Scratch::of(&huge).shakedown(&["check"]).exits(2);
    ran.says(&["suites/a.yaml"]);
}

#[test]
fn unreadable_files() {
    let scratch = Scratch::of(SOUND);
    symlink("nowhere.yaml", scratch.root().join("suites/dangling.yaml")).unwrap();
    scratch.shakedown(&["check"]).exits(2).says(&["suites/dangling.yaml"]);
    let scratch = Scratch::of(SOUND).with("suites/folder.yaml/inside.txt", "");
    scratch.shakedown(&["check"]).exits(0);
}

#[test]
fn a_loop_of_links_ends() {
    let scratch = Scratch::of(SOUND);
    symlink(".", scratch.root().join("suites/again")).unwrap();
    let ran = scratch.shakedown(&["check"]);
    assert!(matches!(ran.code, Some(0 | 2)), "{:?} {}", ran.code, ran.err);
}

#[test]
fn empty_files_and_files_of_other_things() {
    for (text, message) in [
        ("", "suites/a.yaml"),
        ("- 1\n", "suites/a.yaml:1:1"),
        ("just text", "suites/a.yaml:1:1"),
        ("\0\0\0", "suites/a.yaml"),
    ] {
        Scratch::of(text).shakedown(&["check"]).exits(2).says(&[message]);
    }
}

#[test]
fn a_project_file_with_mistakes() {
    let project = "version: 2\nproject: p\ntargets:\n  local: {sandbx: sandbox.yaml}\n";
    Scratch::of(SOUND)
        .with("shakedown.yaml", project)
        .shakedown(&["check"])
        .exits(2)
        .says(&["shakedown.yaml:1:10", "sandbx"]);
}

#[test]
fn a_sandbox_file_with_mistakes() {
    let declaration = "buckets: {}\nfunctions:\n  f: {runtime: cobol, handler: a.b, code: nowhere}\n";
    let ran = Scratch::of(SOUND).with("sandbox.yaml", declaration).run().exits(2);
    ran.says(&["sandbox.yaml:3:43", "`nowhere` is neither a folder nor a zip file"]);
}

#[test]
fn a_state_machine_that_is_none_is_told_before_anything_runs() {
    let ran = Scratch::of(SOUND).with("machines/add.asl.json", "{\"StartAt\": \"A\", \"States\": {}}").run();
    assert!(matches!(ran.code, Some(2 | 3)), "{:?}", ran.code);
    ran.says(&["machines/add.asl.json"]);
}

#[test]
fn no_project() {
    let empty = tempfile::tempdir().unwrap();
    let scratch = Scratch::new();
    scratch
        .shakedown(&["check", "--project", empty.path().to_str().unwrap()])
        .exits(2)
        .says(&["no shakedown.yaml", "help:"]);
}

#[test]
fn usage() {
    let scratch = Scratch::of(SOUND);
    for (arguments, text) in [
        (vec!["run", "--target", "locl"], "did you mean `local`?"),
        (vec!["run", "suites/none.yaml"], "no such file or folder: suites/none.yaml"),
        (vec!["run", "--var", "dya=1"], "no suite has a variable of this name"),
        (vec!["run", "--tag", "smok"], "smok"),
        (vec!["run", "--tag", "smoke &&"], "--tag: not an expression"),
        (vec!["run", "--shard", "6/5"], "6/5"),
        (vec!["run", "--date", "2026-02-30"], "2026-02-30"),
        (vec!["show", "last", "b"], "there is no run yet"),
        (vec!["rum"], "rum"),
    ] {
        scratch.shakedown(&arguments).exits(2).says(&[text]);
    }
}

#[test]
fn what_is_absent_is_the_cases_affair_and_the_others_go_on() {
    let suite = r#"
suite: absent
cases:
  - {case: a machine, id: machine, steps: [{stepfunctions.run: {state_machine: nowhere}}]}
  - {case: a function, id: function, steps: [{lambda.invoke: {function: nowhere}}]}
  - {case: a key, id: key, steps: [{s3.object: s3://things/nowhere}]}
  - {case: an absent key that is expected, id: away, steps: [{s3.object: s3://things/nowhere, expect: {exists: false}}]}
  - {case: a bucket, id: bucket, steps: [{s3.object: s3://nowhere/a}]}
  - {case: a syntax error, id: syntax, steps: [{athena.query: {sql: "select from where"}}]}
  - case: a syntax error that is expected
    id: expected
    steps: [{athena.query: {sql: "select from where"}, expect: {state: FAILED, error: {matches: "."}}}]
  - case: sound
    id: sound
    steps: [{stepfunctions.run: {state_machine: add, input: {a: 1, b: 1}}, expect: {output: {sum: 2}}}]
"#;
    let ran = Scratch::of(suite).run().exits(1);
    ran.case("absent/machine", "errored", "nowhere")
        .case("absent/function", "errored", "nowhere")
        .case("absent/key", "failed", "nowhere")
        .case("absent/away", "passed", "")
        .case("absent/bucket", "errored", "the bucket nowhere does not exist")
        .case("absent/syntax", "failed", "FAILED")
        .case("absent/expected", "passed", "")
        .case("absent/sound", "passed", "");
}

#[test]
fn a_port_that_is_taken() {
    let scratch = Scratch::of(SOUND);
    let server = Server::start(&scratch);
    let ran = scratch.shakedown(&["sandbox", "--port", server.port()]).exits(3);
    ran.says(&[&format!("127.0.0.1:{}", server.port()), "already taken", "help:", "--port"]);
}

#[test]
fn a_missing_python() {
    let scratch =
        Scratch::of("suite: a\ncases:\n  - case: b\n    id: b\n    steps:\n      - lambda.invoke: {function: echo}\n");
    let mut command = scratch.command(&["run"]);
    command.env("PATH", scratch.root());
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let said = format!("{out}{err}");
    assert!(matches!(output.status.code(), Some(2 | 3)), "{said}");
    for text in ["python3", "PATH", "help"] {
        assert!(said.contains(text), "{text} is not in\n{said}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_variable_of_the_environment_that_nobody_set() {
    let project =
        "version: 1\nproject: scratch\nenv: [SHAKEDOWN_TEST_BUILD]\ntargets: {local: {sandbox: sandbox.yaml}}\n";
    let suite = "suite: a\ncases:\n  - case: b\n    steps:\n      - s3.object: \"s3://things/{{ env.SHAKEDOWN_TEST_BUILD }}\"\n        expect: {exists: false}\n";
    let scratch = Scratch::of(suite).with("shakedown.yaml", project);
    let ran = scratch.run().exits(2);
    assert!(ran.events.is_empty(), "nothing was run");
    ran.says(&["the environment variable SHAKEDOWN_TEST_BUILD is not set", "suites/a.yaml:5:"]);
    let set = scratch.command(&["run"]).env("SHAKEDOWN_TEST_BUILD", "7").status().unwrap();
    assert_eq!(set.code(), Some(0), "a variable that is set is read");
}

#[test]
fn an_endpoint_in_the_environment_of_a_target_that_has_none() {
    let project = "version: 1\nproject: scratch\ntargets: {uat: {account: \"111122223333\", region: eu-west-1}}\n";
    let scratch = Scratch::of(SOUND).with("shakedown.yaml", project);
    let mut command = scratch.command(&["run", "--target", "uat"]);
    let output = command.env("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("refused: AWS_ENDPOINT_URL_S3 is set"), "{said}");
}
