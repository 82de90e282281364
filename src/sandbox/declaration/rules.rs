//! Rules of EventBridge in the file: decoded, and held against what else is declared.

use serde_json::{Map, Value};

use super::model::{Declaration, PatternSource, Placed, Recipient, Rule, RuleInput, Target};
use super::read::{name, placed};
use super::tables::{INPUT_TRANSFORMER, RULE};
use crate::diagnostic::{Problem, did_you_mean};
use crate::sandbox::events::{Pattern, check_schedule, is_name};
use crate::yaml::field::Fields;
use crate::yaml::{Entry, Node};

/// The members that every event has (EventBridge user guide, "Event structure").
const MEMBERS: [&str; 10] =
    ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "$or"];

/// One entry of `rules`.
pub fn rule(entry: &Entry) -> Rule {
    let fields = Fields::new(&entry.value, &RULE);
    Rule {
        name: name(entry),
        pattern: fields.node("pattern").map(trigger),
        schedule: fields.node("schedule").map(placed),
        targets: fields.tables("targets").iter().filter_map(target).collect(),
        description: fields.text("description").map(str::to_owned),
        enabled: fields.boolean("enabled").unwrap_or(true),
    }
}

fn trigger(node: &Node) -> Placed<PatternSource> {
    let value = match node.as_text() {
        Some(path) => PatternSource::File(path.to_owned()),
        None => PatternSource::Inline(node.value().to_json()),
    };
    Placed { value, span: node.span.clone() }
}

fn target(fields: &Fields<'_>) -> Option<Target> {
    let (field, entry) = fields.chosen(&["state_machine", "function"])?;
    let to = placed(&entry.value);
    let recipient = if field.name == "function" { Recipient::Function(to) } else { Recipient::StateMachine(to) };
    let input = match fields.chosen(&["input", "input_path", "input_transformer"]) {
        None => RuleInput::Event,
        Some((field, entry)) => match field.name {
            "input" => RuleInput::Constant(entry.value.value().to_json()),
            "input_path" => RuleInput::Path(placed(&entry.value).value),
            _ => transformer(&entry.value),
        },
    };
    Some(Target { recipient, input })
}

fn transformer(node: &Node) -> RuleInput {
    let fields = Fields::new(node, &INPUT_TRANSFORMER);
    let paths = fields.map("paths").iter();
    let path = |entry: &Entry| (entry.key.text.clone(), placed(&entry.value).value.into());
    RuleInput::Transformer {
        paths: paths.map(path).collect(),
        template: fields.text("template").unwrap_or_default().to_owned(),
    }
}

/// What is wrong with the rules, as far as this file tells.
pub fn judge(declaration: &Declaration) -> Vec<Problem> {
    declaration.rules.iter().flat_map(|rule| judge_rule(declaration, rule)).collect()
}

fn judge_rule(declaration: &Declaration, rule: &Rule) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !is_name(&rule.name.value) {
        let problem = Problem::error(format!("`{}` is not a name of a rule", rule.name.value), &rule.name.span);
        problems.push(problem.with_help("1 to 64 letters, digits, `.`, `-` and `_`"));
    }
    if let Some(Placed { value: PatternSource::Inline(pattern), span }) = &rule.pattern {
        let placed = Placed { value: pattern.clone(), span: span.clone() };
        problems.extend(judge_pattern(declaration, &placed));
    }
    if let Some(schedule) = &rule.schedule
        && let Err(reason) = check_schedule(&schedule.value)
    {
        problems.push(Problem::error(format!("not a schedule: {reason}"), &schedule.span));
    }
    problems.extend(rule.targets.iter().filter_map(|target| judge_target(declaration, target)));
    problems
}

/// What is wrong with a pattern: it is none, or no event of this sandbox can match it.
pub fn judge_pattern(declaration: &Declaration, pattern: &Placed<Value>) -> Vec<Problem> {
    if let Err(reason) = Pattern::read(&pattern.value) {
        return vec![Problem::error(format!("not an event pattern: {reason}"), &pattern.span)];
    }
    let members = pattern.value.as_object().into_iter().flat_map(Map::keys);
    let unknown = members.filter(|member| !MEMBERS.contains(&member.as_str())).map(|member| {
        let problem = Problem::error(format!("events have no `{member}`: the pattern matches none"), &pattern.span);
        problem.with_suggestion(did_you_mean(member, MEMBERS.into_iter()))
    });
    unknown.chain(judge_buckets(declaration, pattern)).collect()
}

/// A bucket that the pattern names must send events.
fn judge_buckets(declaration: &Declaration, pattern: &Placed<Value>) -> Vec<Problem> {
    let named = pattern.value["detail"]["bucket"]["name"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let silent = |name: &str| {
        let buckets = &declaration.buckets;
        match buckets.iter().find(|bucket| bucket.name.value == name) {
            Some(bucket) if bucket.event_bridge => None,
            Some(bucket) => {
                let problem = Problem::error(format!("bucket `{name}` sends no events"), &pattern.span);
                let help = format!("add `event_bridge: true` to bucket `{name}`");
                Some(problem.with_help(help).with_related(&bucket.name.span, "declared here"))
            }
            None => {
                let other = did_you_mean(name, buckets.iter().map(|bucket| bucket.name.value.as_str()))?;
                let problem = Problem::error(format!("there is no bucket `{name}`"), &pattern.span);
                Some(problem.with_suggestion(Some(other)))
            }
        }
    };
    named.filter_map(silent).collect()
}

fn judge_target(declaration: &Declaration, target: &Target) -> Option<Problem> {
    let (kind, name, known): (_, _, Vec<&str>) = match &target.recipient {
        Recipient::StateMachine(name) => {
            ("state machine", name, declaration.state_machines.iter().map(|it| it.name.value.as_str()).collect())
        }
        Recipient::Function(name) => {
            ("function", name, declaration.functions.iter().map(|it| it.name.value.as_str()).collect())
        }
    };
    (!known.contains(&name.value.as_str())).then(|| {
        let problem = Problem::error(format!("there is no {kind} `{}`", name.value), &name.span);
        problem.with_suggestion(did_you_mean(&name.value, known.iter().copied()))
    })
}
