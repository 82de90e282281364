//! The files that a declaration names: found, read, and judged as far as that goes without starting anything.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use super::definition::{self, Substitutions};
use super::model::{Bucket, Declaration, Function, PatternSource, Placed, Rule, StateMachine};
use super::{rules, seeds, statements};
use crate::diagnostic::{Problem, Source, did_you_mean};

/// A declaration with the contents of its files.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Objects by bucket, in the order of the declaration.
    pub buckets: Vec<(String, Vec<SeedObject>)>,
    /// Functions with the place of their code.
    pub functions: Vec<(Function, PathBuf)>,
    /// State machines with their definitions.
    pub state_machines: Vec<LoadedMachine>,
    /// Rules with their patterns.
    pub rules: Vec<LoadedRule>,
    /// SQL files in order.
    pub scripts: Vec<Script>,
}

/// A file that becomes an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedObject {
    /// The key.
    pub key: String,
    /// The file.
    pub path: PathBuf,
}

/// A state machine with its definition.
#[derive(Debug, Clone)]
pub struct LoadedMachine {
    /// What is declared.
    pub declared: StateMachine,
    /// The definition with every name replaced.
    pub definition: String,
}

/// A rule with its pattern.
#[derive(Debug, Clone)]
pub struct LoadedRule {
    /// What is declared.
    pub declared: Rule,
    /// The pattern as JSON text.
    pub pattern: Option<String>,
}

/// A SQL file.
#[derive(Debug, Clone)]
pub struct Script {
    /// Where it is named in the declaration.
    pub path: Placed<String>,
    /// Its statements.
    pub statements: Vec<Placed<String>>,
}

impl Declaration {
    /// Finds and reads the files below the project's root. Every problem is told.
    pub fn load(&self, root: &Path, account: &str, region: &str) -> Result<Loaded, Vec<Problem>> {
        let mut problems = Vec::new();
        let functions = self.functions.iter().map(|function| function.name.value.as_str());
        let machines = self.state_machines.iter().map(|machine| machine.name.value.as_str());
        let known = Substitutions::new(account, region, functions, machines);
        let mut load = Loader { root, problems: &mut problems };
        let loaded = Loaded {
            buckets: self.buckets.iter().map(|bucket| load.bucket(bucket)).collect(),
            functions: self.functions.iter().map(|function| (function.clone(), load.code(function))).collect(),
            state_machines: self.state_machines.iter().filter_map(|machine| load.machine(machine, &known)).collect(),
            rules: self.rules.iter().map(|rule| load.rule(self, rule)).collect(),
            scripts: self.athena.statements.iter().filter_map(|path| load.script(path)).collect(),
        };
        if problems.is_empty() { Ok(loaded) } else { Err(problems) }
    }
}

struct Loader<'l> {
    root: &'l Path,
    problems: &'l mut Vec<Problem>,
}

impl Loader<'_> {
    fn bucket(&mut self, bucket: &Bucket) -> (String, Vec<SeedObject>) {
        let mut objects = BTreeMap::<String, SeedObject>::new();
        for seed in &bucket.seeds {
            match seeds::expand(self.root, &seed.key, &seed.files.value) {
                Ok(found) => {
                    for object in found {
                        self.judge_key(&objects, &object, &seed.files);
                        objects.insert(object.key.clone(), object);
                    }
                }
                Err(message) => self.problem(message, &seed.files),
            }
        }
        (bucket.name.value.clone(), objects.into_values().collect())
    }

    fn judge_key(&mut self, known: &BTreeMap<String, SeedObject>, object: &SeedObject, place: &Placed<String>) {
        if let Some(other) = known.get(&object.key) {
            let (here, there) = (object.path.display(), other.path.display());
            self.problem(format!("`{here}` and `{there}` have the same key `{}`", object.key), place);
        }
    }

    fn code(&mut self, function: &Function) -> PathBuf {
        let path = self.root.join(&function.code.value);
        let is_zip = path.is_file() && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
        if !path.is_dir() && !is_zip {
            let message = format!("`{}` is neither a folder nor a zip file", function.code.value);
            self.problem(message, &function.code);
        }
        path
    }

    fn machine(&mut self, machine: &StateMachine, known: &Substitutions) -> Option<LoadedMachine> {
        let text = self.text(&machine.definition)?;
        let source = Source::new(&machine.definition.value, &text);
        let given = machine.substitutions.iter().map(|(name, value)| (name.clone(), value.value.clone()));
        let (definition, unknown) = known.with(given).apply(&source.text);
        for (at, name) in &unknown {
            let span = source.span(*at..*at + name.len() + 3);
            let problem = Problem::error(format!("nothing is known under the name `${{{name}}}`"), &span);
            let help = match did_you_mean(name, known.names()) {
                Some(other) => format!("did you mean `${{{other}}}`?"),
                None => format!("add `{name}` to `substitutions` of state machine `{}`", machine.name.value),
            };
            self.problems.push(problem.with_help(help));
        }
        self.judge_used(machine, &source.text);
        self.judge_json(&source, &definition, unknown.is_empty());
        Some(LoadedMachine { declared: machine.clone(), definition })
    }

    /// A value that no definition uses is a slip of the pen.
    fn judge_used(&mut self, machine: &StateMachine, text: &str) {
        let used = definition::used(text);
        for (name, value) in &machine.substitutions {
            if !used.contains(name) {
                let message = format!("the definition has no `${{{name}}}`");
                self.problem(message, value);
            }
        }
    }

    /// The place is that of the file as it was written, if that is where the mistake is; values in it may move columns.
    fn judge_json(&mut self, source: &std::sync::Arc<Source>, definition: &str, resolved: bool) {
        let error =
            match (serde_json::from_str::<IgnoredAny>(&source.text), serde_json::from_str::<IgnoredAny>(definition)) {
                (Err(error), Err(_)) if resolved => error,
                (_, Err(error)) if resolved => error,
                _ => return,
            };
        let line_start: usize =
            source.text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let at = (line_start + error.column().saturating_sub(1)).min(source.text.len());
        let message = format!("the file is not JSON: {error}");
        self.problems.push(Problem::error(message, &source.span(at..(at + 1).min(source.text.len()))));
    }

    fn rule(&mut self, declaration: &Declaration, rule: &Rule) -> LoadedRule {
        let pattern = rule.pattern.as_ref().and_then(|pattern| match &pattern.value {
            PatternSource::Inline(value) => Some(value.to_string()),
            PatternSource::File(path) => {
                let path = Placed { value: path.clone(), span: pattern.span.clone() };
                self.pattern(declaration, &path)
            }
        });
        LoadedRule { declared: rule.clone(), pattern }
    }

    fn pattern(&mut self, declaration: &Declaration, path: &Placed<String>) -> Option<String> {
        let text = self.text(path)?;
        let source = Source::new(&path.value, &text);
        self.judge_json(&source, &text, true);
        let value = serde_json::from_str(&text).ok()?;
        let placed = Placed { value, span: source.span(0..source.text.trim_end().len()) };
        self.problems.extend(rules::judge_pattern(declaration, &placed));
        Some(text)
    }

    fn script(&mut self, path: &Placed<String>) -> Option<Script> {
        let text = self.text(path)?;
        let source = Source::new(&path.value, &text);
        let statement = |range: Range<usize>| {
            let span = source.span(range);
            Placed { value: span.text().to_owned(), span }
        };
        let statements: Vec<_> = statements::split(&source.text).into_iter().map(statement).collect();
        if statements.is_empty() {
            self.problem(format!("`{}` has no statements", path.value), path);
        }
        Some(Script { path: path.clone(), statements })
    }

    fn text(&mut self, path: &Placed<String>) -> Option<String> {
        match std::fs::read_to_string(self.root.join(&path.value)) {
            Ok(text) => Some(text),
            Err(error) => {
                self.problem(unreadable(&path.value, &error), path);
                None
            }
        }
    }

    fn problem(&mut self, message: String, place: &Placed<String>) {
        let problem = Problem::error(message, &place.span);
        self.problems.push(problem.with_help(format!("paths are relative to {}", self.root.display())));
    }
}

fn unreadable(path: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("`{path}` does not exist"),
        io::ErrorKind::InvalidData => format!("`{path}` is not UTF-8"),
        _ => format!("`{path}` cannot be read: {error}"),
    }
}
