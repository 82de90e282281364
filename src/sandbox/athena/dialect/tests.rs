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

fn check_names(sql: &str, expected: &[&str]) {
    let (names, _) = run(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert_eq!(names, expected, "{sql}");
}

#[test]
fn columns_are_called_as_athena_calls_them() {
    check_names("select 1, 'a' as Name, x, t.x, x from (values 1) as t(x)", &["_col0", "Name", "x", "x", "x"]);
    check_names("select *, 1, 2 as Two from (values (1, 2)) as t(a, b)", &["a", "b", "_col2", "Two"]);
    check_names("values (1, 2)", &["_col0", "_col1"]);
    check_names("values 1 union all values 2", &["_col0"]);
    check_names("select * from (select 1, 2 as b)", &["_col0", "b"]);
    check_names("select cast(row(1) as row(f integer)).f, count(*) from (values 1) as t(x)", &["f", "_col1"]);
    check_names("select * from (values array[1]) as t(xs) cross join unnest(xs)", &["xs", "_col1"]);
}

fn check_refusal(sql: &str, expected: &str) {
    let error = shown(sql).map_or_else(|error| error, |rows| format!("rows: {rows}"));
    assert!(error.starts_with(expected), "{}\n  expected {expected}\n  found    {error}", &sql[..sql.len().min(80)]);
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place_and_never_panics() {
    check_refusal("", "line 1:1: mismatched input '<EOF>'.");
    check_refusal("select 'unclosed", "SYNTAX_ERROR: line 1:8: ");
    check_refusal("select 1,\n  frob(2)", "FUNCTION_NOT_FOUND: line 2:3: Function 'frob' not registered");
    check_refusal("select 1; select 2", "line 1:9: mismatched input ';'.");
    check_refusal("drop table t", "line 1:1: mismatched input 'drop'.");
    check_refusal(
        "select nope from (values 1) as t(x)",
        "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved",
    );
    check_refusal(&format!("select {}1", "- ".repeat(3000)), "SYNTAX_ERROR: statement is too deeply nested");
    check_refusal(&format!("select 1{}", " + 1".repeat(5000)), "NOT_SUPPORTED: ");
    check_refusal(&format!("select {}1{}", "abs(".repeat(60), ")".repeat(60)), "NOT_SUPPORTED: ");
    check_refusal(&format!("select '{}'", "x".repeat(300_000)), "QUERY_TEXT_TOO_LARGE: ");
    check_refusal(
        "select date '2020-01-01' + interval '2147483647' month",
        "INVALID_FUNCTION_ARGUMENT: date out of range",
    );
    check_refusal("select repeat('x', 20000)", "INVALID_FUNCTION_ARGUMENT: ");
}

#[test]
fn long_chains_of_and_or_and_concatenation_are_read() {
    let chain = |operator: &str, count: usize| vec!["x = 1"; count].join(operator);
    let query = |condition: String| format!("select count(*) from (values 1, 2) as t(x) where {condition}");
    assert_eq!(shown(&query(chain(" or ", 3000))), Ok("1".to_owned()));
    assert_eq!(shown(&query(chain(" and ", 3000))), Ok("1".to_owned()));
    assert_eq!(shown(&format!("select length({})", vec!["'ab'"; 500].join(" || "))), Ok("1000".to_owned()));
}
