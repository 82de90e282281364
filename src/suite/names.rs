//! Which names the expressions at one place can see, by the language's rules of scope.

use std::collections::{BTreeMap, BTreeSet};

use crate::actions::Spec;
use crate::diagnostic::Problem;
use crate::expr::{Expression, Functions, Names, Phase, Reference, Scope, Spanned, check_names};

use super::context::{Context, Part};
use super::needs;
use super::outline::{OutlinedCase, OutlinedStep};
use super::phases::{self, VarPhases};

const RUN: [&str; 4] = ["id", "date", "yesterday", "started_at"];

/// What can be seen at one place.
#[derive(Debug, Clone)]
pub(super) struct View<'a> {
    /// What holds for the whole suite.
    pub context: &'a Context<'a>,
    /// When each variable in sight has its value.
    pub vars: VarPhases,
    names: Names,
    /// The root under which the steps of this list are seen, and all of them, also those to come.
    list: Option<(&'static str, &'a [OutlinedStep])>,
    /// Ids of steps of the list that have run.
    ran: BTreeSet<&'a str>,
    /// Ids of steps of setup, where that ran before.
    set_up: BTreeSet<&'a str>,
    /// Variables that are defined further down.
    later_vars: BTreeSet<String>,
    /// The case that the place belongs to.
    case: Option<&'a OutlinedCase>,
}

impl<'a> View<'a> {
    /// What can be seen everywhere: the target, the environment, the run.
    pub fn new(context: &'a Context<'a>) -> Self {
        let mut names = Names::new();
        if context.targets.is_empty() {
            names.allow(&["target"]);
        } else {
            let vars = context.targets.iter().flat_map(|target| target.vars.keys().map(String::as_str));
            names.fields("target", vars.chain(["name"]));
        }
        names.fields("env", context.project.env.iter().map(String::as_str));
        names.fields("run", RUN);
        names.fields("vars", []);
        let (ran, set_up, later_vars) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Self { context, vars: VarPhases::default(), names, list: None, ran, set_up, later_vars, case: None }
    }

    /// The same before any step: for `vars` and a matrix.
    #[must_use]
    pub fn before_steps(&self, what: &str) -> Self {
        let mut view = self.clone();
        for root in ["steps", "setup", "cases", "captures"] {
            view.names
                .refuse(root, &format!("`{root}` is not in scope in {what}, which has its value before any step runs"));
        }
        view
    }

    /// The same without `matrix`, and why.
    #[must_use]
    pub fn without_matrix(&self, reason: &str) -> Self {
        let mut view = self.clone();
        view.names.refuse("matrix", reason);
        view
    }

    /// For the name of a case, which may use its matrix and nothing else.
    #[must_use]
    pub fn case_name(&self) -> Self {
        let mut view = self.clone();
        for root in ["vars", "target", "env", "run", "steps", "setup", "cases", "captures"] {
            view.names.refuse(root, "the name of a case may use `matrix` only");
        }
        view
    }

    /// For the steps of a list, before the first of them.
    #[must_use]
    pub fn steps(&self, part: Part) -> Self {
        match part {
            Part::Setup => self.setup(),
            Part::Case(index) => self.case(index),
            Part::Cleanup => self.cleanup(),
        }
    }

    fn setup(&self) -> Self {
        let mut view = self.without_matrix("`matrix` is not in scope in `setup`, which runs once a suite");
        view.names.refuse("steps", "`steps` is not in scope in `setup`: write `setup.<id>`");
        view.names.refuse("cases", "`cases` is not in scope in `setup`, which runs before them");
        view.names.fields("setup", []);
        view.names.fields("captures", []);
        view.list = Some(("setup", &self.context.outline.setup));
        view
    }

    fn case(&self, index: usize) -> Self {
        let mut view = self.clone();
        view.see_setup();
        view.names.fields("steps", []);
        view.names.fields("cases", []);
        let Some(case) = self.context.outline.cases.get(index) else { return view };
        for (id, needed) in case.needs.iter().filter_map(|(id, _)| Some((id, self.context.outline.case(id)?))) {
            view.names.fields("cases", []);
            for step in needed.steps.iter().filter(|_| !needed.has_matrix) {
                allow_step(&mut view.names, &["cases", id, "steps"], step);
            }
        }
        view.list = Some(("steps", &case.steps));
        view.set_up = self.context.outline.setup.iter().filter_map(|step| step.id.as_deref()).collect();
        view.case = Some(case);
        view
    }

    fn cleanup(&self) -> Self {
        let mut view = self.without_matrix("`matrix` is not in scope in `cleanup`, which runs once a suite");
        view.see_setup();
        view.names.refuse("cases", "`cases` is not in scope in `cleanup`, which runs whether they did or not");
        view.names.fields("steps", []);
        view.list = Some(("steps", &self.context.outline.cleanup));
        view
    }

    /// What setup yielded: its outputs and captures.
    fn see_setup(&mut self) {
        self.names.fields("setup", []);
        self.names.fields("captures", []);
        for step in &self.context.outline.setup {
            allow_step(&mut self.names, &["setup"], step);
            self.names.fields("captures", step.captures.iter().map(String::as_str));
        }
    }

    /// A matrix with these columns is in scope; without columns known, any.
    pub fn add_matrix(&mut self, columns: Option<&[String]>) {
        match columns {
            Some(columns) => self.names.fields("matrix", columns.iter().map(String::as_str)),
            None => self.names.allow(&["matrix"]),
        }
    }

    /// Variables that come further down, for messages.
    pub fn announce_vars<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        self.later_vars = names.map(str::to_owned).collect();
    }

    /// A variable is in scope from here.
    pub fn add_var(&mut self, name: &str, phase: Phase) {
        self.names.fields("vars", [name]);
        self.later_vars.remove(name);
        self.vars.insert(name, phase);
    }

    /// A capture is in scope from here.
    pub fn add_capture(&mut self, name: &str) {
        self.names.fields("captures", [name]);
    }

    /// A step of the list has run.
    pub fn add_step(&mut self, step: &'a OutlinedStep) {
        let Some((root, _)) = self.list else { return };
        allow_step(&mut self.names, &[root], step);
        self.names.fields("captures", step.captures.iter().map(String::as_str));
        self.ran.extend(step.id.as_deref());
    }

    /// Ids of steps that have begun before: of the list, and of setup.
    pub fn began(&self) -> BTreeSet<&'a str> {
        self.ran.union(&self.set_up).copied().collect()
    }

    /// With the fields of an output by their bare names.
    #[must_use]
    pub fn with_output(&self, spec: &Spec) -> Self {
        let mut view = self.clone();
        for output in spec.outputs {
            view.names.allow(&[output.name]);
        }
        view
    }

    /// Reports names that are not in sight, and functions that this version does not have.
    pub fn check(&self, expressions: &[&Expression], problems: &mut Vec<Problem>) {
        for expression in expressions {
            if expression.functions().contains("secret") {
                let problem = Problem::error("`secret` is not supported by this version", expression.span());
                problems.push(problem.with_help("pass what is secret to the functions and state machines themselves"));
            }
            let (mut unknown, references) = (Vec::new(), expression.references());
            if references.is_empty() && !expression.functions().contains("secret") {
                self.try_out(expression, problems);
            }
            for reference in references {
                match self.explain(&reference) {
                    Some(problem) => problems.push(problem),
                    None => unknown.push(reference),
                }
            }
            check_names(&unknown, &self.names, problems);
        }
    }

    /// Evaluates an expression of literals, so that what can never work (a fixture that is not there) is found now.
    fn try_out(&self, expression: &Expression, problems: &mut Vec<Problem>) {
        let project = self.context.project;
        let (root, timezone) = (project.root.clone(), project.timezone);
        let scope = Scope::new(Functions { root, timezone, secrets: BTreeMap::new() });
        if let Err(error) = expression.evaluate(&scope) {
            problems.push(error.to_problem(expression.span()));
        }
    }

    /// Reports names that are not in sight in a template, and those that have their value too late for the field `what`.
    pub fn check_in_phase(&self, what: &str, template: &Spanned, allowed: Phase, problems: &mut Vec<Problem>) {
        for expression in template.expressions() {
            let before = problems.len();
            self.check(&[expression], problems);
            if problems.len() == before {
                phases::check(what, expression, allowed, &self.vars, problems);
            }
        }
    }

    /// A problem with a name that exists, but not here.
    fn explain(&self, reference: &Reference) -> Option<Problem> {
        let path: Vec<&str> = reference.path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["vars", name, ..] if self.later_vars.contains(*name) && !self.vars.knows(name) => {
                let problem = Problem::error(format!("`vars.{name}` is defined further down"), &reference.span);
                Some(problem.with_help("a variable may use those above it: move it up"))
            }
            ["target", name, ..] => self.explain_target(name, reference),
            ["cases", id, ..] => self.explain_case(id, reference),
            [root, id, ..] => self.explain_step(root, id, reference),
            _ => None,
        }
    }

    fn explain_target(&self, name: &str, reference: &Reference) -> Option<Problem> {
        let lacks = |target: &&&crate::target::Target| name != "name" && !target.vars.contains_key(name);
        let without: Vec<&str> = self.context.targets.iter().filter(lacks).map(|target| target.name.as_str()).collect();
        if without.is_empty() || without.len() == self.context.targets.len() {
            return None;
        }
        let message = format!("`target.{name}` is not defined for {}", quoted(&without));
        Some(Problem::error(message, &reference.span).with_help(format!(
            "add `{name}` to the `vars` of the target in the project file, or name under `targets` where the suite may run"
        )))
    }

    fn explain_case(&self, id: &str, reference: &Reference) -> Option<Problem> {
        let case = self.case?;
        let Some(other) = self.context.outline.case(id) else {
            return Some(needs::unknown(id, &reference.span, &self.context.outline));
        };
        if !case.needs.iter().any(|(need, _)| need == id) {
            let problem = Problem::error(format!("the case `{id}` is not needed by this one"), &reference.span);
            return Some(problem.with_help(format!("add `{id}` to `needs`: only then it has run before")));
        }
        other.has_matrix.then(|| {
            let problem =
                Problem::error(format!("the case `{id}` has a matrix, so it has no one output"), &reference.span);
            problem.with_help("move what is shared into `setup`, or into a case without a matrix")
        })
    }

    fn explain_step(&self, root: &str, id: &str, reference: &Reference) -> Option<Problem> {
        let (own, steps) = self.list?;
        let is_there = steps.iter().any(|step| step.id.as_deref() == Some(id));
        if root != own || self.ran.contains(id) || !is_there {
            return None;
        }
        let problem = Problem::error(format!("`{root}.{id}` has not run yet here"), &reference.span);
        Some(problem.with_help(
            "only earlier steps can be referred to; a step's own output is known in `that`, `fail_when` and `capture`, by bare names",
        ))
    }
}

/// A step's output under its root, field by field; anything, if its action is not known.
fn allow_step(names: &mut Names, root: &[&str], step: &OutlinedStep) {
    let Some(id) = step.id.as_deref() else { return };
    let path = [root, &[id]].concat();
    let Some(spec) = step.spec else { return names.allow(&path) };
    let refusal = step.expects_refusal.then_some("aws_error");
    for field in spec.outputs.iter().map(|output| output.name).chain(refusal) {
        names.allow(&[path.as_slice(), &[field]].concat());
    }
}

/// `` `a`, `b` ``.
pub(super) fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
