//! What a killed run leaves is finished by the next one, or by `shakedown cleanup`, from S3 or from the run folder.

use std::path::Path;
use std::process::Stdio;

use nix::sys::signal::Signal;
use test_case::test_case;

use crate::account::{Account, Holding};
use crate::process::{Running, Server, processes_of, until};
use crate::scratch::{Scratch, events, of_kind, run_folder, run_folders};

/// `lake` keeps its state in S3, `folders` has none, `strict` is never to keep anything.
const PROJECT: &str = r#"
version: 1
project: scratch
targets:
  local: {sandbox: sandbox.yaml}
  lake: {account: "000000000000", region: eu-west-1, endpoint: "ENDPOINT", allow: [read, execute, write, destroy], exec: true, state: "s3://state/of/us"}
  folders: {account: "000000000000", region: eu-west-1, endpoint: "ENDPOINT", allow: [read, execute, write, destroy], exec: true}
  strict: {extends: lake, keep: false}
"#;

const SANDBOX: &str = "
buckets: {things: {}, state: {}}
state_machines:
  sleep: {definition: machines/sleep.asl.json}
athena: {output: s3://things/results/}
";

/// Everything that a run can leave: an execution, temporary objects, what they cause, undo steps, the suite's own cleanup.
const LEAVES: &str = r#"
suite: leaves
setup:
  - s3.put: {to: "s3://things/{{ run.id }}/raw", body: a, temporary: true, owns: ["s3://things/{{ run.id }}/made/**"]}
  - id: listed
    s3.put: {to: "s3://things/{{ run.id }}/own", body: b}
cases:
  - case: a long execution
    id: long
    steps:
      - s3.put: {to: "s3://things/{{ run.id }}/made/x", body: c}
      - id: put
        s3.put: {to: "s3://things/{{ run.id }}/made/y", body: d}
        undo: {exec.run: {command: [touch, "undone-{{ steps.put.count }}"], effect: execute}}
      - stepfunctions.run: {state_machine: sleep}
cleanup:
  - s3.delete: {uri: "s3://things/{{ run.id }}/own"}
  - exec.run: {command: [touch, "cleaned-{{ setup.listed.count }}"], effect: execute}
"#;

const SMALL: &str = r"
suite: small
cases: [{case: nothing much, id: small, steps: [{s3.list: 's3://things/nothing/', expect: {count: 0}}]}]
";

struct Scene {
    scratch: Scratch,
    account: Account,
    _server: Server,
}

impl Scene {
    fn of(suite: &str) -> Self {
        let scratch = Scratch::of(suite).with("sandbox.yaml", SANDBOX).with("suites/small.yaml", SMALL);
        let server = {
            let scratch = &scratch;
            std::fs::write(scratch.root().join("shakedown.yaml"), PROJECT.replace("ENDPOINT", "http://127.0.0.1:1"))
                .unwrap();
            Server::start(scratch)
        };
        let scratch = scratch.with("shakedown.yaml", PROJECT.replace("ENDPOINT", &server.endpoint));
        let account = Account::at(&server.endpoint);
        Self { scratch, account, _server: server }
    }

    /// Starts the suite and returns when a step of it waits for something of this name.
    fn waiting(&self, target: &str, what: &str) -> Running {
        let mut command = self.scratch.command(&["run", "suites/a.yaml", "--target", target]);
        let run = Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        until("the wait", || {
            let folder =
                run_folders(self.scratch.root()).into_iter().find(|folder| folder.join("events.jsonl").is_file())?;
            let events = events(&folder);
            of_kind(&events, "step_waiting").any(|step| step["what"].to_string().contains(what)).then_some(())
        });
        run
    }

    /// The same, killed then; the run's id.
    fn killed(&self, target: &str, what: &str) -> String {
        let mut run = self.waiting(target, what);
        run.signal(Signal::SIGKILL);
        run.ended();
        self.run_id()
    }

    fn run_id(&self) -> String {
        name(&run_folder(self.scratch.root()))
    }

    fn next(&self, target: &str) -> crate::scratch::Ran {
        self.scratch.shakedown(&["run", "suites/small.yaml", "--target", target])
    }

    fn cleanup(&self, arguments: &[&str]) -> crate::scratch::Ran {
        self.scratch.shakedown(&[&["cleanup", "--target", "lake"], arguments].concat())
    }

    fn holds(&self) -> Holding {
        self.account.holds(|object| object.starts_with("things/results/"))
    }
}

fn name(folder: &Path) -> String {
    folder.file_name().unwrap().to_str().unwrap().to_owned()
}

#[test_case("lake", true; "from the state, though the folder is gone")]
#[test_case("folders", false; "from the folder of the run")]
fn the_next_run_finishes_what_a_killed_one_left(target: &str, folder_is_lost: bool) {
    let scene = Scene::of(LEAVES);
    let run = scene.killed(target, "-long-");
    let left = scene.holds();
    assert_eq!(
        (left.running.len(), left.objects.iter().filter(|object| object.starts_with("things/")).count()),
        (1, 4)
    );
    if folder_is_lost {
        std::fs::remove_dir_all(run_folder(scene.scratch.root())).unwrap();
    }
    let ran = scene.next(target).exits(0).says(&[
        &format!("run {run} was killed: finishing its cleanup, 6 things are left"),
        &format!("cleanup of run {run}: s3://things/{run}/raw: done"),
    ]);
    assert_eq!(scene.holds(), Holding::default());
    let names: Vec<String> =
        of_kind(&ran.events, "cleaned_up").map(|item| item["name"].as_str().unwrap().to_owned()).collect();
    assert!(names[0].contains(":execution:sleep:"), "{names:?}");
    let (raw, made) = (format!("s3://things/{run}/raw"), format!("s3://things/{run}/made/**"));
    let own = ["cleanup step step-1 (s3.delete)", "cleanup step step-2 (exec.run)"];
    assert_eq!(names[1..], [own[0], own[1], "undo of put: exec.run", &raw, &made]);
    for file in ["cleaned-1", "undone-1"] {
        assert!(scene.scratch.root().join(file).exists(), "what a step needs of earlier ones is known: {file}");
    }
    let again = scene.next(target).exits(0);
    assert_eq!(of_kind(&again.events, "taken_up").count(), 0, "it is done once");
}

#[test]
fn a_run_that_lives_is_left_alone_and_a_dead_one_is_listed_before_it_is_cleaned_up() {
    let scene = Scene::of(LEAVES);
    let mut run = scene.waiting("lake", "-long-");
    let id = scene.run_id();
    scene.next("lake").exits(0);
    scene.cleanup(&[]).exits(0).says(&["nothing to clean up"]);
    scene.cleanup(&[&id]).exits(2).says(&[&format!("run {id} is still running: what it holds is not touched")]);
    assert_eq!(scene.holds().running.len(), 1);
    run.signal(Signal::SIGKILL);
    run.ended();
    let before = scene.holds();
    scene.cleanup(&["--dry-run"]).exits(0).says(&[&format!("run {id} was killed"), "6 things to be cleaned up"]);
    assert_eq!(scene.holds(), before);
    scene.cleanup(&[]).exits(0).says(&[&format!("  done       s3://things/{id}/raw"), "6 cleaned up, 0 left over"]);
    assert_eq!(scene.holds(), Holding::default());
    scene.cleanup(&[]).exits(0).says(&["nothing to clean up"]);
    scene.cleanup(&[&id]).exits(2).says(&[&format!("run {id} has left nothing on target `lake`")]);
    scene.cleanup(&["no run"]).exits(2).says(&["is not a run id"]);
}

#[test]
fn what_is_kept_is_told_with_the_command_that_removes_it_and_stays_until_then() {
    let suite = LEAVES.replace("      - stepfunctions.run: {state_machine: sleep}\n", "");
    let scene = Scene::of(&suite);
    let ran = scene.scratch.shakedown(&["run", "suites/a.yaml", "--target", "lake", "--keep"]).exits(0);
    let id = scene.run_id();
    let command = format!("shakedown cleanup {id} --target lake");
    let ran = ran.says(&[&format!("kept: s3://things/{id}/raw"), &command]);
    assert_eq!(of_kind(&ran.events, "cleaned_up").count(), 0);
    scene.next("lake").exits(0);
    scene.cleanup(&[]).exits(0).says(&["nothing to clean up"]);
    assert_eq!(scene.holds().objects.iter().filter(|object| object.starts_with("things/")).count(), 4);
    scene.cleanup(&["--kept", "--dry-run"]).exits(0).says(&["kept what it created", "5 things to be cleaned up"]);
    scene.cleanup(&[&id]).exits(0).says(&["5 cleaned up, 0 left over"]);
    assert_eq!(scene.holds(), Holding::default());
    let refused = scene.scratch.shakedown(&["run", "suites/a.yaml", "--target", "strict", "--keep"]);
    refused.exits(2).says(&["refused: target `strict` forbids --keep"]);
}

#[test]
fn what_cannot_be_done_is_said_every_time_until_it_is_taken_off_the_record() {
    let suite = r#"
suite: leaves
cases:
  - case: a
    id: a
    steps:
      - id: hangs
        exec.run: {command: [sleep, "1000"], effect: execute}
        undo: {exec.run: {command: [echo, "{{ steps.hangs.stdout }}"], effect: execute}}
"#;
    let scene = Scene::of(suite);
    let id = scene.killed("lake", "sleep");
    let sleeps = || processes_of(&scene.scratch).iter().any(|process| process.contains("sleep 1000"));
    assert!(sleeps(), "the command outlives the run");
    for _ in 0..2 {
        let ran = scene.next("lake").exits(5);
        ran.says(&["undo of hangs: exec.run was not done: its arguments were not known when the run died", "--forget"]);
        assert!(!sleeps());
    }
    scene.cleanup(&[]).exits(5).says(&["LEFT OVER  undo of hangs: exec.run", "0 cleaned up, 1 left over"]);
    scene.cleanup(&[&id, "--forget"]).exits(0).says(&["1 thing off the record"]);
    scene.next("lake").exits(0);
    assert_eq!(scene.holds(), Holding::default());
}

#[test]
fn cleanup_does_no_more_than_the_target_allows() {
    let scene = Scene::of(LEAVES);
    let id = scene.killed("lake", "-long-");
    let project = std::fs::read_to_string(scene.scratch.root().join("shakedown.yaml")).unwrap();
    let restricted = project.replacen("allow: [read, execute, write, destroy]", "allow: [read]", 1);
    std::fs::write(scene.scratch.root().join("shakedown.yaml"), restricted).unwrap();
    scene
        .cleanup(&[&id])
        .exits(5)
        .says(&["refused: it needs `write`, the target allows [read]", "0 cleaned up, 6 left over"]);
    assert_eq!(scene.holds().running.len(), 1);
    std::fs::write(scene.scratch.root().join("shakedown.yaml"), project).unwrap();
    scene.cleanup(&[&id]).exits(0);
    assert_eq!(scene.holds(), Holding::default());
}

#[test]
fn nothing_outlives_the_embedded_sandbox() {
    let scratch = Scratch::new();
    scratch.shakedown(&["cleanup"]).exits(0).says(&["nothing to clean up: the embedded sandbox ends with its run"]);
}
