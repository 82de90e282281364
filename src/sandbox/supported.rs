//! What the sandbox serves: the table of the documentation, held true by a test.

use std::fmt::Write;

/// The operations of one service.
#[derive(Debug, Clone, Copy)]
pub struct Supported {
    /// The service, as AWS calls it.
    pub service: &'static str,
    /// Operations by AWS's names, sorted. Every other answers `NotImplemented`, or names itself in its refusal.
    pub operations: &'static [&'static str],
    /// What is different from AWS, in Markdown.
    pub differences: &'static str,
}

/// All services.
pub static SUPPORTED: [Supported; 7] = [
    Supported {
        service: "S3",
        operations: &[
            "AbortMultipartUpload",
            "CompleteMultipartUpload",
            "CopyObject",
            "CreateBucket",
            "CreateMultipartUpload",
            "DeleteBucket",
            "DeleteObject",
            "DeleteObjectTagging",
            "DeleteObjects",
            "GetBucketLocation",
            "GetBucketNotificationConfiguration",
            "GetBucketVersioning",
            "GetObject",
            "GetObjectTagging",
            "HeadBucket",
            "HeadObject",
            "ListBuckets",
            "ListMultipartUploads",
            "ListObjects",
            "ListObjectsV2",
            "ListParts",
            "PutBucketNotificationConfiguration",
            "PutBucketVersioning",
            "PutObject",
            "PutObjectTagging",
            "UploadPart",
            "UploadPartCopy",
        ],
        differences: "Signatures, checksums, conditions and the expected bucket owner are verified. Buckets are never versioned. \
                      Encryption and storage class are recorded, not performed; no policies, ACLs, locks. \
                      Notifications go to EventBridge only: `Object Created` and `Object Deleted`. \
                      A `Range` that is none is refused, not ignored.",
    },
    Supported {
        service: "Step Functions",
        operations: &super::stepfunctions::OPERATIONS,
        differences: "Tasks reach Lambda, Athena, S3, Glue's catalog and other state machines. No activities, versions or aliases. \
                      `StartSyncExecution` goes to a host with `sync-` before its name, which a loopback address has not: \
                      `AWS_DISABLE_HOST_PREFIX_INJECTION=true` leaves it away in the aws CLI and botocore.",
    },
    Supported {
        service: "Lambda",
        operations: &[
            "CreateAlias",
            "CreateFunction",
            "DeleteAlias",
            "DeleteFunction",
            "GetAlias",
            "GetFunction",
            "GetFunctionConfiguration",
            "Invoke",
            "ListAliases",
            "ListFunctions",
            "ListVersionsByFunction",
            "PublishVersion",
            "UpdateAlias",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
        ],
        differences: "Functions run as processes of this machine: Python, Node.js and `provided` runtimes. Memory is not limited. \
                      At most 16 instances of a version run at once; a call that waits for one waits on the caller's time-out.",
    },
    Supported {
        service: "Athena",
        operations: &[
            "BatchGetQueryExecution",
            "CreateWorkGroup",
            "DeleteWorkGroup",
            "GetDatabase",
            "GetQueryExecution",
            "GetQueryResults",
            "GetQueryRuntimeStatistics",
            "GetTableMetadata",
            "GetWorkGroup",
            "ListDataCatalogs",
            "ListDatabases",
            "ListQueryExecutions",
            "ListTableMetadata",
            "ListWorkGroups",
            "StartQueryExecution",
            "StopQueryExecution",
            "UpdateWorkGroup",
        ],
        differences: "Athena's dialect on DataFusion, over this S3 and this catalog. No prepared statements, no result reuse. \
                      `in` has NaN equal to itself; `group by` and `having` take names of the projection.",
    },
    Supported {
        service: "Glue",
        operations: &[
            "BatchCreatePartition",
            "CreateDatabase",
            "CreatePartition",
            "CreateTable",
            "DeleteDatabase",
            "DeletePartition",
            "DeleteTable",
            "GetDatabase",
            "GetDatabases",
            "GetPartition",
            "GetPartitions",
            "GetTable",
            "GetTables",
            "UpdateTable",
        ],
        differences: "The Data Catalog only: no jobs, crawlers, versions of tables.",
    },
    Supported {
        service: "EventBridge",
        operations: &super::events::OPERATIONS,
        differences: "The default bus. Targets are state machines and functions, each tried once. No archives, pipes, tags; \
                      schedules do not fire by the clock, see below.",
    },
    Supported {
        service: "STS",
        operations: &["AssumeRole", "GetCallerIdentity"],
        differences: "Every role can be assumed; no permissions are judged. Session tokens are compared by every service but S3, \
                      signatures by S3 only.",
    },
];

/// Athena's statements that the dialect's tests hold: area, statement, answer or refusal, `ok` or `refused`.
const STATEMENTS: &str = include_str!("athena/dialect/examples.tsv");

/// What a user of events wants to know. The event patterns are those of `events/pattern/tests.rs`.
const EVENTS: &str = "\
Three things send events to the default bus: buckets whose notification configuration has an `EventBridgeConfiguration` (`Object Created` \
with the reasons `PutObject`, `CopyObject` and `CompleteMultipartUpload`; `Object Deleted` with `DeleteObject`), callers of `PutEvents`, \
and schedules. No other service does: a rule that waits for `aws.states` or the like is refused, because it would wait for ever. Objects \
that a sandbox file declares are there from the start, and send nothing. In such a file:

```yaml
buckets: {lake-raw: {event_bridge: true}}
rules:
  arrivals:
    pattern: {source: [aws.s3], detail-type: [Object Created], detail: {object: {key: [{wildcard: landing/*.csv}]}}}   # or a JSON file
    targets: [{state_machine: arrivals, input_path: $.detail}]      # or `input`, `input_transformer`: {paths, template}
  nightly: {schedule: cron(0 3 * * ? *), targets: [{function: clean-orders, input: {day: today}}]}
```

Patterns know every operator of EventBridge: exact values, `prefix`, `suffix`, `equals-ignore-case`, `wildcard`, `numeric`, `cidr`, `exists`, \
`anything-but` (also with lists, `prefix`, `suffix`, `equals-ignore-case`, `wildcard`) and `$or`. Numbers are compared exactly.

Targets are state machines and Lambda functions (invoked asynchronously), with `Input`, `InputPath` or `InputTransformer`. Each delivery is \
tried once. One that fails is an error in the sandbox's log, with the rule, the target and the reason, and stands in the record:

| on the sandbox's port, without credentials | |
|---|---|
| `GET /_shakedown/calls` | how often each operation was called since the start |
| `GET /_shakedown/events` | the last 1,000 events, each with the rules that matched and what they started, or why they did not |
| `POST /_shakedown/schedules/<rule>/fire` | fires a schedule; the answer is the event and what it started |

**The clock fires no schedule.** A rule with a `ScheduleExpression` (`rate(…)` and `cron(…)` are checked) waits until a test fires it, with \
AWS's `Scheduled Event`:

```console
$ curl -X POST http://127.0.0.1:4566/_shakedown/schedules/nightly/fire
{\"event\": {\"detail-type\": \"Scheduled Event\", …}, \"deliveries\": [{\"rule\": \"nightly\", \"target\": \"1\", \"arn\": …, \"execution\": \"arn:aws:states:…\"}]}
```
";

/// `docs/sandbox.md`: the operations, and the statements that Athena's tests hold.
pub fn document() -> String {
    let served = STATEMENTS.lines().filter(|line| line.ends_with("\tok")).count();
    let refused = STATEMENTS.lines().filter(|line| line.ends_with("\trefused")).count();
    let mut text = format!(
        "# What the sandbox serves\n\n\
         Generated by `shakedown schema sandbox`; a test holds it true. Every other operation is refused by name, in the error \
         shape of its service; no answer is made up.\n\n\
         ## Operations\n\n{}\n\
         ## Events and schedules\n\n{EVENTS}\n\
         ## Athena's SQL\n\n\
         Statements that the tests run as they stand here: {served} with their rows (columns apart by `¦`, rows by `⏎`), \
         {refused} with the refusal that they meet.\n",
        markdown()
    );
    let mut area = "";
    for line in STATEMENTS.lines().skip(1) {
        if let [of, sql, answer, _] = line.split('\t').collect::<Vec<_>>()[..] {
            if of != area {
                area = of;
                let _ = write!(text, "\n### {area}\n\n| statement | answer |\n|---|---|\n");
            }
            let _ = writeln!(text, "| {} | {} |", code(sql), code(answer));
        }
    }
    text
}

/// A cell of a table as code, whatever is in it (GitHub Flavored Markdown, tables and code spans).
fn code(text: &str) -> String {
    let fence = if text.contains('`') { "``" } else { "`" };
    if text.is_empty() { String::new() } else { format!("{fence}{}{fence}", text.replace('|', "\\|")) }
}

/// The table in Markdown.
pub fn markdown() -> String {
    let mut text = "| service | operations | beside AWS |\n|---|---|---|\n".to_owned();
    for Supported { service, operations, differences } in &SUPPORTED {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "| {service} | {} | {differences} |", operations.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::SUPPORTED;

    /// The operations that a service's source dispatches on.
    fn check(service: &str, pattern: &str, source: &str) {
        let pattern = Regex::new(pattern).expect("a pattern");
        let mut served: Vec<&str> =
            pattern.captures_iter(source).filter_map(|found| found.get(1)).map(|name| name.as_str()).collect();
        served.sort_unstable();
        served.dedup();
        let told = SUPPORTED.iter().find(|supported| supported.service == service).expect("a service").operations;
        assert_eq!(served, told, "{service}");
    }

    #[test]
    fn the_table_tells_what_is_served_and_nothing_else() {
        let arm = r#""([A-Z][A-Za-z]+)" *(?:\||=>)"#;
        check("S3", r"S3Request<(\w+)Input>", include_str!("s3/service.rs"));
        check("Step Functions", arm, include_str!("stepfunctions/api/service.rs"));
        check("Athena", arm, include_str!("athena/service.rs"));
        check("Glue", arm, include_str!("glue/api.rs"));
        check("EventBridge", r#""([A-Z][A-Za-z]+)" =>"#, include_str!("events/api.rs"));
        check("STS", arm, include_str!("sts/api.rs"));
        check("Lambda", r#"=> "([A-Z][A-Za-z]+)""#, include_str!("server/lambda_operation.rs"));
    }

    #[test]
    fn the_table_has_a_row_for_each_service() {
        assert_eq!(super::markdown().lines().count(), 2 + SUPPORTED.len());
    }
}
