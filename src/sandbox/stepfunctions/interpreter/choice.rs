//! Choice states.

use super::super::{
    machine::{ChoiceRule, ChoiceState},
    template::Template,
};
use super::failure::Failure;
use super::frame::Frame;
use super::outcome::Outcome;

impl Frame<'_> {
    /// A Choice state: the first rule that matches, or the default.
    pub fn choose(&self, choice: &ChoiceState) -> Result<Outcome, Failure> {
        let input = self.selected_input()?;
        let rule = self.first_match(&choice.rules, &input)?;
        let next = rule.map(|rule| &rule.next).or(choice.default.as_ref());
        let Some(next) = next else {
            return Err(
                self.runtime("Failed to transition out of the state. The state does not point to a next state.")
            );
        };
        let assign = match rule {
            Some(rule) => rule.assign.as_ref(),
            None => self.state.data.assign.as_ref(),
        };
        let assigned = self.assigned(assign.map(|assign: &Template| assign), &input)?;
        Ok(Outcome { output: self.output(input)?, assigned, next: Some(next.clone()) })
    }

    fn first_match<'r>(
        &self,
        rules: &'r [ChoiceRule],
        input: &serde_json::Value,
    ) -> Result<Option<&'r ChoiceRule>, Failure> {
        for rule in rules {
            if rule.rule.matches(input, &self.context).map_err(|error| self.path_failure(&error))? {
                return Ok(Some(rule));
            }
        }
        Ok(None)
    }
}
