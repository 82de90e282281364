//! Tests of statement classes.

use proptest::prelude::*;

use super::{Effect, classify};

fn check(sql: &str, expected: Effect, statement: &str) {
    let class = classify(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert_eq!((class.effect, class.statement.as_str()), (expected, statement), "{sql}");
}

fn check_error(sql: &str, message: &str, at: usize) {
    let error = classify(sql).expect_err(sql);
    assert!(error.message.contains(message), "{sql}: {error}");
    assert_eq!(error.at, at, "{sql}: {error}");
}

#[test]
fn statements_that_only_read() {
    for (sql, statement) in [
        ("select 1", "select"),
        ("SELECT * FROM \"drop table x\" WHERE a = 'delete; from';", "select"),
        ("  -- drop table x\n select 1 -- ; delete\n", "select"),
        ("/* insert into x */ select /* ; */ 1 ;;", "select"),
        ("((select 1) union (select 2))", "select"),
        ("values (1, 2)", "values"),
        ("table orders", "table"),
        ("show create table t", "show"),
        ("describe t", "describe"),
        ("desc t", "desc"),
        ("explain delete from t", "explain"),
        ("explain (type distributed, format json) select 1", "explain"),
        ("explain analyze select 1", "explain analyze select"),
        ("explain analyze verbose select 1", "explain analyze select"),
        ("with a as (select 1), b (x) as (select 2) select * from a, b", "select"),
        ("with recursive t(n) as (values (1) union all select n + 1 from t) select n from t", "select"),
        ("with recursive as (select 1) select * from recursive", "select"),
        ("with a as materialized (select 1) (select * from a)", "select"),
        ("select \"$path\", update, delete from t", "select"),
        ("select (update), count(delete) from t where x = $1", "select"),
        ("select 'it''s; drop' || '--' || '/*'", "select"),
        ("select split(x, '\\') from t", "select"),
        ("select 1 -- end without newline", "select"),
        ("select e'plain'", "select"),
    ] {
        check(sql, Effect::Read, statement);
    }
}

#[test]
fn statements_that_add() {
    for (sql, statement) in [
        ("insert into t values (1)", "insert"),
        ("INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x", "insert"),
        ("with x as (select 1) insert into t select * from x", "insert"),
        ("create table t as select 1", "create table"),
        ("create external table if not exists t (a int) location 's3://b/'", "create table"),
        ("create database d", "create database"),
        ("create schema d", "create schema"),
        ("create view v as select 1", "create view"),
        ("create protected multi dialect view v as select 1", "create view"),
        ("alter table d.t add if not exists partition (day = '2026-01-16')", "alter table add"),
        ("alter table `d`.`t` add partition (a = 1) location 's3://x' partition (a = 2)", "alter table add"),
        ("alter table if exists t add column a int, add column b int", "alter table add"),
        ("msck repair table t", "msck repair table"),
        ("unload (select 1) to 's3://b/p/' with (format = 'PARQUET')", "unload"),
        ("explain analyze insert into t values (1)", "explain analyze insert"),
        ("select a into copy from t", "select with into"),
        ("with x as (insert into t values (1) returning *) select * from x", "select with insert"),
    ] {
        check(sql, Effect::Write, statement);
    }
}

#[test]
fn statements_that_change_or_remove() {
    for (sql, statement) in [
        ("drop table t", "drop"),
        ("/**/drop/**/table/**/t", "drop"),
        ("delete from t", "delete"),
        ("truncate table t", "truncate"),
        ("merge into t using s on t.a = s.a when matched then delete", "merge"),
        ("update t set a = 1", "update"),
        ("create or replace view v as select 1", "create or replace view"),
        ("alter table t drop partition (a = 1)", "alter table drop"),
        ("alter table t replace columns (a int)", "alter table replace"),
        ("alter table t add column a int, drop column b", "alter table add"),
        ("alter table t set location 's3://b/'", "alter table set"),
        ("alter table t rename to u", "alter table rename"),
        ("msck repair table t sync partitions", "msck repair table"),
        ("insert overwrite t select 1", "insert overwrite"),
        ("insert into t values (1) on conflict (a) do update set a = 2", "insert on conflict do update"),
        ("with x as (select 1) delete from t", "delete"),
        ("with x as (delete from t returning *) select * from x", "select with delete"),
        ("insert into t with x as (update u set a = 1 returning *) select * from x", "insert with update"),
        ("select * from (/* */ delete -- \n from t)", "select with delete"),
        ("explain analyze delete from t", "explain analyze delete"),
        ("explain (analyze, buffers) delete from t", "explain analyze delete"),
        ("vacuum t", "vacuum"),
    ] {
        check(sql, Effect::Destroy, statement);
    }
}

#[test]
fn what_is_not_one_known_statement_is_refused_with_its_place() {
    for (sql, message, at) in [
        ("", "no statement", 0),
        (" ; ", "no statement", 0),
        ("-- only a comment", "no statement", 0),
        ("select 1; drop table t", "a second statement", 10),
        ("execute q", "`execute`", 0),
        ("prepare q from select 1", "`prepare`", 0),
        ("call system.x()", "`call`", 0),
        ("grant select on t to u", "`grant`", 0),
        ("copy t to 'x'", "`copy`", 0),
        ("use d", "`use`", 0),
        ("create function f() returns int", "`create function`", 7),
        ("alter role admin set x = 1", "`alter role`", 6),
        ("explain analyze call x()", "`call`", 16),
        ("'select'", "begins with a word", 0),
        ("select 'a", "a string that is not closed", 7),
        ("select \"a", "a quoted name that is not closed", 7),
        ("select /* a", "a comment that is not closed", 7),
        ("/* /* */ select */ delete from t", "a comment inside a comment", 3),
        ("--\r select \n delete from t", "a carriage return inside a comment", 2),
        ("select $$ ' $$; delete from t; --'", "a `$`", 7),
        ("select e'\\'; delete from t; --'", "backslash", 7),
        ("select * from table(system.query(query => 'delete'))", "passed through", 20),
        ("with x as select 1", "expected `(`", 10),
        ("with x as (select 1) drop table t", "`drop` after `with`", 21),
        ("with x", "expected `as`", 5),
    ] {
        check_error(sql, message, at);
    }
    check_error(&"explain ".repeat(100_000), "too many statements", 128);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(sql in "\\PC*") {
        let _ = classify(&sql);
    }

    #[test]
    fn no_mixture_of_sql_makes_it_panic(parts in proptest::collection::vec(
        prop_oneof!["select", "with", "as", "\\(", "\\)", "'", "\"", "`", "--", "/\\*", "\\*/", "\n", ";", " ", "explain", "analyze", "alter", "table", "e'", "\\$", "ä"], 0..20)) {
        let _ = classify(&parts.concat());
    }

    #[test]
    fn comments_and_case_never_change_the_class(comment in "[a-z ;'\"]{0,12}", upper: bool) {
        for sql in ["select 1", "delete from t", "with x as (select 1) insert into t select 1"] {
            let cased = if upper { sql.to_uppercase() } else { sql.to_owned() };
            let commented = cased.replace(' ', &format!(" /*{comment}*/ --{comment}\n"));
            prop_assert_eq!(classify(&commented), classify(sql));
        }
    }
}
