//! Plans: what is selected, what it needs, and how shards divide it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use test_case::test_case;

use super::scene::planned;
use crate::event::CaseKey;
use crate::runner::{Plan, Selection, Shard, TagExpression};

const SUITES: [&str; 2] = [
    "suite: one
tags: [smoke]
cases:
  - case: load
    id: load
    steps: [{SH 'true'}]

  - case: '{{ matrix.country }} has orders'
    id: orders
    needs: [load]
    matrix: {country: [DE, FR]}
    steps: [{SH 'true'}]
  - {case: alone, id: alone, tags: [slow], steps: [{SH 'true'}]}
",
    "suite: two
cases:
  - {case: same, steps: [{SH 'true'}]}
  - {case: 'same {{ matrix.n }}', id: rows, matrix: {rows: [{n: 1, m: 1}, {n: 1, m: 2}]}, steps: [{SH 'true'}]}
",
];

fn keys(plan: &Plan) -> Vec<String> {
    plan.cases().map(|(_, case)| case.key.to_string()).collect()
}

fn key(suite: &str, case: &str, row: Option<usize>) -> CaseKey {
    CaseKey { suite: suite.into(), case: case.into(), row }
}

fn path(path: &str, line: Option<usize>) -> Selection {
    Selection { paths: vec![(path.into(), line)], ..Selection::default() }
}

fn text(text: &str) -> Selection {
    Selection { case: Some(text.into()), ..Selection::default() }
}

fn tags(text: &str) -> Selection {
    let known = ["smoke".to_owned(), "slow".to_owned()];
    Selection { tags: Some(TagExpression::parse(text, &known).unwrap()), ..Selection::default() }
}

fn only(keys: &[CaseKey]) -> Selection {
    Selection { only: Some(keys.to_vec()), ..Selection::default() }
}

#[test_case(&Selection::default(), &["one/load", "one/orders[0]", "one/orders[1]", "one/alone", "two/case-1", "two/rows[0]", "two/rows[1]"]; "everything")]
#[test_case(&path("suites/s1.yaml", None), &["one/load", "one/orders[0]", "one/orders[1]", "one/alone"]; "a file")]
#[test_case(&path("suites", None), &["one/load", "one/orders[0]", "one/orders[1]", "one/alone", "two/case-1", "two/rows[0]", "two/rows[1]"]; "a folder")]
#[test_case(&path("suites/s1.yaml", Some(4)), &["one/load"]; "the line of a case")]
#[test_case(&path("suites/s1.yaml", Some(12)), &["one/load", "one/orders[0]", "one/orders[1]"]; "the last line of a case and what it needs")]
#[test_case(&path("suites/s1.yaml", Some(13)), &["one/alone"]; "the next line is the next case")]
#[test_case(&path("suites/s1.yaml", Some(1)), &[]; "a line outside of all cases")]
#[test_case(&path("suites/s", None), &[]; "a part of a path is no path")]
#[test_case(&text("FR has"), &["one/load", "one/orders[1]"]; "the name of one row")]
#[test_case(&text("one/alone"), &["one/alone"]; "suite and id")]
#[test_case(&text("orders[0]"), &["one/load", "one/orders[0]"]; "the key of one row")]
#[test_case(&text("matrix.country"), &[]; "the template of a name is not its name")]
#[test_case(&tags("smoke && !slow"), &["one/load", "one/orders[0]", "one/orders[1]"]; "tags of suite and case")]
#[test_case(&only(&[key("one", "orders", Some(1))]), &["one/load", "one/orders[1]"]; "a case that was red keeps what it needs")]
#[test_case(&only(&[]), &[]; "nothing")]
#[test_case(&Selection { case: Some("has".into()), ..tags("slow") }, &[]; "every part narrows")]
fn a_selection_takes(selection: &Selection, expected: &[&str]) {
    assert_eq!(keys(&planned(&SUITES, "local", selection).unwrap()), expected);
}

#[test_case(&path("suites/s1.yaml", Some(1)), "none of 5 cases stands at suites/s1.yaml:1"; "the paths")]
#[test_case(&tags("smoke && slow && !smoke"), "none of 5 cases has tags for which --tag 'smoke && slow && !smoke' holds"; "the tags")]
#[test_case(&Selection { case: Some("has".into()), ..tags("slow") }, "none of 1 case has `has` in its name or key (--case)"; "the text")]
#[test_case(&Selection { case: Some("has".into()), ..only(&[key("one", "alone", None)]) }, "none of 2 cases was red in that run (--failed)"; "the list")]
#[test_case(&Selection { shard: Some(Shard { number: 3, of: 3 }), ..text("orders") }, "2 cases leave none for shard 3/3"; "the shard")]
fn a_selection_of_nothing_says_which_part_of_it_took_the_last_case(selection: &Selection, why: &str) {
    let plan = planned(&SUITES, "local", selection).unwrap();
    assert_eq!(
        (plan.cases().count(), plan.taken.why_nothing(selection)),
        (0, format!("the selection takes no case: {why}"))
    );
}

#[test]
fn what_is_added_is_told_with_the_reason() {
    assert_eq!(
        planned(&SUITES, "local", &text("FR has")).unwrap().notes,
        ["one/load runs too, because orders needs it"]
    );
    assert!(planned(&SUITES, "local", &Selection::default()).unwrap().notes.is_empty());
}

#[test]
fn names_are_unique_within_a_suite_and_do_not_depend_on_the_selection() {
    let names = |plan: Plan| plan.announced().into_iter().map(|case| case.name).collect::<Vec<_>>();
    let all = names(planned(&SUITES, "local", &path("suites/s2.yaml", None)).unwrap());
    assert_eq!(all, ["same", "same 1", "same 1 #2"]);
    assert_eq!(names(planned(&SUITES, "local", &only(&[key("two", "rows", Some(1))])).unwrap()), ["same 1 #2"]);
}

#[test]
fn a_suite_for_other_targets_is_skipped_even_if_its_variables_are_not_known_here() {
    let suite = "
suite: s
targets: [other]
vars: {all: '{{ target.countries }}'}
cases:
  - {case: 'in {{ matrix.c }}', id: a, matrix: {c: '{{ target.countries }}'}, steps: [{SH 'true'}]}
  - {case: b, id: b, needs: [a], steps: [{SH 'true'}]}
";
    let here = planned(&[suite], "local", &Selection::default()).unwrap();
    assert_eq!(keys(&here), ["s/a", "s/b"]);
    assert_eq!(here.suites[0].skip.as_deref(), Some("the suite runs on other only, not on local"));
    let there = planned(&[suite], "other", &Selection::default()).unwrap();
    assert_eq!(
        (keys(&there), there.suites[0].skip.is_none()),
        (vec!["s/a[0]".into(), "s/a[1]".into(), "s/b".into()], true)
    );
}

/// A suite of these cases: how many rows each has, and which of the earlier ones it needs.
fn suite(name: &str, cases: &[(usize, Vec<bool>)]) -> String {
    let mut text = format!("suite: {name}\ncases:\n");
    for (index, (rows, needs)) in cases.iter().enumerate() {
        let needed: Vec<String> =
            needs.iter().take(index).enumerate().filter(|(_, n)| **n).map(|(i, _)| format!("c{i}")).collect();
        let matrix = match rows {
            0 => String::new(),
            n => format!("matrix: {{n: [{}]}}, ", (0..*n).map(|i| i.to_string()).collect::<Vec<_>>().join(", ")),
        };
        // Templates that differ and can yield the same name.
        let name = match rows {
            0 => format!("case {index}"),
            _ => format!("'case {{{{ matrix.n + {index} - {index} }}}}'"),
        };
        let needed = needed.join(", ");
        let line = format!("  - {{case: {name}, id: c{index}, {matrix}needs: [{needed}], steps: [{{SH 'true'}}]}}\n");
        text.push_str(&line);
    }
    text
}

fn cases() -> impl Strategy<Value = Vec<(usize, Vec<bool>)>> {
    proptest::collection::vec((0usize..3, proptest::collection::vec(proptest::bool::weighted(0.25), 6)), 1..7)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn shards_hold_every_case_once_and_never_part_what_needs_each_other(one in cases(), two in cases(), of in 1usize..5) {
        let texts = [suite("one", &one), suite("two", &two)];
        let texts = [texts[0].as_str(), texts[1].as_str()];
        let all = planned(&texts, "local", &Selection::default()).unwrap();
        let mut shard_of: BTreeMap<CaseKey, usize> = BTreeMap::new();
        for number in 1..=of {
            let selection = Selection { shard: Some(Shard { number, of }), ..Selection::default() };
            for (_, case) in planned(&texts, "local", &selection).unwrap().cases() {
                prop_assert!(shard_of.insert(case.key.clone(), number).is_none(), "{} is in two shards", case.key);
            }
        }
        prop_assert_eq!(shard_of.len(), all.cases().count());
        for (_, case) in all.cases() {
            prop_assert!(case.needs.iter().all(|need| shard_of[need] == shard_of[&case.key]), "{} is parted", case.key);
        }
    }

    #[test]
    fn a_selection_is_closed_under_needs_and_holds_nothing_else(shape in cases(), pick in 0usize..7) {
        let text = suite("s", &shape);
        let all = planned(&[&text], "local", &Selection::default()).unwrap();
        let wanted: Vec<CaseKey> = all.cases().map(|(_, case)| case.key.clone()).skip(pick).take(1).collect();
        let some = planned(&[&text], "local", &only(&wanted)).unwrap();
        let kept: BTreeSet<&CaseKey> = some.cases().map(|(_, case)| &case.key).collect();
        let needs: BTreeSet<&CaseKey> = some.cases().flat_map(|(_, case)| &case.needs).chain(&wanted).collect();
        prop_assert_eq!(kept, needs);
        let names: BTreeSet<String> = all.announced().into_iter().map(|case| case.name).collect();
        prop_assert_eq!(names.len(), all.cases().count(), "names are unique");
    }
}
