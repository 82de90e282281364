//! What a step does to the account, as far as that is known at check, and the suite's promise about it.

use indexmap::IndexMap;

use crate::actions::{Action, Arguments, EffectRule, Spec};
use crate::diagnostic::{Problem, Span};
use crate::event::Effect;
use crate::expr::{Part, Spanned, Template};
use crate::value::Value;

use super::context::Context;

/// What stands for a template while the text around it is judged: a name in SQL, inside quotes a text.
const PLACEHOLDER: &str = "x";

/// The effect of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// This one.
    Is(Effect),
    /// It depends on a template as a whole.
    NotYet,
    /// It cannot be told, and that was reported.
    Broken,
}

/// The effect of an action with these arguments.
pub(super) fn of(
    action: &dyn Action,
    arguments: &IndexMap<String, Spanned>,
    at: &Span,
    problems: &mut Vec<Problem>,
) -> Known {
    let decisive = match action.spec().effect {
        EffectRule::Always(effect) => return Known::Is(effect),
        EffectRule::BySql(name) | EffectRule::Declared(name) => name,
    };
    match arguments.get(decisive).map(|argument| &argument.template) {
        None => return Known::Broken,
        Some(Template::Expression(_)) => return Known::NotYet,
        Some(_) => {}
    }
    let values = arguments.iter().map(|(name, argument)| (name.clone(), (stand_in(argument), argument.span.clone())));
    match action.effect(&Arguments::new(values.collect())) {
        Ok(effect) => Known::Is(effect),
        Err(error) => {
            let problem = Problem::error(format!("`{decisive}`: {}", error.message), error.span.as_ref().unwrap_or(at));
            problems.push(match error.help {
                Some(help) => problem.with_help(help),
                None => problem,
            });
            Known::Broken
        }
    }
}

/// The argument that holds SQL, if the action has one.
pub(super) const fn sql_argument(spec: &Spec) -> Option<&'static str> {
    if let EffectRule::BySql(name) = spec.effect { Some(name) } else { None }
}

/// A template with placeholders for its expressions.
pub fn stand_in(template: &Spanned) -> Value {
    match &template.template {
        Template::Literal(value) => value.clone(),
        Template::Expression(_) => Value::text(PLACEHOLDER),
        Template::Text(parts) => Value::Text(parts.iter().map(part).collect()),
        Template::List(items) => Value::List(items.iter().map(stand_in).collect()),
        Template::Map(entries) => Value::map(entries.iter().map(|(key, value)| (key.text.as_str(), stand_in(value)))),
    }
}

fn part(part: &Part) -> &str {
    match part {
        Part::Text(text) => text,
        Part::Expression(_) => PLACEHOLDER,
    }
}

/// Holds a step to the suite's promise.
pub(super) fn check_promise(effect: Known, at: &Span, context: &Context<'_>, problems: &mut Vec<Problem>) {
    let Some((promised, place)) = &context.promise else { return };
    match effect {
        Known::Is(effect) if !promised.contains(&effect) => {
            let name = effect.name();
            let problem =
                Problem::error(format!("this step needs `{name}`, which the suite's `effects` do not promise"), at);
            problems.push(
                problem
                    .with_related(place, "the promise")
                    .with_help(format!("add `{name}` to `effects`, or remove the step")),
            );
        }
        Known::NotYet if Effect::ALL.iter().any(|effect| !promised.contains(effect)) => {
            let problem = Problem::error("what this step does is not known yet, so `effects` cannot be promised", at);
            let problem = problem.with_related(place, "the promise");
            problems.push(
                problem.with_help("write the statement's first words into the suite, with templates behind them"),
            );
        }
        Known::Is(_) | Known::NotYet | Known::Broken => {}
    }
}
