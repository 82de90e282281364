//! Queries and small tables in the sandbox.

use super::lab::{Lab, shown, wrong};
use crate::actions::ErrorKind;
use crate::event::Settlement;

const SANDBOX: &str = "
buckets: {lake: {seed: {theirs/: seed/*.csv}}}
athena: {output: 's3://lake/results/', databases: [db], statements: [tables.sql]}
";
const TABLES: &str = "create external table db.theirs (id bigint) row format delimited fields terminated by ',' location 's3://lake/theirs/';\n";
const SMALL: &str = "id,name,price,day,at,ok\n1,é \\ 'q',1.50,2026-01-16,2026-01-16T10:00:00.120,true\n2,\"\",,,,\n";
const FILES: &[(&str, &str)] = &[
    ("sandbox.yaml", SANDBOX),
    ("seed/a.csv", "1\n2\n"),
    ("tables.sql", TABLES),
    ("fixtures/t.csv", SMALL),
    ("fixtures/bad.csv", "id,name\nx,y\n"),
];
const COLUMNS: &str = "{id: bigint, name: varchar, price: 'decimal(9,2)', day: date, at: timestamp, ok: boolean}";

#[tokio::test]
async fn values_and_parameters_have_their_types() {
    let lab = Lab::sandbox(FILES).await;
    for (expression, parameters, expected) in [
        ("9007199254740993", "[]", "9007199254740993"),
        ("cast(1.5 as decimal(38,2))", "[]", "1.50"),
        ("nan()", "[]", "NaN"),
        ("-infinity()", "[]", "-Infinity"),
        ("date '2026-01-16'", "[]", "2026-01-16"),
        ("timestamp '2026-01-16 10:00:00.120'", "[]", "2026-01-16 10:00:00.120"),
        ("cast(null as varchar)", "[]", "null"),
        ("''", "[]", "\"\""),
        ("'007'", "[]", "\"007\""),
        ("array[1, 2]", "[]", "\"[1, 2]\""),
        ("?", "[\"O'Neill\"]", "\"O'Neill\""),
        ("?", "[17.00]", "17.00"),
        ("?", "[-5]", "-5"),
        ("?", "[true]", "true"),
        ("?", "['']", "\"\""),
    ] {
        let arguments = format!("{{sql: \"select {expression} as v\", parameters: {parameters}}}");
        let output = lab.call("athena.query", &arguments).await.map_err(|error| error.message);
        let found = output
            .map(|output| format!("{}{}", shown(&output, "first.v"), shown(&output, "error").replace("null", "")));
        assert_eq!(found, Ok(expected.to_owned()), "{arguments}");
    }
    lab.close().await;
}

#[tokio::test]
async fn a_statement_without_a_header_keeps_its_first_row() {
    let lab = Lab::sandbox(FILES).await;
    let output = lab.call("athena.query", "{sql: show tables in db}").await.unwrap();
    assert_eq!(shown(&output, "row_count"), "1", "{}", shown(&output, "rows"));
    let header = lab.call("athena.query", "{sql: \"select 'v' as v\"}").await.unwrap();
    assert_eq!((shown(&header, "row_count"), shown(&header, "first.v")), ("1".to_owned(), "\"v\"".to_owned()));
    let none = lab.call("athena.query", "{sql: 'select id from db.theirs where id > 9'}").await.unwrap();
    assert_eq!((shown(&none, "row_count"), shown(&none, "first")), ("0".to_owned(), "null".to_owned()));
    lab.close().await;
}

#[tokio::test]
async fn a_query_that_fails_is_an_output_and_red() {
    let lab = Lab::sandbox(FILES).await;
    let output = lab.call("athena.query", "{sql: select * from db.none}").await.unwrap();
    assert_eq!(shown(&output, "state"), "\"FAILED\"");
    assert!(wrong("athena.query", &output).unwrap().message.contains("none"), "{}", shown(&output, "error"));
    assert!(lab.clean_up().await.is_empty(), "nothing is left open");
    lab.close().await;
}

#[tokio::test]
async fn a_small_table_holds_its_fixture_exactly_and_goes_again() {
    let lab = Lab::sandbox(FILES).await;
    let table = format!("{{name: db.small, from: fixtures/t.csv, columns: {COLUMNS}}}");
    assert_eq!(shown(&lab.call("athena.table", &table).await.unwrap(), "row_count"), "2");
    let rows = lab.call("athena.query", "{sql: select * from db.small order by id}").await.unwrap();
    let expected = "[{id: 1, name: \"é \\\\ 'q'\", price: 1.50, day: 2026-01-16, at: 2026-01-16 10:00:00.120, ok: true}, \
                    {id: 2, name: \"\", price: null, day: null, at: null, ok: null}]";
    assert_eq!(shown(&rows, "rows"), expected);
    assert_eq!(lab.clean_up().await, [Ok(Settlement::Removed)]);
    let left = lab.call("s3.list", "{uri: 's3://lake/athena/tables/'}").await.unwrap();
    assert_eq!(shown(&left, "count"), "0");
    lab.close().await;
}

#[tokio::test]
async fn a_table_that_is_there_is_neither_replaced_nor_dropped() {
    let lab = Lab::sandbox(FILES).await;
    let table = format!("{{name: db.theirs, from: fixtures/t.csv, columns: {COLUMNS}}}");
    let error = lab.call("athena.table", &table).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid, "{}", error.message);
    assert_eq!(lab.clean_up().await, [Ok(Settlement::NeverWas)]);
    let rows = lab.call("athena.query", "{sql: select count(*) as n from db.theirs}").await.unwrap();
    assert_eq!(shown(&rows, "first.n"), "2");
    lab.close().await;
}

#[tokio::test]
async fn a_table_that_would_not_hold_its_fixture_is_not_made() {
    let lab = Lab::sandbox(FILES).await;
    for (arguments, expected) in [
        ("{name: db.x, from: fixtures/bad.csv, columns: {id: bigint, name: varchar}}", "cannot be stored in `id`"),
        ("{name: db.x, from: fixtures/bad.csv, columns: {id: varchar}}", "its header is id, name"),
        (
            "{name: db.x, from: fixtures/bad.csv, columns: {id: 'array(int)'}}",
            "no column that a table of text can have",
        ),
        ("{name: 'x; drop table db.theirs', from: fixtures/bad.csv, columns: {id: varchar}}", "is no `database.table`"),
        ("{name: db.x, from: ../bad.csv, columns: {id: varchar}}", "is not inside the project"),
    ] {
        let error = lab.call("athena.table", arguments).await.unwrap_err();
        assert!(error.message.contains(expected), "{}", error.message);
    }
    assert!(lab.book.lines().is_empty());
    lab.close().await;
}
