//! Pass and Succeed states.

use super::super::machine::PassState;
use super::failure::Failure;
use super::frame::Frame;
use super::outcome::Outcome;

impl Frame<'_> {
    /// A Pass state: its `Result`, or its effective input.
    pub fn pass(&self, pass: &PassState) -> Result<Outcome, Failure> {
        let input = self.effective_input()?;
        let result = pass.result.clone().unwrap_or(input);
        let assigned = self.assigned(self.state.data.assign.as_ref(), &result)?;
        Ok(Outcome::new(self.output(result)?, assigned))
    }

    /// A Succeed state: its input, filtered.
    pub fn succeed(&self) -> Result<Outcome, Failure> {
        let input = self.effective_input()?;
        Ok(Outcome::new(self.output(input)?, serde_json::Map::new()))
    }
}
