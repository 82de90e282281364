//! The example's cases under `cargo test --test suites`: the same as `shakedown list` tells, with libtest's arguments.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::scratch::Scratch;

/// The test binary `suites`, which `cargo test` builds beside this one before it runs either.
fn suites() -> PathBuf {
    let folder = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let built = files.filter(|path| {
        path.extension().is_none() && path.file_name().unwrap().to_str().unwrap().starts_with("suites-")
    });
    let newest = built.max_by_key(|path| path.metadata().unwrap().modified().unwrap());
    newest.unwrap_or_else(|| panic!("no `suites` in {}: `cargo test --no-run` makes it", folder.display()))
}

/// What the test binary says, and whether it was green.
fn trials(arguments: &[&str]) -> (String, bool) {
    let output = Command::new(suites()).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (format!("{out}\n{err}"), output.status.success())
}

fn listed(arguments: &[&str]) -> BTreeSet<String> {
    let (said, green) = trials(arguments);
    assert!(green, "{said}");
    said.lines().filter_map(|line| Some(line.strip_suffix(": test")?.to_owned())).collect()
}

#[test]
fn they_are_the_cases_of_a_run_and_take_filters_and_listing_them_starts_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let before = crate::scratch::run_folders(root).len();
    let names = listed(&["--list"]);
    let told = Scratch::new().shakedown(&["list", "--project", root.to_str().unwrap()]).exits(0).out;
    for name in &names {
        let (_, case) = name.split_once("::").unwrap();
        assert!(told.contains(case), "{name} is not in\n{told}");
    }
    assert!(names.len() >= 12, "{names:?}");
    assert_eq!(names.len(), told.lines().filter(|line| !line.trim().is_empty()).count(), "{told}");
    let part = listed(&["--list", "price refuses"]);
    assert_eq!(part.len(), 4, "{part:?}");
    assert_eq!(listed(&["--list", "--exact", "price refuses"]).len(), 0);
    assert_eq!(crate::scratch::run_folders(root).len(), before, "listing started a run");
    let name = "function contracts::price refuses an unknown country";
    let (said, green) = trials(&["--exact", name]);
    assert!(green && said.contains("1 passed"), "{said}");
}
