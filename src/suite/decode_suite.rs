//! One suite, from its node to the model.

use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Problem, Span, did_you_mean};
use crate::event::Effect;
use crate::expect::Files;
use crate::target::{Project, Target};
use crate::yaml::Node;
use crate::yaml::field::{Fields, check};

use super::context::{CASE_LIMIT, Context, Part};
use super::model::{Case, Step, Suite};
use super::names::View;
use super::outline::Outline;
use super::table::SUITE;
use super::uses::{Drafts, settle};
use super::{decode_case, decode_step, keys, needs, unique, vars, waiting};

/// Decodes a suite. All problems are collected; with an error among them the suite that comes back, if any, is not to be used.
pub(super) fn decode(
    node: &Node,
    path: &Path,
    project: &Project,
    files: &Files,
    problems: &mut Vec<Problem>,
) -> Option<Suite> {
    if node.is_null() {
        problems.push(empty(node));
        return None;
    }
    check(node, &SUITE, problems);
    keys::check(node, problems);
    node.as_map()?;
    let fields = Fields::new(node, &SUITE);
    let context = Context {
        project,
        targets: targets(&fields, project, problems),
        promise: promise(&fields),
        files: files.clone(),
        outline: Outline::read(node),
    };
    check_whole(&fields, &context, problems);
    let mut view = View::new(&context);
    let vars = vars::decode(fields.map("vars"), &mut view, before_cases, problems);
    let mut drafts = Drafts {
        setup: decode_step::list(fields.list("setup"), Part::Setup, &view, problems),
        cases: cases(&fields, &view, problems),
        cleanup: decode_step::list(fields.list("cleanup"), Part::Cleanup, &view, problems),
    };
    settle(&mut drafts, &context.outline);
    let entry = fields.entry("suite")?;
    Some(Suite {
        name: entry.value.as_text()?.to_owned(),
        span: entry.key.span.clone(),
        path: path.to_path_buf(),
        description: fields.text("description").map(str::to_owned),
        tags: decode_case::tags(&fields, &project.tags, problems),
        targets: fields.has("targets").then(|| texts(&fields, "targets")),
        effects: context.promise.map(|(effects, _)| effects),
        timeout: waiting::timeout(&fields, problems),
        vars,
        setup: shared(drafts.setup),
        cases: drafts.cases.into_iter().map(|(case, steps)| Arc::new(Case { steps: shared(steps), ..case })).collect(),
        cleanup: shared(drafts.cleanup),
    })
}

/// What the suite's variables can see.
fn before_cases<'a>(view: &View<'a>) -> View<'a> {
    view.before_steps("`vars`").without_matrix("`matrix` is not in scope here: it belongs to a case")
}

fn shared(steps: Vec<Step>) -> Vec<Arc<Step>> {
    steps.into_iter().map(Arc::new).collect()
}

fn empty(node: &Node) -> Problem {
    Problem::error("the file is empty", &node.span).with_help("a suite has at least `suite: NAME` and `cases:`")
}

fn texts(fields: &Fields<'_>, name: &str) -> Vec<String> {
    fields.texts(name).into_iter().map(|(text, _)| text.to_owned()).collect()
}

fn promise(fields: &Fields<'_>) -> Option<(Vec<Effect>, Span)> {
    let entry = fields.entry("effects")?;
    let effects = fields.texts("effects").into_iter().filter_map(|(name, _)| Effect::from_name(name)).collect();
    Some((effects, entry.value.span.clone()))
}

/// The targets that `targets` names; all of the project's without it.
fn targets<'p>(fields: &Fields<'_>, project: &'p Project, problems: &mut Vec<Problem>) -> Vec<&'p Target> {
    let Some(entry) = fields.entry("targets") else { return project.targets.values().collect() };
    if entry.value.as_list().is_some_and(<[_]>::is_empty) {
        let problem = Problem::error("`targets` is empty: the suite could run nowhere", &entry.value.span);
        problems.push(problem.with_help("name targets of the project file, or remove the key to run everywhere"));
    }
    let names = || project.targets.keys().map(String::as_str);
    let mut found = Vec::new();
    for (name, span) in fields.texts("targets") {
        if let Some(target) = project.targets.get(name) {
            found.push(target);
            continue;
        }
        let problem = Problem::error(format!("the project has no target `{name}`"), span);
        problems.push(match did_you_mean(name, names()) {
            Some(near) => problem.with_help(format!("did you mean `{near}`?")),
            None => problem.with_help(format!("its targets are {}", names().collect::<Vec<_>>().join(", "))),
        });
    }
    found
}

/// What is checked on the suite as a whole.
fn check_whole(fields: &Fields<'_>, context: &Context<'_>, problems: &mut Vec<Problem>) {
    if let Some(entry) = fields.entry("datasets") {
        problems.push(Problem::error("`datasets` is not supported by this version", &entry.key.span));
    }
    if let Some(entry) =
        fields.entry("suite").filter(|entry| entry.value.as_text().is_some_and(|name| name.trim().is_empty()))
    {
        problems.push(Problem::error("the suite has an empty name", &entry.value.span));
    }
    if let Some(entry) = fields.entry("cases").filter(|entry| entry.value.as_list().is_some_and(<[_]>::is_empty)) {
        let problem = Problem::error("the suite has no cases", &entry.key.span);
        problems.push(problem.with_help("a suite that judges nothing would be green: add a case, or remove the file"));
    }
    needs::check(&context.outline, problems);
}

fn cases(fields: &Fields<'_>, view: &View<'_>, problems: &mut Vec<Problem>) -> Vec<(Case, Vec<Step>)> {
    let nodes = fields.node("cases").and_then(Node::as_list).unwrap_or(&[]);
    if let Some(first_too_many) = nodes.get(CASE_LIMIT) {
        let problem = Problem::error(format!("more than {CASE_LIMIT} cases in one suite"), &first_too_many.span);
        problems.push(problem.with_help("use a `matrix`, or several suites"));
    }
    let of = |key: &'static str| {
        nodes.iter().filter_map(move |node| Some((node.get(key)?.as_text()?, &node.get(key)?.span)))
    };
    for (id, span) in of("id") {
        unique::check_not_reserved("case", id, span, problems);
    }
    unique::check("the case id", of("id"), problems);
    unique::check("the case name", of("case"), problems);
    let decode = |(index, node)| decode_case::decode(node, index, view, problems);
    nodes.iter().take(CASE_LIMIT).enumerate().filter_map(decode).collect()
}
