//! Fail states.

use super::super::machine::{ErrorText, FailState};
use super::failure::Failure;
use super::frame::Frame;

impl Frame<'_> {
    /// The failure that a Fail state asks for, or why it could not be told.
    pub fn fail(&self, fail: &FailState) -> Failure {
        let told = self.told(fail.error.as_ref(), "ErrorPath");
        match told.and_then(|error| Ok((error, self.told(fail.cause.as_ref(), "CausePath")?))) {
            Ok((error, cause)) => Failure::bare(error, cause),
            Err(failure) => failure,
        }
    }

    fn told(&self, text: Option<&ErrorText>, field: &str) -> Result<Option<String>, Failure> {
        let value = match text {
            None => return Ok(None),
            Some(ErrorText::Fixed(text)) => return Ok(Some(text.clone())),
            Some(ErrorText::Path(path)) => self.field(path, field, &self.input)?,
            Some(ErrorText::Intrinsic(call)) => call
                .evaluate(&self.input, &self.context)
                .map_err(|error| self.failure("States.IntrinsicFailure", &error.message))?,
        };
        let text = value.as_str().map(str::to_owned);
        text.map(Some).ok_or_else(|| self.runtime(format!("The {field} field must refer to a string but was: {value}")))
    }
}
