//! The comparison of a resolved expectation with a value.

use super::jsonpath::JsonPath;
use super::judgement::{Ambiguity, GoldenUpdate, Judgement, Mismatch};
use super::matchers::names;
use super::path::Path;
use super::reading::{equal, why_unequal};
use super::tree::{Applied, Argument, Field, FieldKey, Kind, Known, Tree};
use crate::diagnostic::{Span, did_you_mean};
use crate::value::{Map, Value};

/// Mismatches that are kept; the others are counted.
const KEPT: usize = 50;
/// Texts that are longer than this, or have several lines, are shown with a diff.
const LONG_TEXT: usize = 80;

/// The value that is judged and where it is. It may be absent.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub path: &'a Path<'a>,
    pub value: Option<&'a Value>,
    /// Why there is no value: `no such key; the keys are a, b`.
    pub absent: Option<&'a str>,
}

impl<'a> Subject<'a> {
    pub(super) const fn present(path: &'a Path<'a>, value: &'a Value) -> Self {
        Self { path, value: Some(value), absent: None }
    }
}

/// A matcher at work: its argument and what it is applied to.
pub(super) struct Call<'c> {
    pub applied: &'c Applied<Known>,
    pub subject: Subject<'c>,
    pub value: &'c Value,
}

impl<'c> Call<'c> {
    pub(super) fn known(&self) -> Option<&'c Known> {
        if let Argument::Value(known) = &self.applied.argument { Some(known) } else { None }
    }

    pub(super) fn tree(&self) -> Option<&'c Tree<Known>> {
        if let Argument::Expectation(tree) = &self.applied.argument { Some(tree) } else { None }
    }

    pub(super) fn trees(&self) -> &'c [Tree<Known>] {
        if let Argument::Expectations(trees) = &self.applied.argument { trees } else { &[] }
    }
}

/// Collects what is wrong.
#[derive(Default)]
pub(super) struct Judge {
    result: Judgement,
}

impl Judge {
    pub(super) fn judge(tree: &Tree<Known>, actual: Option<&Value>) -> Judgement {
        let mut judge = Self::default();
        judge.tree(tree, Subject { path: &Path::Root, value: actual, absent: None });
        judge.result
    }

    /// Judges on the side: an ambiguity counts here, mismatches only in the answer.
    pub(super) fn trial(&mut self, tree: &Tree<Known>, subject: Subject<'_>) -> Judgement {
        let mut trial = Self::default();
        trial.tree(tree, subject);
        if self.result.ambiguous.is_none() {
            self.result.ambiguous.clone_from(&trial.result.ambiguous);
        }
        trial.result
    }

    pub(super) fn tree(&mut self, tree: &Tree<Known>, subject: Subject<'_>) {
        match &tree.kind {
            Kind::Matchers(matchers) => self.matchers(tree, matchers, subject),
            _ => match subject.value {
                None => self.absent(&tree.describe(), subject, &tree.span),
                Some(value) => match &tree.kind {
                    Kind::Equal(known) => self.equal(&known.value, subject.path, value, &tree.span),
                    Kind::List(items) => self.list(tree, items, subject.path, value),
                    Kind::Fields(fields) => self.fields(tree, fields, subject.path, value),
                    Kind::Matchers(_) => {}
                },
            },
        }
    }

    fn matchers(&mut self, tree: &Tree<Known>, matchers: &[Applied<Known>], subject: Subject<'_>) {
        if let Some(Value::Map(map)) = subject.value
            && let Some(ambiguity) = ambiguity(tree, matchers, subject.path, map)
        {
            self.result.ambiguous.get_or_insert(ambiguity);
            return;
        }
        let takes_absence = matchers.iter().any(|applied| applied.matcher.takes_absence);
        if subject.value.is_none() && !takes_absence {
            return self.absent(&tree.describe(), subject, &tree.span);
        }
        for applied in matchers {
            applied.matcher.judge(applied, subject, self);
        }
    }

    fn list(&mut self, tree: &Tree<Known>, items: &[Tree<Known>], path: &Path<'_>, value: &Value) {
        let Value::List(actual) = value else {
            return self.mismatch(tree.describe(), path, value, &tree.span, Some(of_type("a list", value)));
        };
        if actual.len() != items.len() {
            let note = format!("{} elements expected, {} found", items.len(), actual.len());
            return self.mismatch(tree.describe(), path, value, &tree.span, Some(note));
        }
        for (index, (item, actual)) in items.iter().zip(actual).enumerate() {
            self.tree(item, Subject::present(&Path::Index(path, index), actual));
        }
    }

    fn fields(&mut self, tree: &Tree<Known>, fields: &[Field<Known>], path: &Path<'_>, value: &Value) {
        for field in fields {
            match &field.key {
                FieldKey::Path(jsonpath) => self.path(jsonpath, &field.expect, path, value),
                FieldKey::Name(name) => match value {
                    Value::Map(map) => self.key(name, &field.expect, path, map),
                    other => {
                        let meant =
                            did_you_mean(name, names()).map(|near| format!("; did you mean the matcher `{near}`?"));
                        let note =
                            of_type(&format!("a mapping with the key `{name}`"), other) + &meant.unwrap_or_default();
                        return self.undecided(tree.describe(), path, value, &tree.span, note);
                    }
                },
            }
        }
    }

    fn key(&mut self, name: &str, expect: &Tree<Known>, path: &Path<'_>, map: &Map) {
        let path = Path::Key(path, name);
        let value = map.get(name);
        let absent = value.is_none().then(|| no_key(name, map));
        self.tree(expect, Subject { path: &path, value, absent: absent.as_deref() });
    }

    fn path(&mut self, jsonpath: &JsonPath, expect: &Tree<Known>, path: &Path<'_>, value: &Value) {
        let path = Path::Of(path, jsonpath.text());
        match jsonpath.find(value) {
            Err(note) => self.undecided(expect.describe(), &path, value, &expect.span, note),
            Ok(found) => match found.as_slice() {
                [] => {
                    let absent = Some("the path finds nothing");
                    self.tree(expect, Subject { path: &path, value: None, absent });
                }
                [one] if jsonpath.is_singular() => self.tree(expect, Subject::present(&path, one)),
                found => {
                    let list = Value::List(found.iter().map(|value| (*value).clone()).collect());
                    self.tree(expect, Subject::present(&path, &list));
                }
            },
        }
    }

    /// Compares whole values and reports each place where they differ.
    pub(super) fn equal(&mut self, expected: &Value, path: &Path<'_>, actual: &Value, span: &Span) {
        match (expected, actual) {
            _ if equal(expected, actual) => {}
            (Value::Map(expected), Value::Map(actual)) => self.equal_maps(expected, path, actual, span),
            (Value::List(wanted), Value::List(found)) if wanted.len() == found.len() => {
                for (index, (expected, actual)) in wanted.iter().zip(found).enumerate() {
                    self.equal(expected, &Path::Index(path, index), actual, span);
                }
            }
            (Value::List(wanted), Value::List(found)) => {
                let note = format!("{} elements expected, {} found", wanted.len(), found.len());
                self.mismatch(expected.display().to_string(), path, actual, span, Some(note));
            }
            _ => {
                let note = why_unequal(expected, actual);
                self.mismatch(expected.display().to_string(), path, actual, span, note);
                self.add_diff(expected, actual);
            }
        }
    }

    fn equal_maps(&mut self, expected: &Map, path: &Path<'_>, actual: &Map, span: &Span) {
        for (key, value) in expected {
            let inner = Path::Key(path, key);
            if let Some(actual) = actual.get(key) {
                self.equal(value, &inner, actual, span);
            } else {
                let note = no_key(key, actual);
                let subject = Subject { path: &inner, value: None, absent: Some(&note) };
                self.absent(&value.display().to_string(), subject, span);
            }
        }
        for (key, value) in actual.iter().filter(|(key, _)| !expected.contains_key(*key)) {
            let note = "this key is not expected: the whole mapping is compared".to_owned();
            self.mismatch("nothing".to_owned(), &Path::Key(path, key), value, span, Some(note));
        }
    }

    fn add_diff(&mut self, expected: &Value, actual: &Value) {
        if let (Value::Text(expected), Value::Text(actual)) = (expected, actual)
            && [expected, actual].iter().any(|text| text.contains('\n') || text.len() > LONG_TEXT)
            && let Some(mismatch) = self.result.mismatches.last_mut()
        {
            mismatch.diff = Some(diff(expected, actual));
        }
    }

    /// A difference that is certain.
    pub(super) fn mismatch(
        &mut self,
        expected: String,
        path: &Path<'_>,
        actual: &Value,
        span: &Span,
        note: Option<String>,
    ) {
        self.push(expected, path, Some(actual), span, note, false);
    }

    /// A difference because the two cannot be compared.
    pub(super) fn undecided(&mut self, expected: String, path: &Path<'_>, actual: &Value, span: &Span, note: String) {
        self.push(expected, path, Some(actual), span, Some(note), true);
    }

    /// There is no value.
    pub(super) fn absent(&mut self, expected: &str, subject: Subject<'_>, span: &Span) {
        let note = subject.absent.map(str::to_owned);
        self.push(expected.to_owned(), subject.path, None, span, note, true);
    }

    /// Takes over what a trial found.
    pub(super) fn adopt(&mut self, judgement: Judgement) {
        self.result.hidden += judgement.hidden;
        for mismatch in judgement.mismatches {
            self.add(mismatch);
        }
    }

    /// Says what the golden file of the last mismatch would have to be.
    pub(super) fn golden(&mut self, update: GoldenUpdate, diff: Option<String>) {
        if let Some(mismatch) = self.result.mismatches.last_mut() {
            mismatch.golden = Some(update);
            mismatch.diff = diff.or_else(|| mismatch.diff.take());
        }
    }

    fn push(
        &mut self,
        expected: String,
        path: &Path<'_>,
        actual: Option<&Value>,
        span: &Span,
        note: Option<String>,
        undecided: bool,
    ) {
        let path = path.to_string();
        self.add(Mismatch {
            path: if path.is_empty() { "the value".to_owned() } else { path },
            expected,
            actual: actual.map_or_else(|| "nothing".to_owned(), |actual| actual.display().to_string()),
            span: span.clone(),
            diff: None,
            note,
            golden: None,
            undecided,
        });
    }

    fn add(&mut self, mismatch: Mismatch) {
        if self.result.mismatches.len() < KEPT {
            self.result.mismatches.push(mismatch);
        } else {
            self.result.hidden += 1;
        }
    }
}

/// A unified diff: lines that are expected with `-`, lines that were found with `+`. Bounded: the first differences say
/// enough, and the run folder has the values.
pub(super) fn diff(expected: &str, actual: &str) -> String {
    const LINES: usize = 200;
    const WIDTH: usize = 400;
    let whole = similar::TextDiff::from_lines(expected, actual)
        .unified_diff()
        .context_radius(3)
        .header("expected", "actual")
        .missing_newline_hint(false)
        .to_string();
    let mut shown = String::new();
    for line in whole.lines().take(LINES) {
        shown.extend(line.chars().take(WIDTH));
        shown.push_str(if line.chars().nth(WIDTH).is_some() { "…\n" } else { "\n" });
    }
    let hidden = whole.lines().count().saturating_sub(LINES);
    if hidden > 0 { format!("{shown}… and {hidden} more lines\n") } else { shown }
}

pub(super) fn of_type(wanted: &str, actual: &Value) -> String {
    format!("the types differ: {wanted} expected, {} found", actual.type_name())
}

fn ambiguity(tree: &Tree<Known>, matchers: &[Applied<Known>], path: &Path<'_>, map: &Map) -> Option<Ambiguity> {
    let names = matchers.iter().map(|applied| applied.matcher.name);
    let keys: Vec<&str> = names.filter(|name| *name != "fields" && map.contains_key(*name)).collect();
    let path = path.to_string();
    let path = if path.is_empty() { "the value".to_owned() } else { path };
    (!keys.is_empty()).then(|| Ambiguity::new(path, &keys, &tree.span))
}

fn no_key(name: &str, map: &Map) -> String {
    const SHOWN: usize = 8;
    if let Some(near) = did_you_mean(name, map.keys().map(String::as_str)) {
        return format!("no such key; did you mean `{near}`?");
    }
    if let Some(near) = did_you_mean(name, names()) {
        return format!("no such key; did you mean the matcher `{near}`?");
    }
    if map.is_empty() {
        return "no such key: the mapping is empty".to_owned();
    }
    let keys = map.keys().take(SHOWN).map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    format!("no such key; the keys are {keys}{}", if map.len() > SHOWN { " …" } else { "" })
}
