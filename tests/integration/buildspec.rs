//! buildspec.yml does what CodeBuild will do with it: its phases run in a clean copy, and its reports are where it looks.
//!
//! In reduced form: the binary of this build stands for the one that `cargo build` would make again.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::peers;

/// What a checkout has not.
const NOT_COMMITTED: [&str; 6] = [".git", ".venv", "target", "reports", "tests", "docs"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn buildspec() -> Value {
    let script = "import sys, json, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
    let output = peers::python().args(["-c", script]).arg(root().join("buildspec.yml")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A copy of what is committed, with a `cargo` that does no more than bring the binary.
fn checkout() -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    let entries = walkdir::WalkDir::new(root()).min_depth(1).into_iter();
    let kept = entries.filter_entry(|entry| {
        entry.depth() > 1 || !NOT_COMMITTED.contains(&entry.file_name().to_str().unwrap_or_default())
    });
    for entry in kept.map(Result::unwrap) {
        let to = copy.path().join(entry.path().strip_prefix(root()).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(to).unwrap();
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
    let script = format!(
        "#!/bin/sh\n[ \"$*\" = 'build --locked' ] || {{ echo \"cargo $*\" >&2; exit 64; }}\n\
         mkdir -p \"$CARGO_TARGET_DIR/debug\" && cp {} \"$CARGO_TARGET_DIR/debug/shakedown\"\n",
        env!("CARGO_BIN_EXE_shakedown")
    );
    let cargo = copy.path().join("bin/cargo");
    fs::create_dir_all(cargo.parent().unwrap()).unwrap();
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    copy
}

/// The commands of all phases in one shell, as CodeBuild runs them.
fn script(buildspec: &Value) -> String {
    let phases = &buildspec["phases"];
    let known = ["install", "pre_build", "build", "post_build"];
    assert!(phases.as_object().unwrap().keys().all(|phase| known.contains(&phase.as_str())));
    let commands = known.iter().flat_map(|phase| phases[*phase]["commands"].as_array().cloned().unwrap_or_default());
    commands.map(|command| command.as_str().unwrap().to_owned()).collect::<Vec<_>>().join("\n")
}

fn matching(folder: &Path, files: &Value) -> Vec<PathBuf> {
    let mut globs = globset::GlobSetBuilder::new();
    for glob in files.as_array().unwrap() {
        globs.add(globset::GlobBuilder::new(glob.as_str().unwrap()).literal_separator(true).build().unwrap());
    }
    let globs = globs.build().unwrap();
    let found = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.unwrap().into_path());
    found.filter(|path| globs.is_match(path.strip_prefix(folder).unwrap())).collect()
}

#[test]
fn its_phases_run_the_example_and_its_reports_are_found() {
    let (buildspec, copy) = (buildspec(), checkout());
    assert_eq!(buildspec["version"].to_string(), "0.2");
    let mut command = Command::new("bash");
    command.args(["-e", "-c", &script(&buildspec)]).current_dir(copy.path());
    for (name, value) in buildspec["env"]["variables"].as_object().unwrap() {
        command.env(name, value.as_str().unwrap());
    }
    let path = format!("{}:{}", copy.path().join("bin").display(), std::env::var_os("PATH").unwrap().to_string_lossy());
    command
        .env("PATH", path)
        .env("TARGET", "local")
        .env("CODEBUILD_BUILD_ID", "lake-tests:0a1b2c3d")
        .env("CODEBUILD_BUILD_ARN", "arn:aws:codebuild:eu-west-1:111122223333:build/lake-tests:0a1b2c3d")
        .env("CODEBUILD_SRC_DIR", copy.path())
        .env("CI", "true");
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "--- stdout\n{out}\n--- stderr\n{err}");
    judge_reports(&buildspec["reports"], copy.path());
}

fn judge_reports(groups: &Value, checkout: &Path) {
    let groups = groups.as_object().unwrap();
    assert!(groups.len() <= 5, "CodeBuild takes five report groups");
    let mut found = Vec::new();
    for group in groups.values() {
        assert_eq!(group["file-format"], "JUNITXML");
        found.extend(matching(&checkout.join(group["base-directory"].as_str().unwrap()), &group["files"]));
    }
    assert_eq!(found.len(), 1, "one report of one run: {found:?}");
    let junit = fs::read_to_string(&found[0]).unwrap();
    assert!(
        junit.matches("<testcase ").count() >= 12 && !junit.contains("<failure") && !junit.contains("<error"),
        "{junit}"
    );
}

#[test]
fn each_part_of_a_large_report_has_a_group_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("reports/run")).unwrap();
    for name in ["junit.xml", "junit-2.xml", "junit-3.xml", "junit-4.xml", "junit-5.xml"] {
        fs::write(folder.path().join("reports/run").join(name), "").unwrap();
    }
    let buildspec = buildspec();
    for (name, group) in buildspec["reports"].as_object().unwrap() {
        let found = matching(&folder.path().join(group["base-directory"].as_str().unwrap()), &group["files"]);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
    }
}
