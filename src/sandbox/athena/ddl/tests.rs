//! Statements on tables of every kind, through the API.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::sandbox::athena::tests::Lab;

fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("gzip");
    encoder.finish().expect("gzip")
}

#[tokio::test]
async fn databases_are_created_shown_and_dropped() {
    let lab = Lab::new();
    lab.run("create database if not exists Lake comment 'x' location 's3://lake/db/'").await;
    lab.run("create schema if not exists lake").await;
    lab.check("create database lake", Err("SCHEMA_ALREADY_EXISTS")).await;
    lab.check("show databases", Ok(&["default", "lake"])).await;
    lab.check("show schemas like 'l*'", Ok(&["lake"])).await;
    lab.run("create external table lake.t (a int) location 's3://lake/t/'").await;
    lab.check("drop database lake", Err("SCHEMA_NOT_EMPTY")).await;
    lab.run("drop database lake cascade").await;
    lab.run("drop database if exists lake").await;
    lab.check("drop database lake", Err("SCHEMA_NOT_FOUND")).await;
}

#[tokio::test]
async fn text_tables_are_read_with_hives_rules() {
    let lab = Lab::new();
    lab.put("t/a.csv", "1;eins;1|2;a:1|b:2;true\r\n\n").await;
    lab.put("t/deep/b.csv.gz", gzipped("2;\\N;;;no")).await;
    lab.put("t/_SUCCESS", "9;x").await;
    lab.put("t/.hidden/c.csv", "9;x").await;
    lab.run(
        "CREATE EXTERNAL TABLE `t` (`id` int COMMENT 'the, id', name string, list array<int>, m map<string,int>, ok boolean)
         ROW FORMAT DELIMITED FIELDS TERMINATED BY ';' COLLECTION ITEMS TERMINATED BY '|' MAP KEYS TERMINATED BY ':'
         STORED AS TEXTFILE LOCATION 's3://lake/t'",
    )
    .await;
    let expected = ["1|eins|[1, 2]|{a=1, b=2}|true", "2|NULL|[]|{}|NULL", "NULL|NULL|NULL|NULL|NULL"];
    lab.check("select * from t order by id", Ok(&expected)).await;
    lab.check("select count(*) as n from t", Ok(&["3"])).await;
    lab.run("create external table nothing (a int) location 's3://lake/none/'").await;
    lab.check("select count(*) as n from nothing", Ok(&["0"])).await;
}

#[tokio::test]
async fn quoted_csv_fails_on_what_is_not_of_its_type() {
    let lab = Lab::new();
    lab.put("q/a.csv", "id,text\n\"1\",\"a, \"\"b\"\"\"\n").await;
    let table = |name: &str| {
        format!(
            r#"create external table {name} (id int, text string) row format serde 'org.apache.hadoop.hive.serde2.OpenCSVSerde'
               with serdeproperties ("separatorChar" = ",", "quoteChar" = "\"", "escapeChar" = "\\")
               location 's3://lake/{name}/' tblproperties ("skip.header.line.count"="1")"#
        )
    };
    lab.run(&table("q")).await;
    lab.check("select * from q", Ok(&["1|a, \"b\""])).await;
    lab.put("bad/a.csv", "id,text\nx,y\n").await;
    lab.run(&table("bad")).await;
    lab.check("select * from bad", Err("HIVE_BAD_DATA: Error parsing field value 'x' for field 0")).await;
    lab.check("select text from bad", Ok(&["y"])).await;
    lab.check("insert into q values (1, 'a')", Err("NOT_SUPPORTED")).await;
}

#[tokio::test]
async fn json_tables_are_read_by_key() {
    let lab = Lab::new();
    lab.put("j/a.json", "{\"ID\": 1, \"amount\": 10.10, \"tags\": [\"x\"], \"who\": {\"name\": \"ä\"}}\n{\"id\": 2}\n")
        .await;
    let table = "create external table j (id bigint, amount decimal(20,2), tags array<string>, who struct<name:string>) \
                 row format serde 'org.openx.data.jsonserde.JsonSerDe' location 's3://lake/j/'";
    lab.run(table).await;
    lab.check("select id, amount, tags, who from j order by id", Ok(&["1|10.10|[x]|{name=ä}", "2|NULL|NULL|NULL"]))
        .await;
    lab.put("j/b.json", "not json\n").await;
    lab.check("select count(id) as n from j", Err("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")).await;
}

#[tokio::test]
async fn partitions_are_found_added_pruned_and_dropped() {
    let lab = Lab::new();
    lab.put("p/day=2026-01-16/a.csv", "1\n").await;
    lab.put("p/day=2026-01-17/a.csv", "2\n3\n").await;
    lab.put("elsewhere/a.csv", "4\n").await;
    lab.run("create external table p (id int) partitioned by (day date) location 's3://lake/p/'").await;
    lab.check("select * from p", Ok(&[])).await;
    lab.run("msck repair table p").await;
    lab.check("show partitions p", Ok(&["day=2026-01-16", "day=2026-01-17"])).await;
    lab.check("select id, day from p where day > date '2026-01-16' order by id", Ok(&["2|2026-01-17", "3|2026-01-17"]))
        .await;
    let execution =
        lab.finished(serde_json::json!({"QueryString": "select id from p where day = date '2026-01-16'"})).await;
    assert_eq!(execution["Statistics"]["DataScannedInBytes"].to_string(), "2", "only one partition is read");
    lab.run("alter table p add if not exists partition (day = '2026-01-17') partition (day = '2026-01-18') location 's3://lake/elsewhere/'").await;
    lab.check("select id from p where day = date '2026-01-18'", Ok(&["4"])).await;
    lab.check("alter table p add partition (day = '2026-01-18')", Err("ALREADY_EXISTS")).await;
    lab.check("alter table p add partition (day = 'monday')", Err("HIVE_INVALID_PARTITION_VALUE")).await;
    lab.check("alter table p add partition (x = '1')", Err("SYNTAX_ERROR")).await;
    lab.run("alter table p drop if exists partition (day = '2026-01-16'), partition (day = '2020-01-01')").await;
    lab.check("select count(*) as n, min(day) as day from p", Ok(&["3|2026-01-17"])).await;
    lab.check("select * from \"p$partitions\" order by day", Ok(&["2026-01-17", "2026-01-18"])).await;
}

#[tokio::test]
async fn a_table_as_select_is_parquet_that_reads_back() {
    let lab = Lab::new();
    lab.run(
        "create table made with (format = 'PARQUET', external_location = 's3://lake/made/', partitioned_by = array['country']) as \
         select * from (values (1, 10.50, timestamp '2026-01-16 10:00:00', 'DE'), (2, 0.01, null, 'AT')) as t(id, amount, at, country)",
    )
    .await;
    let expected = ["1|10.50|2026-01-16 10:00:00.000|DE", "2|0.01|NULL|AT"];
    lab.check("select id, amount, at, country from made order by id", Ok(&expected)).await;
    lab.check("show partitions made", Ok(&["country=AT", "country=DE"])).await;
    lab.run("insert into made select 3, 7.25, timestamp '2026-01-17 00:00:00', 'DE'").await;
    lab.run("insert into made (country, id) values ('FR', 4)").await;
    lab.check(
        "select id, amount from made where country in ('DE', 'FR') order by id",
        Ok(&["1|10.50", "3|7.25", "4|NULL"]),
    )
    .await;
    lab.check(
        "insert into made values ('x', 1.0, null, 'DE')",
        Err("TYPE_MISMATCH: line 1:1: Insert query has mismatched column types"),
    )
    .await;
    lab.check("create table made as select 1 as a", Err("TABLE_ALREADY_EXISTS")).await;
    lab.check(
        "create table other with (external_location = 's3://lake/made/') as select 1 as a",
        Err("HIVE_PATH_ALREADY_EXISTS"),
    )
    .await;
    lab.check("create table other as select 1", Err("MISSING_COLUMN_NAME")).await;
    lab.check("create table other with (bucketed_by = array['a']) as select 1 as a", Err("'bucketed_by'")).await;
    lab.run("create table empty as select id from made with no data").await;
    lab.check("select count(*) as n from empty", Ok(&["0"])).await;
}

#[tokio::test]
async fn text_and_json_tables_can_be_written() {
    let lab = Lab::new();
    let query =
        "select * from (values (1, 'a,\"b', true, date '2026-01-16'), (2, null, null, null)) as t(id, name, ok, day)";
    for format in ["TEXTFILE", "JSON", "PARQUET"] {
        lab.run(&format!("create table t_{format} with (format = '{format}') as {query}")).await;
        lab.run(&format!("insert into t_{format} values (3, 'ü', false, null)")).await;
        let expected = ["1|a,\"b|true|2026-01-16", "2|NULL|NULL|NULL", "3|ü|false|NULL"];
        lab.check(&format!("select * from t_{format} order by id"), Ok(&expected)).await;
    }
}

#[tokio::test]
async fn parquet_columns_must_fit_and_are_found_in_any_case() {
    let lab = Lab::new();
    lab.run("create table a with (external_location = 's3://lake/a/') as select 1 as id, 'x' as name").await;
    lab.run("create external table wide (NAME string, id bigint, more int) stored as parquet location 's3://lake/a/'")
        .await;
    lab.check("select name, id, more from wide where id = 1", Ok(&["x|1|NULL"])).await;
    lab.run("create external table wrong (id string) stored as parquet location 's3://lake/a/'").await;
    lab.check("select id from wrong", Err("HIVE_BAD_DATA: Field id's type")).await;
}

#[tokio::test]
async fn views_unfold_in_their_own_database() {
    let lab = Lab::new();
    lab.run("create database lake").await;
    lab.put("t/a.csv", "1\n2\n").await;
    lab.run("create external table t (id int) location 's3://lake/t/'").await;
    lab.run("create view v as select id, id * 2 as twice from t").await;
    lab.run("create or replace view lake.w as select sum(twice) as total from v").await;
    lab.check("select * from lake.w", Ok(&["6"])).await;
    lab.check("create view v as select 1 as a", Err("VIEW_ALREADY_EXISTS")).await;
    lab.check("create view x as select nope from t", Err("COLUMN_NOT_FOUND: line 1:8")).await;
    lab.check("drop table v", Err("is a view")).await;
    lab.check("show views", Ok(&["v"])).await;
    lab.check("show create view v", Ok(&["CREATE VIEW default.v AS", "select id, id * 2 as twice from t"])).await;
    lab.run("create view r as select * from t").await;
    lab.run("create or replace view r as select * from r").await;
    lab.check("select * from r", Err("VIEW_IS_RECURSIVE")).await;
    lab.run("drop view v").await;
    lab.run("drop view if exists v").await;
    lab.check("select * from v", Err("TABLE_NOT_FOUND")).await;
}

#[tokio::test]
async fn tables_are_shown_and_described() {
    let lab = Lab::new();
    let create = "create external table t (id bigint comment 'the ''id''', amount decimal(10,2)) partitioned by (day string) \
                  row format delimited fields terminated by '\\t' location 's3://lake/t/' tblproperties ('a'='b')";
    lab.run(create).await;
    lab.check("show tables", Ok(&["t"])).await;
    lab.check("show tables in default 'x*'", Ok(&[])).await;
    lab.check("show columns in t", Ok(&["id                  ", "amount              ", "day                 "])).await;
    let described = lab.rows("describe t").await.expect("describe");
    assert_eq!(described[1], "amount              \tdecimal(10,2)       \t                    ");
    let shown = lab.rows("show create table t").await.expect("show create").join("\n");
    lab.run("drop table t").await;
    lab.run(&shown).await;
    assert_eq!(lab.rows("show create table t").await.expect("show create").join("\n"), shown);
    let columns = "select column_name, data_type from information_schema.columns where table_name = 't' order by ordinal_position";
    lab.check(columns, Ok(&["id|bigint", "amount|decimal(10,2)", "day|varchar"])).await;
    lab.run("drop table if exists t").await;
    lab.check("describe t", Err("TABLE_NOT_FOUND")).await;
    let plan = lab.rows("explain select 1 as a").await.expect("explain");
    assert!(plan.len() > 1 && plan[0] == "Query Plan", "{plan:?}");
}

#[tokio::test]
async fn statements_that_cannot_be_read_say_where() {
    let lab = Lab::new();
    lab.check(
        "create external table t (a money) location 's3://lake/t/'",
        Err("column 'a': type 'money' is not supported"),
    )
    .await;
    lab.check("create external table t (a int, A int) location 's3://lake/t/'", Err("DUPLICATE_COLUMN_NAME")).await;
    lab.check("create external table t (a int)\n stored als orc", Err("line 2:2: mismatched input 'stored'")).await;
    lab.check("create external table t (a int) stored as orc location 's3://lake/t/'", Err("STORED AS ORC")).await;
    lab.check("create external table t (a int) location 'file:///tmp'", Err("not in S3")).await;
    lab.check("create external table t (a int)", Err("LOCATION")).await;
    lab.check(
        "create external table t (a int) location 's3://lake/t/' tblproperties ('projection.enabled'='true')",
        Err("partition projection"),
    )
    .await;
    lab.check("create table t (a int) location 's3://lake/t/' tblproperties ('table_type'='ICEBERG')", Err("Iceberg"))
        .await;
    lab.check("create external table t (a int", Err("line 1:31: mismatched input '<EOF>'")).await;
    lab.check("drop table", Err("mismatched input '<EOF>'")).await;
    lab.check("create function f() returns int return 1", Err("CREATE FUNCTION")).await;
    lab.check("alter database d set dbproperties ('a'='b')", Err("ALTER DATABASE")).await;
}

#[tokio::test]
async fn gzip_of_many_pieces_is_read_whole_and_a_broken_one_fails() {
    let lab = Lab::new();
    let lines: String = (0..200_000)
        .flat_map(|n| [n.to_string(), ",".to_owned(), (n * 7919 % 100_003).to_string(), "\n".to_owned()])
        .collect();
    let mut packed = gzipped(&lines);
    assert!(packed.len() > 200_000, "more than one piece");
    lab.put("g/a.csv.gz", packed.clone()).await;
    let table = |name: &str| {
        format!(
            "create external table {name} (a int, b int) row format delimited fields terminated by ',' \
             location 's3://lake/{name}/'"
        )
    };
    lab.run(&table("g")).await;
    lab.check("select count(*) as n, count(b) as b, max(a) as m from g", Ok(&["200000|200000|199999"])).await;
    packed.truncate(150_000);
    lab.put("broken/a.csv.gz", packed).await;
    lab.run(&table("broken")).await;
    lab.check("select count(*) as n from broken", Err("HIVE_CURSOR_ERROR: Failed to read file")).await;
    lab.put("odd/a.csv.bz2", "x").await;
    lab.run(&table("odd")).await;
    lab.check("select count(*) as n from odd", Err(".bz2")).await;
}
