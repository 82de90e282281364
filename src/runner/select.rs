//! Selection: which of the checked cases are to run.

use std::path::PathBuf;

use super::taken::Taken;
use crate::diagnostic::{Source, Span, did_you_mean};
use crate::event::CaseKey;
use crate::expr::{Expression, Functions, Scope};
use crate::suite::{Case, Suite};
use crate::value::Value;

/// What to run. Every part narrows; an empty selection is everything.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Files, folders, or a file with a line.
    pub paths: Vec<(PathBuf, Option<usize>)>,
    /// A boolean expression of tags.
    pub tags: Option<TagExpression>,
    /// A part of the case's name or `suite/id`.
    pub case: Option<String>,
    /// One of several parts of the cases.
    pub shard: Option<Shard>,
    /// Just these cases, for example those that failed in an earlier run.
    pub only: Option<Vec<CaseKey>>,
}

/// A text that selects nothing because it makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SelectionError(pub String);

/// Part `number` of `of` parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// 1-based.
    pub number: usize,
    /// At least `number`.
    pub of: usize,
}

impl std::str::FromStr for Shard {
    type Err = SelectionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/').and_then(|(n, m)| Some((n.parse().ok()?, m.parse().ok()?)));
        match parts {
            Some((number, of)) if number >= 1 && number <= of => Ok(Self { number, of }),
            _ => Err(SelectionError(format!("`{text}` is no shard: write for example 2/5"))),
        }
    }
}

/// `smoke && !slow`: tags as names of a boolean expression.
#[derive(Debug, Clone)]
pub struct TagExpression {
    expression: Expression,
    tags: Vec<String>,
}

impl TagExpression {
    /// Reads an expression over the project's tags. An unknown tag is an error.
    pub fn parse(text: &str, known: &[String]) -> Result<Self, SelectionError> {
        let source = std::sync::Arc::new(Source { path: PathBuf::from("--tag"), text: text.into() });
        let span = Span { source, start: 0, end: text.len() };
        let expression =
            Expression::compile(text, &span).map_err(|p| SelectionError(format!("--tag: {}", p.message)))?;
        for reference in expression.references() {
            let name = reference.path.join(".");
            if !known.contains(&name) {
                return Err(unknown_tag(&name, known));
            }
        }
        Ok(Self { expression, tags: known.to_vec() })
    }

    /// As it was typed.
    pub(super) fn source(&self) -> &str {
        self.expression.source()
    }

    fn holds(&self, tags: &[&str]) -> Result<bool, SelectionError> {
        let mut scope = Scope::new(no_functions());
        for tag in &self.tags {
            scope.set(tag, Value::Bool(tags.contains(&tag.as_str())));
        }
        match self.expression.evaluate(&scope) {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(other) => Err(SelectionError(format!("--tag: must be true or false, but is {}", other.display()))),
            Err(error) => Err(SelectionError(format!("--tag: {}", error.message))),
        }
    }
}

/// Tags need no files and no secrets.
fn no_functions() -> Functions {
    Functions { root: PathBuf::new(), timezone: chrono_tz::Tz::UTC, secrets: std::collections::BTreeMap::new() }
}

fn unknown_tag(name: &str, known: &[String]) -> SelectionError {
    let hint = did_you_mean(name, known.iter().map(String::as_str))
        .map_or_else(|| format!("the project has {}", known.join(", ")), |best| format!("did you mean `{best}`?"));
    SelectionError(format!("--tag: no tag `{name}` in the project file: {hint}"))
}

impl Selection {
    /// Whether a case is selected by what its file says: path, line and tags.
    pub(super) fn takes(&self, suite: &Suite, case: &Case, count: &mut Taken) -> Result<bool, SelectionError> {
        count.written += 1;
        let at_path = self.takes_path(suite, case);
        count.at_paths += usize::from(at_path);
        let takes = at_path && self.takes_tags(suite, case)?;
        count.with_tags += usize::from(takes);
        Ok(takes)
    }

    /// Whether a case as reported, perhaps one row of a matrix, is selected by its name or key.
    pub(super) fn takes_reported(&self, key: &CaseKey, name: &str, count: &mut Taken) -> bool {
        let text_fits = |text: &String| name.contains(text.as_str()) || key.to_string().contains(text.as_str());
        count.reported += 1;
        let has_text = self.case.as_ref().is_none_or(text_fits);
        count.with_text += usize::from(has_text);
        let takes = has_text && self.only.as_ref().is_none_or(|only| only.contains(key));
        count.listed += usize::from(takes);
        takes
    }

    fn takes_path(&self, suite: &Suite, case: &Case) -> bool {
        let fits = |(path, line): &(PathBuf, Option<usize>)| {
            suite.path.starts_with(path) && line.is_none_or(|line| covers(&case.span, line))
        };
        self.paths.is_empty() || self.paths.iter().any(fits)
    }

    fn takes_tags(&self, suite: &Suite, case: &Case) -> Result<bool, SelectionError> {
        let Some(expression) = &self.tags else { return Ok(true) };
        let tags: Vec<&str> = suite.tags.iter().chain(&case.tags).map(String::as_str).collect();
        expression.holds(&tags)
    }
}

/// Whether a line lies within a case, which begins at its `case:` and ends where the next one begins.
fn covers(span: &Span, line: usize) -> bool {
    let last = span.source.text.get(..span.end).map_or(0, |text| text.trim_end().lines().count());
    (span.line()..=last.max(span.line())).contains(&line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("2/5", Some((2, 5)))]
    #[test_case("1/1", Some((1, 1)))]
    #[test_case("0/5", None; "shards count from one")]
    #[test_case("6/5", None; "no shard beyond the last")]
    #[test_case("2", None; "both numbers are needed")]
    #[test_case("a/b", None; "numbers they must be")]
    fn a_shard_is_a_part_of_so_many(text: &str, expected: Option<(usize, usize)>) {
        assert_eq!(text.parse::<Shard>().ok().map(|s| (s.number, s.of)), expected);
    }

    #[test_case("smoke", &["smoke"], true)]
    #[test_case("smoke && !slow", &["smoke", "slow"], false)]
    #[test_case("smoke || slow", &["slow"], true)]
    #[test_case("!(smoke || slow)", &[], true)]
    fn a_tag_expression_holds_or_not(text: &str, tags: &[&str], expected: bool) {
        let known = ["smoke".to_owned(), "slow".to_owned()];
        assert_eq!(TagExpression::parse(text, &known).unwrap().holds(tags), Ok(expected));
    }

    #[test]
    fn an_unknown_tag_is_an_error_that_guesses() {
        let error = TagExpression::parse("smoek", &["smoke".to_owned()]).unwrap_err();
        assert_eq!(error.0, "--tag: no tag `smoek` in the project file: did you mean `smoke`?");
    }
}
