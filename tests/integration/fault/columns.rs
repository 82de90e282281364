//! What is done while something goes wrong: one step of a suite, and the call of it that does not come through.

/// A call of an action.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The table that it is in.
    pub table: &'static str,
    /// Its heading: action and call.
    pub name: &'static str,
    /// The call that goes wrong.
    pub operation: &'static str,
    /// Which call of that operation is the first that may.
    pub from: usize,
    /// The steps of the case, `TIMEOUT` for the time of what is tested.
    pub steps: &'static str,
    /// Whether its answer has no body.
    pub bodyless: bool,
    /// Whether the case is green when nothing goes wrong.
    pub green: bool,
    /// Whether the faulty call is one of cleanup.
    pub cleanup: bool,
}

const fn column(table: &'static str, name: &'static str, operation: &'static str, steps: &'static str) -> Column {
    Column { table, name, operation, from: 1, steps, bodyless: false, green: true, cleanup: false }
}

const RUN: &str = "
      - stepfunctions.run: {state_machine: add, input: {a: 1, b: 2}}
        timeout: TIMEOUT
        expect: {output: {sum: 3}, path: [Add]}";

const LEFT_RUNNING: &str = "
      - stepfunctions.run: {state_machine: sleep}
        timeout: 1s";

const RUN_SYNC: &str = "
      - stepfunctions.run_sync: {state_machine: quick, input: {a: 1, b: 2}}
        timeout: TIMEOUT
        expect: {output: {sum: 3}}";

const WAIT: &str = "
      - id: started
        stepfunctions.run: {state_machine: add, input: {a: 1, b: 2}, wait: false}
      - stepfunctions.wait: \"{{ steps.started.execution_arn }}\"
        timeout: TIMEOUT
        expect: {output: {sum: 3}}";

const INVOKE: &str = "
      - lambda.invoke: {function: echo, payload: {a: [1, 2, 3]}}
        timeout: TIMEOUT
        expect: {payload: {a: [1, 2, 3]}}";

const INVOKE_ASYNC: &str = "
      - lambda.invoke: {function: echo, payload: {a: 1}, mode: async}
        timeout: TIMEOUT
        expect: {status_code: 202}";

const QUERY: &str = "
      - athena.query: {sql: \"select 1 as n\"}
        timeout: TIMEOUT
        expect: {first: {n: 1}, row_count: 1}";

const TABLE: &str = "
      - athena.table: {name: lake.t, from: rows.csv, columns: {id: int, name: varchar}}
        timeout: TIMEOUT
        expect: {row_count: 2}";

const PUT: &str = "
      - s3.put: {to: \"s3://things/new/a.txt\", body: hello}
        timeout: TIMEOUT
        expect: {count: 1}";

const PUT_GLOB: &str = "
      - s3.put: {to: \"s3://things/new/\", from: \"seed/*.txt\", temporary: true}
        timeout: TIMEOUT
        expect: {count: 3}";

const PUT_TEMPORARY: &str = "
      - s3.put: {to: \"s3://things/new/a.txt\", body: hello, temporary: true}
        timeout: TIMEOUT
        expect: {count: 1}";

const OBJECT: &str = "
      - s3.object: \"s3://things/seed/b.txt\"
        timeout: TIMEOUT
        expect: {body: {starts_with: \"line 1,\", ends_with: \",line 9\"}, size: {gt: 200}}";

const LIST: &str = "
      - s3.list: \"s3://things/seed/\"
        timeout: TIMEOUT
        expect: {count: 3}";

const DELETE: &str = "
      - s3.delete: {uri: \"s3://things/seed/b.txt\"}
        timeout: TIMEOUT";

const DELETE_ALL: &str = "
      - s3.delete: {uri: \"s3://things/seed/\", recursive: true}
        timeout: TIMEOUT";

const ATHENA: &str = "Athena and Lambda";
const SFN: &str = "Step Functions, and the account";
const S3: &str = "S3";

/// Every call that a run depends on. `GetFunctionConfiguration` is none: without it, an invoke is only waited for longer.
pub const COLUMNS: [Column; 26] = [
    column(SFN, "the account GetCallerIdentity", "sts.GetCallerIdentity", RUN),
    column(SFN, "run DescribeStateMachine", "stepfunctions.DescribeStateMachine", RUN),
    column(SFN, "run StartExecution", "stepfunctions.StartExecution", RUN),
    column(SFN, "run DescribeExecution", "stepfunctions.DescribeExecution", RUN),
    column(SFN, "run GetExecutionHistory", "stepfunctions.GetExecutionHistory", RUN),
    Column {
        green: false,
        cleanup: true,
        ..column(SFN, "cleanup StopExecution", "stepfunctions.StopExecution", LEFT_RUNNING)
    },
    column(SFN, "run_sync StartSyncExecution", "stepfunctions.StartSyncExecution", RUN_SYNC),
    column(SFN, "wait DescribeExecution", "stepfunctions.DescribeExecution", WAIT),
    column(ATHENA, "invoke Invoke", "lambda.Invoke", INVOKE),
    Column { bodyless: true, ..column(ATHENA, "invoke, async Invoke", "lambda.Invoke", INVOKE_ASYNC) },
    column(ATHENA, "query StartQueryExecution", "athena.StartQueryExecution", QUERY),
    column(ATHENA, "query GetQueryExecution", "athena.GetQueryExecution", QUERY),
    column(ATHENA, "query GetQueryResults", "athena.GetQueryResults", QUERY),
    column(ATHENA, "table PutObject", "s3.PutObject", TABLE),
    column(ATHENA, "table StartQueryExecution", "athena.StartQueryExecution", TABLE),
    column(ATHENA, "table GetQueryResults", "athena.GetQueryResults", TABLE),
    Column { cleanup: true, ..column(ATHENA, "cleanup GetTableMetadata", "athena.GetTableMetadata", TABLE) },
    column(S3, "put PutObject", "s3.PutObject", PUT),
    column(S3, "put, temporary PutObject", "s3.PutObject", PUT_TEMPORARY),
    Column { from: 2, ..column(S3, "put, a glob PutObject", "s3.PutObject", PUT_GLOB) },
    Column { cleanup: true, ..column(S3, "cleanup DeleteObject", "s3.DeleteObject", PUT_TEMPORARY) },
    column(S3, "object HeadObject", "s3.HeadObject", OBJECT),
    column(S3, "object GetObject", "s3.GetObject", OBJECT),
    column(S3, "list ListObjectsV2", "s3.ListObjectsV2", LIST),
    column(S3, "delete DeleteObject", "s3.DeleteObject", DELETE),
    column(S3, "delete, recursive DeleteObjects", "s3.DeleteObjects", DELETE_ALL),
];
