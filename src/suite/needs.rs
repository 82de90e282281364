//! `needs` between the cases of a suite: each known, none in a circle.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::diagnostic::{Problem, Span, did_you_mean};

use super::names::quoted;
use super::outline::{Outline, OutlinedCase};

/// Reports unknown needs and each circle once.
pub(super) fn check(outline: &Outline, problems: &mut Vec<Problem>) {
    let index = index_by_id(outline);
    for case in &outline.cases {
        let mut seen = HashSet::new();
        for (need, span) in &case.needs {
            if !seen.insert(need) {
                problems
                    .push(Problem::error(format!("`{need}` is needed twice"), span).with_help("remove one of them"));
            } else if !index.contains_key(need.as_str()) {
                problems.push(unknown(need, span, outline));
            }
        }
    }
    circles(&outline.cases, &index, problems);
}

fn index_by_id(outline: &Outline) -> HashMap<&str, usize> {
    let ids = outline.cases.iter().enumerate().rev();
    ids.filter_map(|(index, case)| Some((case.id.as_deref()?, index))).collect()
}

/// A case that there is not.
pub(super) fn unknown(id: &str, span: &Span, outline: &Outline) -> Problem {
    let problem = Problem::error(format!("no case of this suite has the id `{id}`"), span);
    if let Some(case) = outline.cases.iter().find(|case| case.name.as_deref() == Some(id)) {
        return problem.with_help(match &case.id {
            Some(id) => format!("a case is called by its id, which is `{id}`"),
            None => format!("a case is called by its id: give the case `{id}` one"),
        });
    }
    if let Some(near) = did_you_mean(id, outline.case_ids()) {
        return problem.with_help(format!("did you mean `{near}`?"));
    }
    let ids: BTreeSet<&str> = outline.case_ids().take(12).collect();
    problem.with_help(match ids.len() {
        0 => "no case has an `id` yet: give one to the case that is needed".to_owned(),
        _ => format!("the ids are {}", quoted(&ids.into_iter().collect::<Vec<_>>())),
    })
}

/// Takes away cases whose needs are all met, until only those in circles, or behind one, are left.
fn circles(cases: &[OutlinedCase], index: &HashMap<&str, usize>, problems: &mut Vec<Problem>) {
    let needs: Vec<Vec<usize>> = cases
        .iter()
        .map(|case| case.needs.iter().filter_map(|(id, _)| index.get(id.as_str()).copied()).collect())
        .collect();
    let mut wanted_by: Vec<Vec<usize>> = vec![Vec::new(); cases.len()];
    for (case, needs) in needs.iter().enumerate() {
        for need in needs {
            wanted_by[*need].push(case);
        }
    }
    let mut open: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut free: Vec<usize> = (0..cases.len()).filter(|case| open[*case] == 0).collect();
    while let Some(done) = free.pop() {
        for case in &wanted_by[done] {
            open[*case] -= 1;
            if open[*case] == 0 {
                free.push(*case);
            }
        }
    }
    let mut visited = HashSet::new();
    for start in (0..cases.len()).filter(|case| open[*case] > 0) {
        if let Some(circle) = walk(start, &needs, &open, &mut visited) {
            problems.extend(circle_problem(cases, &circle));
        }
    }
}

/// Follows needs that are not met until a case comes again; none if the way meets one that was walked before.
fn walk(start: usize, needs: &[Vec<usize>], open: &[usize], visited: &mut HashSet<usize>) -> Option<Vec<usize>> {
    let mut way = Vec::new();
    let mut case = start;
    while visited.insert(case) {
        way.push(case);
        case = needs[case].iter().copied().find(|need| open[*need] > 0)?;
    }
    let from = way.iter().position(|seen| *seen == case)?;
    Some(way.split_off(from))
}

fn circle_problem(cases: &[OutlinedCase], circle: &[usize]) -> Option<Problem> {
    let id = |case: usize| cases[case].id.clone().unwrap_or_default();
    let (first, last) = (*circle.first()?, *circle.last()?);
    let shown: Vec<String> = circle.iter().copied().chain([first]).map(id).collect();
    let closing = id(first);
    let (_, span) = cases[last].needs.iter().find(|(need, _)| *need == closing)?;
    let problem = Problem::error(format!("`needs` goes in a circle: {}", shown.join(" → ")), span);
    Some(problem.with_help("none of these cases could ever start: remove one of the needs"))
}
