//! From the text of `shakedown.yaml` to a [`Project`], with all problems at once.

use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use indexmap::IndexMap;

use super::inherit;
use super::project::{Account, AthenaDefaults, Defaults, Limits, Project, Target, Unsupported};
use super::rates::Rates;
use super::table::{PROJECT, TARGET};
use crate::diagnostic::{Problem, Span};
use crate::event::Effect;
use crate::value::{Map, Value};
use crate::yaml::field::{Fields, check};
use crate::yaml::{Entry, Kind, Node, parse_bytes};

/// The project file's name.
pub const PROJECT_FILE: &str = "shakedown.yaml";

/// Names that a target variable may not have: they are the target's own.
const OWN_NAMES: [&str; 3] = ["account", "region", "name"];
/// A mapping with one of these keys as a target variable is a reference.
const REFERENCES: [&str; 4] = ["ssm", "stack_output", "stack_export", "secretsmanager"];
/// Keys of a target that this version reads and does not enforce.
const NOT_ENFORCED: [&str; 3] = ["write_to", "execute_only", "also"];

/// The nearest folder, from `start` upwards, that holds a project file.
pub fn find_root(start: &Path) -> Option<PathBuf> {
    start.ancestors().find(|folder| folder.join(PROJECT_FILE).is_file()).map(Path::to_path_buf)
}

/// Reads the project file of this folder.
pub fn load(root: &Path) -> Result<Project, Vec<Problem>> {
    let bytes = std::fs::read(root.join(PROJECT_FILE))
        .map_err(|error| vec![Problem::at_file(PROJECT_FILE, format!("failed to read: {error}"))])?;
    let node = parse_bytes(PROJECT_FILE, &bytes)?;
    let mut problems = Vec::new();
    check(&node, &PROJECT, &mut problems);
    let project = decode(root, &node, &mut problems);
    match project {
        Some(project) if problems.iter().all(|problem| !problem.is_error()) => Ok(project),
        _ => Err(problems),
    }
}

fn decode(root: &Path, node: &Node, problems: &mut Vec<Problem>) -> Option<Project> {
    let fields = Fields::new(node, &PROJECT);
    let matrices = fields.map("matrices").iter().map(|entry| (entry.key.text.clone(), entry.value.clone()));
    Some(Project {
        root: root.to_path_buf(),
        timezone: timezone(&fields, problems),
        tags: tags(&fields, problems),
        env: fields.texts("env").into_iter().map(|(name, _)| name.to_owned()).collect(),
        defaults: defaults(&fields),
        matrices: matrices.collect(),
        targets: targets(root, &fields, problems),
        span: node.span.clone(),
        name: fields.text("project")?.to_owned(),
    })
}

fn timezone(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> Tz {
    let Some(name) = fields.text("timezone") else { return Tz::UTC };
    name.parse().unwrap_or_else(|_| {
        let best = crate::diagnostic::did_you_mean(name, chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name()));
        let problem = Problem::error(format!("no time zone `{name}`"), fields.span_of("timezone"));
        problems.push(problem.with_suggestion(best).with_help("use an IANA name such as Europe/Berlin"));
        Tz::UTC
    })
}

/// Tags are names of `--tag` expressions, so they are plain identifiers.
fn tags(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> Vec<String> {
    for (tag, span) in fields.texts("tags") {
        let plain = tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !plain {
            let problem = Problem::error(format!("`{tag}` cannot be a tag"), span);
            problems.push(problem.with_help("use letters, digits and `_`, so that `--tag 'a && !b'` can name it"));
        }
    }
    fields.texts("tags").into_iter().map(|(tag, _)| tag.to_owned()).collect()
}

fn defaults(fields: &Fields<'_>) -> Defaults {
    let Some(given) = fields.table("defaults") else { return Defaults::default() };
    let time = |name| given.has(name).then(|| given.duration(name)).flatten();
    Defaults { step: time("step"), case: time("case"), suite: time("suite"), cleanup: time("cleanup") }
}

fn targets(root: &Path, fields: &Fields<'_>, problems: &mut Vec<Problem>) -> IndexMap<String, Target> {
    let entries = fields.map("targets");
    let nodes = inherit::resolve(entries, problems);
    let mut targets = IndexMap::new();
    for entry in entries {
        let Some(node) = nodes.get(&entry.key.text).filter(|node| node.as_map().is_some()) else { continue };
        let fields = Fields::new(node, &TARGET);
        targets.extend(target(root, entry, &fields, problems).map(|target| (target.name.clone(), target)));
    }
    targets
}

fn target(root: &Path, entry: &Entry, fields: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<Target> {
    let account = account(root, entry, fields, problems)?;
    let mut unsupported = Vec::new();
    for key in NOT_ENFORCED.iter().filter(|key| fields.has(key)) {
        unsupported.push(Unsupported { what: format!("`{key}`"), span: fields.span_of(key).clone() });
    }
    Some(Target {
        name: entry.key.text.clone(),
        span: entry.key.span.clone(),
        allow: allow(&account, fields),
        exec: fields.boolean("exec").unwrap_or(false),
        vars: vars(&account, fields, &mut unsupported, problems),
        athena: athena(fields),
        limits: limits(fields, &mut unsupported),
        rates: Rates::of_target(&account, fields.table("limits"), problems),
        date: fields.date("date"),
        state: fields.text("state").map(str::to_owned),
        keep: fields.boolean("keep").unwrap_or(true),
        account,
        unsupported,
    })
}

fn account(root: &Path, entry: &Entry, fields: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<Account> {
    if let Some(declaration) = fields.text("sandbox") {
        for key in
            ["account", "region", "role", "external_id", "endpoint", "state"].iter().filter(|key| fields.has(key))
        {
            let message = format!("`{key}` has no meaning beside `sandbox`");
            let help = match *key {
                "state" => "the sandbox ends with its run, and so does everything in it",
                _ => "the sandbox is account 000000000000",
            };
            problems.push(Problem::error(message, fields.span_of(key)).with_help(help));
        }
        if !root.join(declaration).is_file() {
            problems.push(Problem::error(format!("no file `{declaration}`"), fields.span_of("sandbox")));
        }
        return Some(Account::Sandbox { declaration: declaration.into() });
    }
    let text = |name: &str| fields.text(name).map(str::to_owned);
    let (Some(account), Some(region)) = (text("account"), text("region")) else {
        let message = format!("target `{}` needs `sandbox`, or `account` and `region`", entry.key.text);
        problems.push(Problem::error(message, &entry.key.span));
        return None;
    };
    if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        let problem = Problem::error(format!("`{account}` is no AWS account"), fields.span_of("account"));
        problems.push(problem.with_help("write its 12 digits in quotes: \"111122223333\""));
    }
    refuse_half_accounts(fields, problems);
    Some(Account::Aws {
        account,
        region,
        role: text("role"),
        external_id: text("external_id"),
        endpoint: text("endpoint"),
    })
}

fn refuse_half_accounts(fields: &Fields<'_>, problems: &mut Vec<Problem>) {
    if fields.has("external_id") && !fields.has("role") {
        let problem = Problem::error("`external_id` has no meaning without `role`", fields.span_of("external_id"));
        problems.push(problem.with_help("name the role that is assumed with it"));
    }
    if fields
        .text("state")
        .is_some_and(|uri| uri.strip_prefix("s3://").is_none_or(|rest| rest.split('/').next() == Some("")))
    {
        let problem = Problem::error("`state` is no place in S3", fields.span_of("state"));
        problems.push(problem.with_help("write s3://, a bucket and a prefix: s3://bucket/prefix/"));
    }
    if fields.text("endpoint").is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
        let problem = Problem::error("`endpoint` is no URL", fields.span_of("endpoint"));
        problems.push(problem.with_help("write http:// or https://, host and port"));
    }
}

fn allow(account: &Account, fields: &Fields<'_>) -> Vec<Effect> {
    let given: Vec<Effect> =
        fields.texts("allow").into_iter().filter_map(|(name, _)| Effect::from_name(name)).collect();
    match account {
        _ if fields.has("allow") => given,
        Account::Sandbox { .. } => Effect::ALL.to_vec(),
        Account::Aws { .. } => vec![Effect::Read],
    }
}

/// The variables, with the target's own names beside them.
fn vars(
    account: &Account,
    fields: &Fields<'_>,
    unsupported: &mut Vec<Unsupported>,
    problems: &mut Vec<Problem>,
) -> Map {
    let mut vars = Map::new();
    for Entry { key, value } in fields.map("vars") {
        if OWN_NAMES.contains(&key.text.as_str()) {
            problems.push(Problem::error(format!("a target variable may not be called `{}`", key.text), &key.span));
        }
        if let Some(reference) = reference(value) {
            let what = format!("the reference `{}: {{{reference}: …}}`", key.text);
            unsupported.push(Unsupported { what, span: value.span.clone() });
        }
        vars.insert(key.text.clone(), value.value());
    }
    let (id, region) = match account {
        Account::Sandbox { .. } => (crate::sandbox::ACCOUNT, crate::sandbox::DEFAULT_REGION),
        Account::Aws { account, region, .. } => (account.as_str(), region.as_str()),
    };
    vars.insert("account".into(), Value::text(id));
    vars.insert("region".into(), Value::text(region));
    vars
}

fn reference(value: &Node) -> Option<&str> {
    let Kind::Map(entries) = &value.kind else { return None };
    entries.iter().map(|entry| entry.key.text.as_str()).find(|key| REFERENCES.contains(key))
}

fn athena(fields: &Fields<'_>) -> AthenaDefaults {
    let Some(given) = fields.table("athena") else { return AthenaDefaults::default() };
    let text = |name| given.text(name).map(str::to_owned);
    AthenaDefaults { workgroup: text("workgroup"), output: text("output") }
}

fn limits(fields: &Fields<'_>, unsupported: &mut Vec<Unsupported>) -> Limits {
    let Some(given) = fields.table("limits") else { return Limits::default() };
    for key in ["scanned", "scanned_per_query"] {
        if let Some(node) = given.node(key) {
            unsupported.push(Unsupported { what: format!("`limits.{key}`"), span: span_of(node) });
        }
    }
    Limits {
        deadline: given.has("deadline").then(|| given.duration("deadline")).flatten(),
        answer: given.has("answer").then(|| given.duration("answer")).flatten(),
        concurrency: given
            .has("concurrency")
            .then(|| given.integer("concurrency"))
            .flatten()
            .and_then(|n| n.try_into().ok()),
        scanned: given.size("scanned"),
        scanned_per_query: given.size("scanned_per_query"),
    }
}

fn span_of(node: &Node) -> Span {
    node.span.clone()
}
