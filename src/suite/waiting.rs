//! `retry`, `eventually` and `consistently`.

use std::time::Duration;

use crate::diagnostic::{Problem, Span, did_you_mean};
use crate::event::Effect;
use indexmap::IndexMap;

use crate::actions::Spec;
use crate::yaml::Entry;
use crate::yaml::field::{Fields, Shape};

use super::effects::Known;
use super::model::{Consistently, Eventually, Retry, RetryOn, Step};
use super::names::View;
use super::table::{CONSISTENTLY, EVENTUALLY, RETRY};

/// `retry:`.
pub(super) fn retry(step: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<Retry> {
    let fields = step.table("retry").map(|fields| Fields::new(fields.node, &RETRY))?;
    let on: Vec<RetryOn> = if fields.has("on") {
        fields.texts("on").into_iter().filter_map(|(word, _)| retry_on(word)).collect()
    } else {
        vec![RetryOn::Throttled, RetryOn::Infrastructure]
    };
    if fields.node("on").and_then(|node| node.as_list()).is_some_and(<[_]>::is_empty) {
        let problem = Problem::error("`on` is empty: nothing would be repeated", fields.span_of("on"));
        problems.push(problem.with_help("name what is repeated, or remove `retry`"));
    }
    let attempts = u32::try_from(fields.integer("attempts")?).ok()?;
    Some(Retry { attempts, on, delay: fields.duration("delay")? })
}

fn retry_on(word: &str) -> Option<RetryOn> {
    match word {
        "throttled" => Some(RetryOn::Throttled),
        "infrastructure" => Some(RetryOn::Infrastructure),
        "failure" => Some(RetryOn::Failure),
        _ => None,
    }
}

/// `eventually:`, a mapping or just its time.
pub(super) fn eventually(step: &Fields<'_>, view: &View<'_>, problems: &mut Vec<Problem>) -> Option<Eventually> {
    let node = step.node("eventually")?;
    if node.as_map().is_none() {
        let within = step.duration("eventually")?;
        not_zero(within, &node.span, problems);
        return Some(Eventually { within, every: None, since: None });
    }
    let fields = Fields::new(node, &EVENTUALLY);
    let since = fields.text("since").map(|id| (id.to_owned(), fields.span_of("since")));
    if let Some((id, span)) = &since {
        check_since(id, span, view, problems);
    }
    let within = fields.duration("timeout")?;
    not_zero(within, fields.span_of("timeout"), problems);
    if let Some(every) = fields.duration("every") {
        not_zero(every, fields.span_of("every"), problems);
    }
    Some(Eventually { within, every: fields.duration("every"), since: since.map(|(id, _)| id) })
}

/// The earlier steps that an action's arguments name.
pub(super) fn earlier(
    entry: &Entry,
    spec: &Spec,
    view: &View<'_>,
    problems: &mut Vec<Problem>,
) -> IndexMap<String, String> {
    let named = spec.arguments.fields.iter().filter(|field| matches!(field.shape, Shape::Step));
    let given = named.filter_map(|field| Some((field.name, entry.value.get(field.name)?)));
    given
        .filter_map(|(name, node)| {
            let id = node.as_text().filter(|_| !node.is_template())?;
            check_since(id, &node.span, view, problems);
            Some((name.to_owned(), id.to_owned()))
        })
        .collect()
}

/// `timeout:` of a suite, a case or a step: nothing can be done in no time.
pub(super) fn timeout(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<Duration> {
    let timeout = fields.duration("timeout")?;
    not_zero(timeout, fields.span_of("timeout"), problems);
    Some(timeout)
}

fn not_zero(duration: Duration, span: &Span, problems: &mut Vec<Problem>) {
    if duration.is_zero() {
        problems.push(
            Problem::error("this duration must be longer than nothing", span).with_help("write for instance `5m`"),
        );
    }
}

fn check_since(id: &str, span: &Span, view: &View<'_>, problems: &mut Vec<Problem>) {
    let began = view.began();
    if began.contains(id) {
        return;
    }
    let problem = Problem::error(format!("`since` names no earlier step: `{id}`"), span);
    problems.push(match did_you_mean(id, began.into_iter()) {
        Some(near) => problem.with_help(format!("did you mean `{near}`?")),
        None => problem.with_help("name the `id` of a step above this one, in the same list or in `setup`"),
    });
}

/// `consistently:`.
pub(super) fn consistently(step: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<Consistently> {
    let fields = step.table("consistently").map(|fields| Fields::new(fields.node, &CONSISTENTLY))?;
    let (during, every) = (fields.duration("for")?, fields.duration("every")?);
    not_zero(during, fields.span_of("for"), problems);
    not_zero(every, fields.span_of("every"), problems);
    Some(Consistently { during, every })
}

/// The rules of waiting: only a read is repeated, there is something to judge, and `fail_when` has a wait to end.
pub(super) fn check(step: &Step, fields: &Fields<'_>, effect: Known, problems: &mut Vec<Problem>) {
    for key in ["eventually", "consistently"] {
        let Some(entry) = fields.entry(key) else { continue };
        if !matches!(effect, Known::Is(Effect::Read) | Known::Broken) {
            problems.push(not_a_read(key, &entry.key.span, step, effect));
        }
        let judges = step.expect.is_some() || !step.that.is_empty() || !step.action.spec().groups.is_empty();
        if !judges {
            let problem = Problem::error(format!("`{key}` has nothing to judge"), &entry.key.span);
            problems.push(problem.with_help("add `expect` or `that`"));
        }
    }
    if let Some(entry) = fields.entry("fail_when").filter(|_| !fields.has("eventually")) {
        let problem = Problem::error("`fail_when` without `eventually` has no meaning", &entry.key.span);
        problems.push(problem.with_help("it ends a wait: add `eventually`, or write the condition under `that`"));
    }
}

fn not_a_read(key: &str, span: &Span, step: &Step, effect: Known) -> Problem {
    let action = step.action.spec().name;
    let message = match effect {
        Known::Is(effect) => {
            format!("`{key}` repeats a read, and this `{action}` is of the effect `{}`", effect.name())
        }
        Known::NotYet | Known::Broken => {
            format!("`{key}` repeats a read, and whether this `{action}` is one is not known yet")
        }
    };
    Problem::error(message, span)
        .with_related(&step.span, "the action")
        .with_help("do it once in a step of its own, then read in a second one that has `eventually`")
}
