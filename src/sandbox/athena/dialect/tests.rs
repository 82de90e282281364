//! The documented examples, each run and compared with Athena's text.

use super::run::run;

/// Columns: area, SQL, expected rows (cells parted by ` ¦ `, rows by ` ⏎ `) or the start of the refusal, status.
const EXAMPLES: &str = include_str!("examples.tsv");

fn shown(sql: &str) -> Result<String, String> {
    let (_, rows) = run(sql)?;
    Ok(rows.iter().map(|row| row.join(" ¦ ")).collect::<Vec<_>>().join(" ⏎ "))
}

fn judge(sql: &str, expected: &str, status: &str) -> Result<(), String> {
    match (status, shown(sql)) {
        ("ok", Ok(found)) if found == expected => Ok(()),
        ("refused", Err(error)) if error.starts_with(expected) => Ok(()),
        (_, Ok(found)) => Err(format!("{status}: {sql}\n  expected {expected}\n  found    {found}")),
        (_, Err(error)) => Err(format!("{status}: {sql}\n  expected {expected}\n  failed   {error}")),
    }
}

#[test]
fn every_documented_example_gives_what_athena_gives_or_is_refused_by_name() {
    let mut wrong = Vec::new();
    let (mut ok, mut refused) = (0, 0);
    for line in EXAMPLES.lines().skip(1).filter(|line| !line.is_empty()) {
        let [_, sql, expected, status] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("four columns in: {line}");
        };
        match judge(sql, expected, status) {
            Ok(()) if status == "ok" => ok += 1,
            Ok(()) => refused += 1,
            Err(report) => wrong.push(report),
        }
    }
    assert!(wrong.is_empty(), "{} wrong of {}:\n{}", wrong.len(), wrong.len() + ok + refused, wrong.join("\n"));
    assert!(ok >= 100 && refused >= 5, "{ok} ok, {refused} refused");
}
