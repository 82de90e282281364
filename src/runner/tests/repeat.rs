//! Suites that are run several times.

use std::collections::BTreeSet;

use super::scene::{Ran, Scene};
use crate::event::{Exit, Kind, Outcome, RunId};
use crate::journal::red_cases;
use crate::runner::{PlanError, plan_repeated};

async fn repeated(times: usize, texts: &[&str]) -> Ran {
    Scene { repeat: times, ..Scene::new() }.run_all(texts).await
}

fn outcomes(ran: &Ran) -> Vec<String> {
    let mut all: Vec<String> = ran.outcomes().map(|(key, outcome)| format!("{key} {}", outcome.name())).collect();
    all.sort();
    all
}

#[tokio::test]
async fn a_suite_is_repeated_one_time_after_the_other_with_setup_cleanup_and_run_id_of_its_own() {
    let suite = "
suite: s
setup: [{exec.run: {effect: execute, command: [sh, -c, 'echo setup {{ run.id }} >> log']}}]
cases:
  - {case: a, id: a, steps: [{exec.run: {effect: execute, command: [sh, -c, 'echo a {{ run.id }} >> log']}}]}
cleanup: [{exec.run: {effect: execute, command: [sh, -c, 'sleep 0.1; echo cleanup {{ run.id }} >> log']}}]
";
    let ran = repeated(3, &[suite]).await;
    let expected =
        [1, 2, 3].map(|n| [format!("setup r1_{n}"), format!("a r1_{n}"), format!("cleanup r1_{n}")]).concat();
    assert_eq!((ran.log(), ran.exit), (expected, Exit::Green));
    assert_eq!(outcomes(&ran), ["s (1 of 3)/a passed", "s (2 of 3)/a passed", "s (3 of 3)/a passed"]);
}

#[tokio::test]
async fn needs_are_within_a_repetition_and_a_red_one_is_told_by_the_key_of_its_file() {
    let suite = "
suite: s
cases:
  - {case: a, id: a, steps: [{exec.run: {effect: read, command: [sh, -c, 'test {{ run.id }} != r1_2']}}]}
  - {case: b, id: b, needs: [a], steps: [{SH 'true'}]}
";
    let ran = repeated(3, &[suite]).await;
    let red = ["s (2 of 3)/a failed", "s (2 of 3)/b skipped"];
    assert!(red.iter().all(|line| outcomes(&ran).contains(&(*line).to_owned())), "{:?}", outcomes(&ran));
    assert_eq!(ran.outcomes().filter(|(_, outcome)| outcome.is_green()).count(), 4);
    let keys: Vec<String> = red_cases(&ran.events).iter().map(ToString::to_string).collect();
    assert_eq!((keys, ran.exit), (vec!["s/a".to_owned()], Exit::Failed));
}

#[tokio::test]
async fn what_a_repetition_starts_is_never_what_another_one_started() {
    let run = "stepfunctions.run: {state_machine: ends}";
    let suite = format!("{{suite: s, setup: [{{{run}}}], cases: [{{case: a, id: a, steps: [{{{run}}}]}}]}}");
    let ran = repeated(3, &[&suite]).await;
    let intended: Vec<&str> = ran
        .kinds()
        .filter_map(|kind| if let Kind::Intended { intent, .. } = kind { Some(intent.name.as_str()) } else { None })
        .collect();
    let unique: BTreeSet<&str> = intended.iter().copied().collect();
    assert_eq!((intended.len(), unique.len(), ran.exit), (6, 6, Exit::Green), "{intended:?}");
}

#[tokio::test]
async fn a_repetition_that_is_red_leaves_the_next_ones_alone_unless_max_fail_says_otherwise() {
    let suite = "{suite: s, cases: [{case: a, id: a, steps: [{SH 'echo . >> log; exit 1'}]}]}";
    assert_eq!(repeated(3, &[suite]).await.log().len(), 3);
    let mut scene = Scene { repeat: 3, ..Scene::new() };
    scene.options.max_fail = Some(2);
    let ran = scene.run(suite).await;
    assert_eq!((ran.log().len(), ran.exit), (2, Exit::Failed));
    let last = ran.outcomes().last().unwrap();
    let Outcome::Errored { findings } = last.1 else { panic!("{last:?}") };
    assert_eq!(findings[0].message, "not started: as many cases were red as --max-fail 2 allows");
}

#[test]
fn a_number_that_run_id_has_no_room_for_is_refused() {
    let (_root, project) = super::scene::project();
    let suites = super::scene::suites(&project, &["{suite: s, cases: [{case: a, steps: [{SH 'true'}]}]}"]);
    let mut facts = super::scene::facts(&project, "local");
    facts.id = RunId::new("20260116_120000_abcd").unwrap();
    let plan = |times| {
        let functions = super::scene::functions(&project);
        plan_repeated(&suites, &facts, &functions, &crate::runner::Selection::default(), times)
    };
    assert_eq!(plan(2).unwrap().cases().count(), 2);
    assert!(matches!(plan(10_000), Err(PlanError::Selection(_))));
}
