//! The guard: what the target's rules say of the steps of a plan, before anything starts.

use std::fmt;

use crate::event::{Effect, Place};

use super::Target;

/// What one step needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Where the step stands.
    pub place: Place,
    /// Its case's name, or `setup`, `cleanup`.
    pub whose: String,
    /// `service.verb`.
    pub action: String,
    /// What it does.
    pub effect: Effect,
}

/// Steps that need more than the target allows. Its text lists every one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Refusal {
    target: String,
    allow: Vec<Effect>,
    refused: Vec<Need>,
    exec: bool,
}

/// Holds what steps need against what the target allows.
pub fn judge_needs(target: &Target, needs: &[Need]) -> Result<(), Refusal> {
    let too_much = |need: &&Need| !target.allow.contains(&need.effect) || (need.action == "exec.run" && !target.exec);
    let refused: Vec<Need> = needs.iter().filter(too_much).cloned().collect();
    if refused.is_empty() {
        return Ok(());
    }
    let exec = refused.iter().any(|need| need.action == "exec.run" && !target.exec);
    Err(Refusal { target: target.name.clone(), allow: target.allow.clone(), refused, exec })
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let allow: Vec<_> = self.allow.iter().map(|effect| effect.name()).collect();
        let (count, steps) = (self.refused.len(), if self.refused.len() == 1 { "step needs" } else { "steps need" });
        let (target, allow) = (&self.target, allow.join(", "));
        writeln!(f, "refused: {count} {steps} more than {target} allows ([{allow}]). Nothing was run.")?;
        let width = |text: fn(&Need) -> String| self.refused.iter().map(|n| text(n).chars().count()).max().unwrap_or(0);
        let (places, cases) = (width(|n| n.place.to_string()), width(|n| n.whose.clone()));
        let actions = width(|n| n.action.clone());
        for need in &self.refused {
            let (place, effect) = (need.place.to_string(), need.effect.name());
            writeln!(f, "  {place:places$}  {:cases$}  {:actions$}  {effect}", need.whose, need.action)?;
        }
        if self.exec {
            writeln!(
                f,
                "exec.run starts commands on this machine and is off; `exec: true` of the target turns it on."
            )?;
        }
        Ok(())
    }
}
