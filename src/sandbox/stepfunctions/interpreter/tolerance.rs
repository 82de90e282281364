//! How many items of a map run may fail.

use serde_json::Value;

use super::super::{
    jsonpath::Path,
    machine::{Percentage, Tolerance},
};
use super::data::shown;
use super::failure::Failure;
use super::frame::Frame;

/// What may fail before the map run fails.
pub struct Tolerated {
    pub count: Option<u64>,
    pub percentage: Option<f64>,
}

impl Frame<'_> {
    /// The tolerance of a map, with what its paths find.
    pub fn tolerated(&self, tolerance: &Tolerance, input: &Value) -> Result<Tolerated, Failure> {
        let count = tolerance.count.as_ref().map(|count| self.amount(count, "ToleratedFailureCountPath", input));
        let percentage = match &tolerance.percentage {
            Some(Percentage::Fixed(percentage)) => Some(*percentage),
            Some(Percentage::Path(path)) => Some(self.percentage(path, input)?),
            None => None,
        };
        Ok(Tolerated { count: count.transpose()?, percentage })
    }

    fn percentage(&self, path: &Path, input: &Value) -> Result<f64, Failure> {
        let value = self.field(path, "ToleratedFailurePercentagePath", input)?;
        let Some(percentage) = value.as_f64() else {
            let (shown, path) = (shown(&value), path.text());
            let field = "The ToleratedFailurePercentagePath field refers to value";
            return Err(self.runtime(format!("{field} \"{shown}\" which is not a valid float: {path}")));
        };
        if (0.0..=100.0).contains(&percentage) {
            return Ok(percentage);
        }
        Err(self.runtime("ToleratedFailurePercentage must be between 0 and 100."))
    }
}

impl Tolerated {
    /// Whether more items failed than may. None may, unless the definition says so.
    pub fn is_exceeded(&self, failed: usize, total: usize) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "counts of items are far below 2^52")]
        let percentage = 100.0 * failed as f64 / (total.max(1)) as f64;
        match (self.count, self.percentage) {
            (None, None) => failed > 0,
            (count, limit) => {
                count.is_some_and(|count| failed as u64 > count) || limit.is_some_and(|limit| percentage > limit)
            }
        }
    }
}
