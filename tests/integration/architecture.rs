//! The shape of the code: which module may name which, and which crates are the affair of one module.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Crates that are named in one place, and that place. ARCHITECTURE.md says why.
const OWNERS: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["diagnostic"]),
    ("aws_config", &["target"]),
    ("aws_sdk_athena", &["service"]),
    ("aws_sdk_lambda", &["service"]),
    ("aws_sdk_s3", &["service"]),
    ("aws_sdk_sfn", &["service"]),
    ("aws_sdk_sts", &["target"]),
    ("axum", &["sandbox"]),
    ("cel", &["expr"]),
    ("clap", &["cli", "main"]),
    ("clap_complete", &["cli"]),
    ("comfy_table", &["cli", "report/console"]),
    ("datafusion", &["sandbox"]),
    ("flate2", &["sandbox"]),
    ("granit_parser", &["yaml"]),
    ("http_body_util", &["sandbox"]),
    ("hyper", &["sandbox/server"]),
    ("hyper_util", &["sandbox/server", "target"]),
    ("indicatif", &["report/console"]),
    ("jsonschema", &["expect"]),
    ("junit_report", &["report/junit"]),
    ("libtest_mimic", &["harness"]),
    ("nix", &["actions/exec", "sandbox/lambda"]),
    ("s3s", &["sandbox"]),
    ("serde_json_path", &["expect", "sandbox/stepfunctions"]),
    ("sha1", &["sandbox"]),
    ("similar", &["expect"]),
    ("strsim", &["diagnostic", "sandbox/athena"]),
    ("tracing_subscriber", &["main"]),
    ("zip", &["sandbox/lambda"]),
];

/// Who may know the sandbox: everything else meets it as it would meet AWS.
const KNOW_THE_SANDBOX: [&str; 2] = ["cli", "target"];

struct Source {
    /// For example `sandbox/lambda/pool.rs`.
    path: PathBuf,
    /// Without comments, and without its tests.
    code: String,
}

impl Source {
    /// The top module, for example `sandbox`.
    fn module(&self) -> String {
        let first = self.path.iter().next().unwrap().to_str().unwrap();
        first.trim_end_matches(".rs").to_owned()
    }

    fn is_in(&self, place: &str) -> bool {
        self.path.starts_with(place) || self.path == Path::new(&format!("{place}.rs"))
    }

    /// How many modules it is below the crate's root.
    fn depth(&self) -> usize {
        self.path.iter().count() - usize::from(self.path.ends_with("mod.rs"))
    }

    /// The top modules that it names: after `crate::`, or by climbing to the crate's root.
    fn names(&self) -> BTreeSet<String> {
        let climb = "super::".repeat(self.depth());
        let one = after(&self.code, "crate::").chain(after(&self.code, &climb));
        let mut names: BTreeSet<String> = one.map(first_word).filter(|name| !name.is_empty()).collect();
        names.extend(after(&self.code, "crate::{").flat_map(members));
        names.remove("super");
        names
    }

    /// Whether it names a crate by a path.
    fn uses(&self, name: &str) -> bool {
        after(&self.code, &format!("{name}::")).next().is_some()
    }
}

/// The text after each place where `start` stands as a path's beginning.
fn after<'c>(code: &'c str, start: &str) -> impl Iterator<Item = &'c str> {
    let inside =
        |before: &str| before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':');
    let found: Vec<&str> = code
        .match_indices(start)
        .filter(|(at, _)| !inside(&code[..*at]))
        .map(|(at, _)| &code[at + start.len()..])
        .collect();
    found.into_iter()
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

/// The first names in a group of a `use`, whose text begins after its opening brace.
fn members(text: &str) -> Vec<String> {
    let (mut depth, mut members, mut current) = (1, Vec::new(), String::new());
    for letter in text.chars() {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        if depth == 0 || (depth == 1 && letter == ',') {
            members.push(current.split("::").next().unwrap().trim().to_owned());
            current.clear();
        } else {
            current.push(letter);
        }
        if depth == 0 {
            break;
        }
    }
    members.retain(|member| !member.is_empty());
    members
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = walkdir::WalkDir::new(&root).sort_by_file_name().into_iter().map(Result::unwrap);
    let rust = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "rs"));
    let sources: Vec<Source> = rust
        .map(|file| Source {
            path: file.path().strip_prefix(&root).unwrap().to_owned(),
            code: code(&std::fs::read_to_string(file.path()).unwrap()),
        })
        .filter(|source| !is_test(&source.path))
        .collect();
    assert!(sources.len() > 100, "the sources are not there");
    sources
}

fn is_test(path: &Path) -> bool {
    let name = path.to_str().unwrap();
    ["tests/", "tests.rs", "testing.rs", "stepfunctions/corpus/"].iter().any(|part| name.contains(part))
}

/// Before a module of tests.
const TESTS: &str = "\n#[cfg(test)]\n";

fn begins_a_body(text: &str, word: &str) -> bool {
    text.starts_with(word) && text.lines().next().is_some_and(|line| line.ends_with('{'))
}

/// Without comments, and without the module of tests at the end.
fn code(text: &str) -> String {
    let begins =
        |at: &usize| ["mod", "pub(crate) mod"].iter().any(|word| begins_a_body(&text[*at + TESTS.len()..], word));
    let end = text.match_indices(TESTS).map(|(at, _)| at).find(begins).unwrap_or(text.len());
    text[..end].lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The modules from the top down, as `lib.rs` lists them.
fn order() -> Vec<String> {
    let text = include_str!("../../src/lib.rs");
    text.lines().filter_map(|line| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned())).collect()
}

#[test]
fn a_module_names_only_modules_below_it() {
    let order = order();
    let rank = |module: &str| order.iter().position(|name| name == module);
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !["lib", "main"].contains(&source.module().as_str())) {
        let module = source.module();
        let Some(own) = rank(&module) else {
            wrong.push(format!("src/{}: `{module}` has no place in src/lib.rs", source.path.display()));
            continue;
        };
        for name in source.names() {
            match rank(&name) {
                Some(other) if other < own => {
                    wrong.push(format!("src/{}: `{module}` is below `{name}` and names it", source.path.display()));
                }
                Some(_) => {}
                None => {
                    wrong.push(format!("src/{}: `crate::{name}` is no module of src/lib.rs", source.path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_of_src_is_listed() {
    let listed: BTreeSet<String> = order().into_iter().chain(["lib".to_owned(), "main".to_owned()]).collect();
    let found: BTreeSet<String> = sources().iter().map(Source::module).collect();
    assert_eq!(found, listed);
}

#[test]
fn the_sandbox_is_known_only_to_who_starts_it() {
    let knowing: BTreeSet<String> =
        sources().iter().filter(|source| source.names().contains("sandbox")).map(Source::module).collect();
    let allowed = KNOW_THE_SANDBOX.into_iter().chain(["sandbox"]).map(str::to_owned).collect();
    assert_eq!(knowing, allowed);
}

#[test]
fn a_crate_is_named_where_it_belongs_and_nowhere_else() {
    let sources = sources();
    let mut wrong = Vec::new();
    for (name, owners) in OWNERS {
        let users: Vec<&Source> = sources.iter().filter(|source| source.uses(name)).collect();
        let strangers = users.iter().filter(|source| !owners.iter().any(|owner| source.is_in(owner)));
        wrong.extend(strangers.map(|source| format!("src/{}: `{name}` belongs to {owners:?}", source.path.display())));
        let idle = owners.iter().filter(|owner| !users.iter().any(|source| source.is_in(owner)));
        wrong.extend(idle.map(|owner| format!("`{owner}` does not use `{name}` any more: take it off the list")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_begin_with_their_purpose_and_module_files_have_no_logic() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let logic = Regex::new(r"(?m)^\s*(?:pub(?:\(\w+\))? )?(?:async )?(?:fn|impl)\b").unwrap();
    let mut wrong = Vec::new();
    for source in sources() {
        let text = std::fs::read_to_string(root.join(&source.path)).unwrap();
        if !text.starts_with("//! ") {
            wrong.push(format!("src/{}: does not begin with its purpose", source.path.display()));
        }
        // What is typed begins in `cli/mod.rs`, as clap's derived types have it.
        let may = !source.path.ends_with("mod.rs") || source.path == Path::new("cli/mod.rs");
        if !may && logic.is_match(&source.code) {
            wrong.push(format!("src/{}: logic in a `mod.rs`", source.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_members_of_a_group_are_found() {
    assert_eq!(members("sandbox, suite::{a, b}, value};\nfn x() {}"), ["sandbox", "suite", "value"]);
    let source = Source {
        path: "report/junit/consumer.rs".into(),
        code: "use crate::{event::{A, B}, redact};\nuse super::super::super::value;".into(),
    };
    assert_eq!(source.names().into_iter().collect::<Vec<_>>(), ["event", "redact", "value"]);
}
