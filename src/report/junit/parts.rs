//! CodeBuild keeps 500 cases of a report: beyond 450, a run is written as several files for report groups of their own.

use std::path::{Path, PathBuf};

/// Cases of one file.
const CASES: usize = 450;
/// Files, and so report groups: a buildspec has five at most (AWS CodeBuild user guide).
const FILES: usize = 5;

/// How many cases each file holds. The last one takes what is beyond, which CodeBuild then cuts: those that are red come first.
pub(super) fn sizes(cases: usize) -> Vec<usize> {
    let files = cases.div_ceil(CASES).clamp(1, FILES);
    let mut sizes = vec![CASES; files - 1];
    sizes.push(cases - CASES * (files - 1));
    sizes
}

/// `junit.xml`, `junit-2.xml`, …
pub(super) fn path(folder: &Path, part: usize) -> PathBuf {
    match part {
        0 => folder.join("junit.xml"),
        n => folder.join(format!("junit-{}.xml", n + 1)),
    }
}
