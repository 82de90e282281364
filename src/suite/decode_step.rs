//! A list of steps.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::actions::{ACTIONS, Action, Spec, Uses, action};
use crate::diagnostic::{Problem, did_you_mean};
use crate::expect::{Expectation, OutputFields};
use crate::expr::{Expression, Spanned};
use crate::yaml::field::{Fields, check};
use crate::yaml::{Entry, Kind, Node};

use super::context::{Part, STEP_LIMIT};
use super::effects::{self, Known};
use super::model::Step;
use super::names::{View, quoted};
use super::outline::OutlinedStep;
use super::table::COMMON;
use super::{arguments, fixtures, phases, unawaited, unique, uses, vars, waiting};

/// Actions that the language has and this version has not.
const LATER: [&str; 3] = ["postgres.query", "data.check", "data.reconcile"];

/// Decodes the steps of a list, each seeing those before it.
pub(super) fn list(nodes: &[Node], part: Part, base: &View<'_>, problems: &mut Vec<Problem>) -> Vec<Step> {
    let mut view = base.steps(part);
    check_ids(nodes, problems);
    let mut steps = Vec::new();
    for (index, (node, outlined)) in nodes.iter().zip(outlined(&view, part)).take(STEP_LIMIT).enumerate() {
        let step = one(node, &format!("step-{}", index + 1), &view, problems);
        view.add_step(outlined);
        if let Some(mut step) = step {
            step.undo = undo(node, &step, part, &view, problems).map(Arc::new);
            steps.push(step);
        }
    }
    unawaited::check(&steps, problems);
    steps
}

fn outlined<'a>(view: &View<'a>, part: Part) -> &'a [OutlinedStep] {
    let outline = &view.context.outline;
    match part {
        Part::Setup => &outline.setup,
        Part::Case(index) => outline.cases.get(index).map_or(&[], |case| &case.steps),
        Part::Cleanup => &outline.cleanup,
    }
}

fn check_ids(nodes: &[Node], problems: &mut Vec<Problem>) {
    if let Some(first_too_many) = nodes.get(STEP_LIMIT) {
        let problem = Problem::error(format!("more than {STEP_LIMIT} steps in one list"), &first_too_many.span);
        problems.push(problem.with_help("make several cases of them"));
    }
    let ids: Vec<_> =
        nodes.iter().filter_map(|node| Some((node.get("id")?.as_text()?, &node.get("id")?.span))).collect();
    for (id, span) in &ids {
        unique::check_not_reserved("step", id, span, problems);
    }
    unique::check("the step id", ids, problems);
    let captures = nodes.iter().filter_map(|node| node.get("capture")?.as_map()).flatten();
    unique::check("the capture", captures.map(|entry| (entry.key.text.as_str(), &entry.key.span)), problems);
}

/// One step without its undo.
fn one(node: &Node, default_id: &str, view: &View<'_>, problems: &mut Vec<Problem>) -> Option<Step> {
    let Some(entries) = node.as_map() else {
        let problem = Problem::error(format!("a step must be a mapping, and this is {}", node.describe()), &node.span);
        problems.push(problem.with_help("write an action with its arguments: `- s3.object: \"s3://bucket/key\"`"));
        return None;
    };
    check(&common_part(node, entries), &COMMON, problems);
    let (entry, action) = find_action(node, entries, problems)?;
    Some(decode(&Fields::new(node, &COMMON), entry, action, default_id, view, problems))
}

/// The step without its action, which the table of common keys does not know.
fn common_part(node: &Node, entries: &[Entry]) -> Node {
    let is_common = |entry: &&Entry| COMMON.field(&entry.key.text).is_some();
    Node { span: node.span.clone(), kind: Kind::Map(entries.iter().filter(is_common).cloned().collect()) }
}

/// The one action of a step. Other keys that are not common ones are problems, each with a message of its own.
fn find_action<'n>(
    node: &Node,
    entries: &'n [Entry],
    problems: &mut Vec<Problem>,
) -> Option<(&'n Entry, &'static dyn Action)> {
    let mut found: Option<(&Entry, &'static dyn Action)> = None;
    let mut meant = false;
    for entry in entries.iter().filter(|entry| COMMON.field(&entry.key.text).is_none()) {
        match (action(&entry.key.text), found) {
            (Some(action), None) => found = Some((entry, action)),
            (Some(_), Some((first, _))) => problems.push(two_actions(first, entry)),
            (None, _) => {
                let (problem, is_action) = unknown_key(entry);
                problems.push(problem);
                meant |= is_action;
            }
        }
    }
    if found.is_none() && !meant {
        let place = entries.first().map_or(&node.span, |entry| &entry.key.span);
        problems.push(
            Problem::error("this step has no action", place).with_help(format!("the actions are {}", action_names())),
        );
    }
    found
}

fn action_names() -> String {
    quoted(&ACTIONS.iter().map(|action| action.spec().name).collect::<Vec<_>>())
}

fn two_actions(first: &Entry, second: &Entry) -> Problem {
    let message = format!("a step has one action, and `{}` is a second one", second.key.text);
    Problem::error(message, &second.key.span)
        .with_related(&first.key.span, "the first one")
        .with_help("make two steps of them: begin the second one with `- `")
}

/// The problem with a key, and whether an action was meant by it.
fn unknown_key(entry: &Entry) -> (Problem, bool) {
    let key = entry.key.text.as_str();
    let names = || ACTIONS.iter().map(|action| action.spec().name);
    if LATER.contains(&key) {
        return (Problem::error(format!("`{key}` is not supported by this version"), &entry.key.span), true);
    }
    if key.contains('.') {
        let problem = Problem::error(format!("unknown action `{key}`"), &entry.key.span);
        let problem = match did_you_mean(key, names().chain(LATER)) {
            Some(near) => problem.with_help(format!("did you mean `{near}`?")),
            None => problem.with_help(format!("the actions are {}", action_names())),
        };
        return (problem, true);
    }
    let problem = Problem::error(format!("unknown key `{key}` in step"), &entry.key.span);
    let common: Vec<&str> = COMMON.fields.iter().map(|field| field.name).collect();
    // `athena_query` is nearer to an action than to any key.
    let action = did_you_mean(&key.replace('_', "."), names());
    match did_you_mean(key, common.iter().copied()).or(action) {
        Some(near) => (problem.with_help(format!("did you mean `{near}`?")), near.contains('.')),
        None => (problem.with_help(format!("the keys here are an action and {}", quoted(&common))), false),
    }
}

fn decode(
    fields: &Fields<'_>,
    entry: &Entry,
    action: &'static dyn Action,
    default_id: &str,
    view: &View<'_>,
    problems: &mut Vec<Problem>,
) -> Step {
    let spec = action.spec();
    let (arguments, effect) = acts(entry, action, view, problems);
    let name = fields.node("name").map(|node| Spanned::compile(node, problems));
    view.check(&name.iter().flat_map(Spanned::expressions).collect::<Vec<_>>(), problems);
    let bare = view.with_output(spec);
    let mut step = Step {
        id: fields.text("id").unwrap_or(default_id).to_owned(),
        named: fields.has("id"),
        name,
        span: entry.key.span.clone(),
        action,
        arguments,
        expectations: expectations(entry, spec, view, problems),
        earlier: waiting::earlier(entry, spec, view, problems),
        expect: expect(fields, spec, view, problems),
        that: that(fields, &bare, problems),
        capture: capture(fields, &bare, problems),
        timeout: waiting::timeout(fields, problems),
        retry: waiting::retry(fields, problems),
        eventually: waiting::eventually(fields, view, problems),
        consistently: waiting::consistently(fields, problems),
        fail_when: condition(fields, "fail_when", &bare, problems),
        when: condition(fields, "when", view, problems),
        continue_on_failure: fields.boolean("continue_on_failure").unwrap_or(false),
        undo: None,
        uses: Uses::default(),
    };
    step.uses = uses::own(&step);
    waiting::check(&step, fields, effect, problems);
    check_judged(fields, &step, problems);
    step
}

/// What the step does: its arguments with their names, phases and files checked, and its effect.
fn acts(
    entry: &Entry,
    action: &'static dyn Action,
    view: &View<'_>,
    problems: &mut Vec<Problem>,
) -> (IndexMap<String, Spanned>, Known) {
    let (spec, before) = (action.spec(), problems.len());
    let arguments = arguments::decode(entry, spec, problems);
    let effect = if problems.len() > before {
        Known::Broken
    } else {
        effects::of(action, &arguments, &entry.key.span, problems)
    };
    effects::check_promise(effect, &entry.key.span, view.context, problems);
    for (name, template) in &arguments {
        let Some(field) = spec.arguments.field(name) else { continue };
        let allowed = phases::allowed(spec, field, effect);
        view.check_in_phase(name, template, allowed, problems);
    }
    fixtures::check(spec, &arguments, &view.context.project.root, problems);
    (arguments, effect)
}

/// Arguments that are held against something.
fn expectations(
    entry: &Entry,
    spec: &'static Spec,
    view: &View<'_>,
    problems: &mut Vec<Problem>,
) -> IndexMap<String, Expectation> {
    let expectations = arguments::expectations(entry, spec, &view.context.files, problems);
    let templates = expectations.values().flat_map(Expectation::templates);
    view.check(&templates.flat_map(Spanned::expressions).collect::<Vec<_>>(), problems);
    expectations
}

/// `expect:`. That AWS refuses can be expected of every action.
fn expect(fields: &Fields<'_>, spec: &Spec, view: &View<'_>, problems: &mut Vec<Problem>) -> Option<Expectation> {
    let refusal = ("aws_error", "The code of AWS's refusal.");
    let outputs = OutputFields::new(spec.outputs.iter().map(|output| (output.name, output.doc)).chain([refusal]));
    let expect = Expectation::compile(fields.node("expect")?, &outputs, &view.context.files, problems);
    view.check(&expect.templates().into_iter().flat_map(Spanned::expressions).collect::<Vec<_>>(), problems);
    Some(expect)
}

/// `that:`, one expression or a list of them.
fn that(fields: &Fields<'_>, bare: &View<'_>, problems: &mut Vec<Problem>) -> Vec<Expression> {
    let Some(entry) = fields.entry("that") else { return Vec::new() };
    let nodes = entry.value.as_list().unwrap_or_else(|| std::slice::from_ref(&entry.value));
    if nodes.is_empty() {
        let problem = Problem::error("`that` is empty, so it judges nothing", &entry.value.span);
        problems.push(problem.with_help("write an expression, or remove the key"));
    }
    let expressions: Vec<Expression> = nodes.iter().filter_map(|node| one_of_that(node, problems)).collect();
    bare.check(&expressions.iter().collect::<Vec<_>>(), problems);
    expressions
}

fn one_of_that(node: &Node, problems: &mut Vec<Problem>) -> Option<Expression> {
    let Some(text) = node.as_text() else {
        let message = format!("`that` must be an expression or a list of them, and this is {}", node.describe());
        let problem = Problem::error(message, &node.span);
        problems.push(problem.with_help("for instance `that: row_count > 0`; write it in quotes if YAML misreads it"));
        return None;
    };
    Expression::compile(text, &node.span).map_err(|problem| problems.push(problem)).ok()
}

/// `capture:`, each value seeing the ones above it.
fn capture(fields: &Fields<'_>, bare: &View<'_>, problems: &mut Vec<Problem>) -> IndexMap<String, Expression> {
    let mut view = bare.clone();
    let mut captures = IndexMap::new();
    for Entry { key, value } in fields.map("capture") {
        vars::check_name(key, "a capture", problems);
        if let Some(expression) = expression(value, problems) {
            view.check(&[&expression], problems);
            captures.insert(key.text.clone(), expression);
        }
        view.add_capture(&key.text);
    }
    captures
}

/// A condition: `when`, `fail_when`.
pub(super) fn condition(
    fields: &Fields<'_>,
    name: &str,
    view: &View<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Expression> {
    let expression = expression(fields.node(name)?, problems)?;
    view.check(&[&expression], problems);
    Some(expression)
}

/// An expression; what is none (a template, a mapping) was reported with the structure.
fn expression(node: &Node, problems: &mut Vec<Problem>) -> Option<Expression> {
    let text = node.as_text().filter(|text| !node.is_template() && !text.trim().is_empty())?;
    Expression::compile(text, &node.span).map_err(|problem| problems.push(problem)).ok()
}

/// That a step judges something, if its action has no default expectation. What is wrong in `expect` or `that` was said.
fn check_judged(fields: &Fields<'_>, step: &Step, problems: &mut Vec<Problem>) {
    let spec = step.action.spec();
    if spec.expect_required && !fields.has("expect") && !fields.has("that") {
        let problem = Problem::error(format!("`{}` without `expect` or `that` judges nothing", spec.name), &step.span);
        problems.push(problem.with_help("say what is expected, for instance `expect: {count: {gte: 1}}`"));
    }
}

/// `undo:`, one step that sees what this one yielded.
fn undo(node: &Node, step: &Step, part: Part, view: &View<'_>, problems: &mut Vec<Problem>) -> Option<Step> {
    let entry = node.entry("undo")?;
    if part == Part::Cleanup {
        let problem = Problem::error("`undo` has no meaning in `cleanup`", &entry.key.span);
        problems.push(problem.with_help("write the step into `cleanup` itself"));
    }
    if entry.value.as_list().is_some() {
        let problem = Problem::error("`undo` is one step, and this is a list", &entry.value.span);
        problems.push(problem.with_help("write the step without `- `; more belongs into `cleanup`"));
        return None;
    }
    if let Some(nested) = entry.value.entry("undo") {
        problems.push(Problem::error("an `undo` cannot have an `undo`", &nested.key.span).with_help("remove it"));
    }
    one(&entry.value, &format!("{}-undo", step.id), view, problems)
}
