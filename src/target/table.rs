//! The field tables of the project file.

use super::rates::{API_RATES, SHARE};
use crate::yaml::field::{Extra, Field, Shape, Table};

/// The project file, `shakedown.yaml`.
pub static PROJECT: Table = Table::new(
    "project",
    "The project file, `shakedown.yaml`: targets, tags and defaults. Its folder is the root of every path in the suites.",
    &[
        Field::required("version", Shape::Integer { min: Some(1), max: Some(1) }, "The version of the language: 1."),
        Field::required("project", Shape::Identifier, "The project's name."),
        Field::optional("timezone", Shape::Text, "The time zone of `run.date`, an IANA name.").default("UTC"),
        Field::optional("tags", Shape::List(&Shape::Identifier), "Every tag that suites may carry: a misspelt one is an error."),
        Field::optional("env", Shape::List(&Shape::Identifier), "Environment variables that suites may read as `env.NAME`."),
        Field::optional("defaults", Shape::Table(&DEFAULTS), "Time-outs where a suite gives none."),
        Field::optional("matrices", Shape::Map(&Shape::Any), "Matrices by name, for `matrix: NAME` in a case."),
        Field::optional("secrets", Shape::Map(&Shape::Any), "Secrets by name. Read, but not resolved by this version."),
        Field::optional("connections", Shape::Map(&Shape::Any), "Databases by name. Read, but not used by this version."),
        Field::required("targets", Shape::Map(&Shape::Table(&TARGET)), "Accounts to run against, by name."),
    ],
)
.extra(Extra::AllowPrefix("x-"));

static DEFAULTS: Table = Table::new(
    "defaults",
    "Time-outs where a suite gives none.",
    &[
        Field::optional("step", Shape::Duration, "Of one attempt of a step.").default("15m"),
        Field::optional("case", Shape::Duration, "Of a case.").default("1h"),
        Field::optional("suite", Shape::Duration, "Of a suite, without cleanup.").default("2h"),
        Field::optional("cleanup", Shape::Duration, "Of a suite's cleanup, on top.").default("5m"),
    ],
);

/// One target.
pub static TARGET: Table = Table::new(
    "target",
    "An account and region to run against, with its rules. Closed by default: `allow` is `[read]`.",
    &[
        Field::optional("extends", Shape::Identifier, "Another target whose keys are taken where this one has none."),
        Field::optional(
            "sandbox",
            Shape::Text,
            "The embedded AWS, as declared by this file. Account 000000000000, every effect allowed.",
        ),
        Field::optional(
            "account",
            Shape::Text,
            "The account's 12 digits, quoted. `GetCallerIdentity` must say so, or nothing runs.",
        ),
        Field::optional("region", Shape::Text, "The region."),
        Field::optional("role", Shape::Text, "The ARN of the role to assume."),
        Field::optional("external_id", Shape::Text, "The external id to assume the role with."),
        Field::optional("endpoint", Shape::Text, "An emulator's URL: the only way to another server than AWS's."),
        Field::optional(
            "allow",
            Shape::List(&Shape::OneOf(&["read", "execute", "write", "destroy"])),
            "What steps may do.",
        )
        .default("[read]"),
        Field::optional("exec", Shape::Boolean, "Whether `exec.run` may start commands on this machine.")
            .default("false"),
        Field::optional("write_to", Shape::Any, "Where writes may go. Not enforced by this version: a run is refused."),
        Field::optional(
            "execute_only",
            Shape::Any,
            "What may be executed. Not enforced by this version: a run is refused.",
        ),
        Field::optional(
            "also",
            Shape::Any,
            "Foreign things that may be read. Not enforced by this version: a run is refused.",
        ),
        Field::optional("athena", Shape::Table(&ATHENA), "How Athena is called where a step does not say."),
        Field::optional("limits", Shape::Table(&LIMITS), "Bounds of a run."),
        Field::optional(
            "state",
            Shape::Text,
            "Where intents outlive the machine, `s3://bucket/prefix/` of the target's account: cleanup that a lost machine left is finished from there.",
        ),
        Field::optional("keep", Shape::Boolean, "Whether `run --keep` may skip cleanup.").default("true"),
        Field::optional("date", Shape::Date, "Fixes `run.date`."),
        Field::optional("vars", Shape::Map(&Shape::Any), "What suites read as `target.NAME`."),
    ],
);

static ATHENA: Table = Table::new(
    "target.athena",
    "How Athena is called where a step does not say.",
    &[
        Field::optional("workgroup", Shape::Text, "The work group."),
        Field::optional("output", Shape::Text, "Where results go, an `s3://` URI."),
    ],
);

/// `limits:` of a target.
pub(super) static LIMITS: Table = Table::new(
    "target.limits",
    "Bounds of a run.",
    &[
        Field::optional("deadline", Shape::Duration, "Of the whole run, without cleanup.").default("3h"),
        Field::optional("concurrency", Shape::POSITIVE, "Cases at the same time.").default("8"),
        Field::optional(
            "answer",
            Shape::Duration,
            "How long one request may go unanswered before it is sent again, or given up. Not that of an invoke or a put, which take their time.",
        )
        .default("30s"),
        Field::optional("scanned", Shape::Size, "Bytes that the run's queries may scan."),
        Field::optional("scanned_per_query", Shape::Size, "Bytes that one query may scan."),
        Field::optional(
            "api_share",
            Shape::Number,
            "What the run takes of the API calls a second that AWS documents for the account and region, which everything in it \
             shares. Without it, a sandbox and a target with an `endpoint` are not held to AWS's rates.",
        )
        .default(SHARE),
        Field::optional("api_rates", Shape::Table(&API_RATES), "Calls a second of single APIs, instead of the share."),
    ],
);
