//! The table: every fault at every call, once and always, and what came of each.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use comfy_table::{ContentArrangement, Table, presets};
use futures::StreamExt;

use super::cell::{Cell, Dose, Observed};
use super::columns::{COLUMNS, Column};
use super::faults::{FAULTS, Fault};
use super::promises::broken;

/// Cells side by side. Most of them wait most of the time.
const AT_ONCE: usize = 48;
/// The committed table.
const COMMITTED: &str = "docs/faults.md";

const HEAD: &str = "\
# What becomes of a run when calls go wrong

Each cell is a run of the real binary against a sandbox behind a proxy that spoils one call: the first number of times it is made
(before the stroke), and every time (behind it). Written by `cargo test fault_table`, which fails when a cell is another.

`passed`, `failed`, `errored`: the outcome of the case; `refused`: the run does not begin. `+`: the run says what is left over, or
may still run. `-`: the fault cannot be had there.
";

struct Seen {
    cell: Cell,
    observed: Observed,
}

fn cells() -> Vec<Cell> {
    let of = |column: Column| {
        let faults = FAULTS.into_iter().flat_map(|(fault, _)| [(fault, Dose::Once), (fault, Dose::Always)]);
        faults.map(move |(fault, dose)| Cell { column, fault, dose })
    };
    COLUMNS.into_iter().flat_map(of).filter(Cell::makes_sense).collect()
}

/// Runs the cells side by side.
async fn run(cells: Vec<Cell>) -> Vec<Seen> {
    let run = |cell: Cell| async move { Seen { cell, observed: cell.run().await } };
    futures::stream::iter(cells).map(run).buffered(AT_ONCE).collect().await
}

fn word(observed: &Observed) -> String {
    let outcome = if observed.outcome == "not begun" { "refused" } else { &observed.outcome };
    format!("{outcome}{}", if observed.told > 0 { "+" } else { "" })
}

/// `passed / errored+`.
fn text(seen: &[Seen], column: Column, fault: Fault) -> String {
    let here = seen.iter().filter(|seen| seen.cell.column.name == column.name && seen.cell.fault == fault);
    let words: Vec<String> = here.map(|seen| word(&seen.observed)).collect();
    if words.is_empty() { "-".to_owned() } else { words.join(" / ") }
}

fn document(seen: &[Seen]) -> String {
    let mut document = HEAD.to_owned();
    let mut titles: Vec<&str> = COLUMNS.iter().map(|column| column.table).collect();
    titles.dedup();
    for title in titles {
        let columns: Vec<Column> = COLUMNS.into_iter().filter(|column| column.table == title).collect();
        let mut table = Table::new();
        table.load_preset(presets::ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(std::iter::once("").chain(columns.iter().map(|column| column.name)));
        for (fault, name) in FAULTS {
            let cells = columns.iter().map(|column| text(seen, *column, fault));
            table.add_row(std::iter::once(name.to_owned()).chain(cells));
        }
        write!(document, "\n## {title}\n\n{table}\n").unwrap();
    }
    write!(document, "\n## In all\n\n{}", counts(seen)).unwrap();
    document
}

fn counts(seen: &[Seen]) -> String {
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for seen in seen {
        *outcomes.entry(word(&seen.observed)).or_default() += 1;
    }
    let broken = seen.iter().filter(|seen| !broken(&seen.cell, &seen.observed).is_empty()).count();
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(["", "cells"]);
    for (outcome, count) in outcomes {
        table.add_row([outcome, count.to_string()]);
    }
    table.add_row(["together".to_owned(), seen.len().to_string()]);
    table.add_row(["with a broken promise".to_owned(), broken.to_string()]);
    format!("{table}\n")
}

/// Every broken promise, with what was printed.
fn wrong(seen: &[Seen]) -> String {
    let mut text = String::new();
    for Seen { cell, observed } in seen {
        let promises = broken(cell, observed);
        if !promises.is_empty() {
            let (column, fault, dose) = (cell.column.name, cell.fault.name(), cell.dose);
            write!(text, "\n{column}, {fault}, {dose:?}: it does not hold that {}\n", promises.join("; that "))
                .unwrap();
            writeln!(text, "    exit {:?}, {observed}", observed.exit).unwrap();
        }
    }
    text
}

/// The lines that differ, old and new.
fn differing(old: &str, new: &str) -> String {
    let lines = old.lines().zip(new.lines()).filter(|(old, new)| old != new);
    lines.flat_map(|(old, new)| ["- ", old, "\n+ ", new, "\n"]).collect()
}

#[expect(clippy::print_stdout, reason = "the table is there to be seen, with --nocapture")]
#[tokio::test(flavor = "multi_thread")]
async fn fault_table() {
    let seen = run(cells()).await;
    let document = document(&seen);
    println!("{document}");
    let wrong = wrong(&seen);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let committed = std::fs::read_to_string(root.join(COMMITTED)).unwrap_or_default();
    let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults.md");
    std::fs::write(&fresh, &document).unwrap();
    assert!(wrong.is_empty(), "{wrong}");
    let differing = differing(&committed, &document);
    assert_eq!(committed, document, "{COMMITTED} is another; the new one is {}\n{differing}", fresh.display());
}
