//! One case.

use std::collections::HashSet;

use crate::diagnostic::{Problem, did_you_mean};
use crate::expr::Spanned;
use crate::value::Value;
use crate::yaml::field::Fields;
use crate::yaml::{Kind, Node};

use super::context::Part;
use super::model::{Case, Step};
use super::names::View;
use super::table::CASE;
use super::{decode_step, matrix, vars, waiting};

/// Decodes a case; its steps come apart, for `uses` to be settled. The structure of the mapping was checked with the suite's.
pub(super) fn decode(
    node: &Node,
    index: usize,
    suite: &View<'_>,
    problems: &mut Vec<Problem>,
) -> Option<(Case, Vec<Step>)> {
    node.as_map()?;
    let fields = Fields::new(node, &CASE);
    let mut view = suite.clone();
    let matrix = fields.node("matrix").and_then(|node| {
        let scope = suite.before_steps("a `matrix`").without_matrix("a `matrix` cannot use itself");
        let found = matrix::decode(node, &scope, problems);
        view.add_matrix(found.as_ref().map(|(_, columns)| columns.as_slice()));
        found.map(|(matrix, _)| matrix)
    });
    if !fields.has("matrix") {
        view = view.without_matrix("`matrix` is not in scope: this case has no `matrix`");
    }
    let name = name(&fields, &view, problems);
    let vars = vars::decode(fields.map("vars"), &mut view, |view| view.before_steps("`vars`"), problems);
    let when = decode_step::condition(&fields, "when", &view.steps(Part::Case(index)), problems);
    let nodes = steps(&fields, problems);
    let steps = decode_step::list(nodes, Part::Case(index), &view, problems);
    let texts = |name| fields.texts(name).into_iter().map(|(text, _)| text.to_owned()).collect();
    let case = Case {
        id: fields.text("id").map_or_else(|| format!("case-{}", index + 1), str::to_owned),
        name: name?,
        span: node.span.clone(),
        description: fields.text("description").map(str::to_owned),
        tags: tags(&fields, view.context.project.tags.as_slice(), problems),
        needs: texts("needs"),
        locks: texts("locks"),
        when,
        timeout: waiting::timeout(&fields, problems),
        vars,
        matrix,
        steps: Vec::new(),
    };
    Some((case, steps))
}

fn name(fields: &Fields<'_>, view: &View<'_>, problems: &mut Vec<Problem>) -> Option<Spanned> {
    let node = fields.node("case").filter(|node| node.as_scalar().is_some())?;
    let name = match &node.kind {
        Kind::Scalar(scalar) if !node.is_template() => Spanned::literal(Value::text(scalar.text.as_str()), &node.span),
        _ => Spanned::compile(node, problems),
    };
    if node.as_text().is_some_and(|text| text.trim().is_empty()) {
        problems.push(
            Problem::error("the case has an empty name", &node.span).with_help("say what it shows, in a few words"),
        );
    }
    view.case_name().check(&name.expressions(), problems);
    Some(name)
}

fn steps<'n>(fields: &Fields<'n>, problems: &mut Vec<Problem>) -> &'n [Node] {
    let Some(entry) = fields.entry("steps") else { return &[] };
    let nodes = entry.value.as_list().unwrap_or(&[]);
    if nodes.is_empty() && entry.value.as_list().is_some() {
        let problem = Problem::error("the case has no steps", &entry.key.span);
        problems.push(problem.with_help("a case that judges nothing would be green: add a step, or remove the case"));
    }
    nodes
}

/// `tags:` of a suite or a case, each one of the project's.
pub(super) fn tags(fields: &Fields<'_>, known: &[String], problems: &mut Vec<Problem>) -> Vec<String> {
    let mut seen = HashSet::new();
    for (tag, span) in fields.texts("tags") {
        if !seen.insert(tag) {
            problems
                .push(Problem::error(format!("the tag `{tag}` is there twice"), span).with_help("remove one of them"));
        } else if !known.iter().any(|other| other == tag) {
            let problem = Problem::error(format!("the project has no tag `{tag}`"), span);
            problems.push(match did_you_mean(tag, known.iter().map(String::as_str)) {
                Some(near) => problem.with_help(format!("did you mean `{near}`?")),
                None => problem
                    .with_help(format!("its tags are [{}]; add it to `tags` of the project file", known.join(", "))),
            });
        }
    }
    fields.texts("tags").into_iter().map(|(tag, _)| tag.to_owned()).collect()
}
