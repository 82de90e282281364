//! Names of states that a suite expects, held against the machine's definition: a misspelt one would be absent for ever.

use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::actions::{ActionError, Call};
use crate::diagnostic::{Span, did_you_mean};
use crate::service::stepfunctions::parsed;

/// What a definition says of a state.
struct Known<'d> {
    is_map: bool,
    /// The distributed map that it lies in: its items run as executions of their own.
    within: Option<&'d str>,
}

/// Refuses names of states that the definition does not have.
pub(super) fn check(call: &Call<'_>, definition: &str) -> Result<(), ActionError> {
    let Some(expects) = call.expects else { return Ok(()) };
    let definition = parsed(definition);
    let mut known = IndexMap::new();
    collect(&definition, None, &mut known);
    let named = [expects.keys_of("states"), expects.elements_of("path"), expects.texts_of("caught", "state")];
    for (name, span) in named.concat() {
        exists(&known, name, span)?;
    }
    for (name, span) in expects.keys_of("maps") {
        exists(&known, name, span)?;
        if !known.get(name).is_some_and(|state| state.is_map) {
            let error = ActionError::invalid(format!("`{name}` is no Map state"), Some(span));
            let maps = known.iter().filter(|(_, state)| state.is_map).map(|(name, _)| format!("`{name}`"));
            let maps = maps.collect::<Vec<_>>().join(", ");
            return Err(
                error.with_help(format!("those of the machine: {}", if maps.is_empty() { "none" } else { &maps }))
            );
        }
    }
    Ok(())
}

fn exists(known: &IndexMap<&str, Known<'_>>, name: &str, span: &Span) -> Result<(), ActionError> {
    let Some(state) = known.get(name) else {
        let error = ActionError::invalid(format!("the state machine has no state `{name}`"), Some(span));
        let names = || known.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        return Err(match did_you_mean(name, known.keys().copied()) {
            Some(near) => error.with_help(format!("did you mean `{near}`?")),
            None => error.with_help(format!("its states are {}", names())),
        });
    };
    match state.within {
        Some(map) => Err(ActionError::invalid(
            format!("`{name}` runs in executions of their own, those of the items of the distributed map `{map}`"),
            Some(span),
        )
        .with_help(format!("judge `maps.{map}`, and what the items wrote"))),
        None => Ok(()),
    }
}

/// The states of a part of a definition, at any depth.
fn collect<'d>(part: &'d Json, within: Option<&'d str>, known: &mut IndexMap<&'d str, Known<'d>>) {
    let states = part.get("States").and_then(Json::as_object).into_iter().flatten();
    for (name, state) in states {
        let is_map = state.get("Type").is_some_and(|kind| kind == "Map");
        known.insert(name, Known { is_map, within });
        for processor in ["ItemProcessor", "Iterator"].iter().filter_map(|key| state.get(key)) {
            let mode = processor.pointer("/ProcessorConfig/Mode");
            let distributed = mode.is_some_and(|mode| mode == "DISTRIBUTED");
            collect(processor, within.or(distributed.then_some(name.as_str())), known);
        }
        let branches = state.get("Branches").and_then(Json::as_array).into_iter().flatten();
        branches.for_each(|branch| collect(branch, within, known));
    }
}
