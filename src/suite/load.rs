//! Files to suites: which files there are, read all of them, check all of them.

use std::collections::{BTreeSet, HashSet};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use crate::diagnostic::{Problem, Source, Span};
use crate::expect::Files;
use crate::target::{PROJECT_FILE, Project};
use crate::yaml::read::SIZE_LIMIT;
use crate::yaml::{Node, parse, parse_bytes};

use super::model::Suite;
use super::parallel::each;
use super::{decode_suite, unique};

/// The folder of the suites, below the project's root.
pub const SUITES_FOLDER: &str = "suites";

/// What was loaded.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The suites without an error, by path.
    pub suites: Vec<Arc<Suite>>,
    /// Errors and warnings of all files.
    pub problems: Vec<Problem>,
}

/// How suites are loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Golden files are about to be written (`--update`): one that is not there yet is no problem.
    pub update: bool,
}

/// Reads and checks suites: the files and folders of `paths` (relative to the root, or inside it), or all of `suites/` when
/// there are none. Everything is found in one pass; a suite with an error is left out.
pub fn load(project: &Project, paths: &[PathBuf]) -> Loaded {
    load_with(project, paths, LoadOptions::default())
}

/// As [`load`], with options.
pub fn load_with(project: &Project, paths: &[PathBuf], options: LoadOptions) -> Loaded {
    let (mut loaded, mut names) = (Loaded::default(), Vec::new());
    let folder = [PathBuf::from(SUITES_FOLDER)];
    let mut files = BTreeSet::new();
    for path in if paths.is_empty() { &folder } else { paths } {
        collect(&project.root, path, &mut files, &mut loaded.problems);
    }
    let files: Vec<PathBuf> = files.into_iter().collect();
    for (name, of_file) in each(&files, |file| load_file(project, file, options)) {
        names.extend(name);
        loaded.suites.extend(of_file.suites);
        loaded.problems.extend(of_file.problems);
    }
    finish(&mut loaded, &names);
    loaded
}

/// One file: the name of its suite, and what comes of it.
fn load_file(project: &Project, file: &Path, options: LoadOptions) -> (Option<(String, Span)>, Loaded) {
    let mut loaded = Loaded::default();
    match read(&project.root, file) {
        Ok(node) => {
            add(project, &node, file, options, &mut loaded);
            (name_of(&node), loaded)
        }
        Err(problems) => (None, Loaded { problems, ..loaded }),
    }
}

/// Checks one suite whose text is at hand.
pub fn check_text(project: &Project, path: impl Into<PathBuf>, text: &str) -> Loaded {
    let (path, mut loaded) = (path.into(), Loaded::default());
    match parse(Source::new(path.clone(), text)) {
        Ok(node) => add(project, &node, &path, LoadOptions::default(), &mut loaded),
        Err(problems) => loaded.problems = problems,
    }
    finish(&mut loaded, &[]);
    loaded
}

fn add(project: &Project, node: &Node, path: &Path, options: LoadOptions, loaded: &mut Loaded) {
    let files = Files { root: project.root.clone(), update: options.update };
    let mut problems = Vec::new();
    let suite = decode_suite::decode(node, path, project, &files, &mut problems);
    let is_sound = problems.iter().all(|problem| !problem.is_error());
    loaded.suites.extend(suite.filter(|_| is_sound).map(Arc::new));
    let mut told = HashSet::new();
    problems.retain(|problem| {
        problem.span.as_ref().is_none_or(|span| told.insert((span.line(), span.column(), problem.message.clone())))
    });
    loaded.problems.extend(problems);
}

/// What concerns several suites: their names, and problems in the project file that more than one of them met.
fn finish(loaded: &mut Loaded, names: &[(String, Span)]) {
    unique::check("the suite name", names.iter().map(|(name, span)| (name.as_str(), span)), &mut loaded.problems);
    let mut seen = HashSet::new();
    loaded.suites.retain(|suite| seen.insert(suite.name.clone()));
    let mut met: Vec<Problem> = Vec::new();
    loaded.problems.retain(|problem| {
        let is_of_project = problem.file() == Some(Path::new(PROJECT_FILE));
        let is_again = is_of_project && met.contains(problem);
        met.extend((is_of_project && !is_again).then(|| problem.clone()));
        !is_again
    });
}

/// The name of a suite, whatever else is wrong with it.
fn name_of(node: &Node) -> Option<(String, Span)> {
    let name = node.get("suite")?;
    Some((name.as_text().filter(|name| !name.trim().is_empty())?.to_owned(), name.span.clone()))
}

/// Adds the suites of a path: itself, or the YAML files below it.
fn collect(root: &Path, path: &Path, files: &mut BTreeSet<PathBuf>, problems: &mut Vec<Problem>) {
    let Some(relative) = inside(root, path) else { return problems.push(outside(path)) };
    let full = root.join(&relative);
    if full.is_file() {
        files.insert(relative);
        return;
    }
    if !full.is_dir() {
        return problems.push(missing(path));
    }
    for entry in WalkDir::new(&full).sort_by_file_name() {
        match entry {
            Ok(entry) if !entry.file_type().is_dir() && is_yaml(entry.path()) => {
                files.extend(entry.path().strip_prefix(root).map(Path::to_path_buf));
            }
            Ok(_) => {}
            Err(error) => problems.push(unreadable_folder(root, path, &error)),
        }
    }
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// The path relative to the root, without `.`; none if it lies outside.
fn inside(root: &Path, path: &Path) -> Option<PathBuf> {
    let relative = if path.is_absolute() { path.strip_prefix(root).ok()? } else { path };
    let mut clean = PathBuf::new();
    for part in relative.components() {
        match part {
            Component::Normal(name) => clean.push(name),
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(clean)
}

fn outside(path: &Path) -> Problem {
    Problem::at_file(path, "the path is not inside the project")
        .with_help("suites lie below the folder of `shakedown.yaml`")
}

fn missing(path: &Path) -> Problem {
    let problem = Problem::at_file(path, "no such file or folder");
    problem.with_help(format!("suites are `{SUITES_FOLDER}/**/*.yaml`; a path is relative to the project's root"))
}

fn unreadable_folder(root: &Path, path: &Path, error: &walkdir::Error) -> Problem {
    let place = error.path().and_then(|place| place.strip_prefix(root).ok()).unwrap_or(path);
    let why = error.io_error().map_or_else(|| "links go in a circle".to_owned(), ToString::to_string);
    Problem::at_file(place, format!("failed to read: {why}"))
}

/// Reads a file, never more of it than is accepted.
fn read(root: &Path, file: &Path) -> Result<Node, Vec<Problem>> {
    let unreadable = |error: std::io::Error| vec![Problem::at_file(file, format!("failed to read: {error}"))];
    let path = root.join(file);
    let metadata = path.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        // Opening a pipe would wait for its other end.
        return Err(vec![Problem::at_file(file, "this is not a file")]);
    }
    let (opened, size) = (std::fs::File::open(path).map_err(unreadable)?, metadata.len());
    if size > SIZE_LIMIT as u64 {
        let problem = Problem::at_file(file, format!("the file has {size} bytes; at most {SIZE_LIMIT} are read"));
        return Err(vec![
            problem.with_help("keep data in files of its own (CSV, JSON Lines) and name them in the suite"),
        ]);
    }
    let mut bytes = Vec::new();
    opened.take(SIZE_LIMIT as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    parse_bytes(file, &bytes)
}
