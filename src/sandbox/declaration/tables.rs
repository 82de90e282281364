//! The field tables of the file: they check it, and make its schema and reference.

use crate::yaml::field::{Field, Shape, Table};

/// The whole file.
pub static DECLARATION: Table = Table::new(
    "the sandbox file",
    "What the embedded AWS holds when it starts. Paths are relative to the project.",
    &[
        Field::optional("buckets", Shape::Map(&Shape::Table(&BUCKET)), "S3 buckets by name."),
        Field::optional("functions", Shape::Map(&Shape::Table(&FUNCTION)), "Lambda functions by name."),
        Field::optional("state_machines", Shape::Map(&Shape::Table(&STATE_MACHINE)), "State machines by name."),
        Field::optional("rules", Shape::Map(&Shape::Table(&RULE)), "Rules of EventBridge by name, on the default bus."),
        Field::optional("athena", Shape::Table(&ATHENA), "Databases, tables and where results go."),
    ],
);

const TEXTS: Shape = Shape::List(&Shape::Text);

/// A bucket.
pub static BUCKET: Table = Table::new(
    "a bucket",
    "An S3 bucket.",
    &[
        Field::optional(
            "seed",
            Shape::Map(&Shape::Either(&[Shape::Text, TEXTS])),
            "Objects that are there from the start. The key is a key prefix (with `/` at its end) or a whole key, the value a file, \
             a glob or a folder, or a list of these.",
        ),
        Field::optional(
            "event_bridge",
            Shape::Boolean,
            "Whether the bucket sends `Object Created` and `Object Deleted` to EventBridge, for what happens after the start.",
        )
        .default("false"),
    ],
);

/// A function.
pub static FUNCTION: Table = Table::new(
    "a function",
    "A Lambda function.",
    &[
        Field::required("runtime", Shape::Text, "AWS's identifier: `python3.x`, `nodejsN.x`, `provided.al2023`."),
        Field::required("code", Shape::Text, "The folder with the code, or a zip file."),
        Field::optional("handler", Shape::Text, "`module.function`. Needed unless the runtime is `provided`."),
        Field::optional(
            "requirements",
            TEXTS,
            "What pip installs for a Python function, beside its `requirements.txt`.",
        ),
        Field::optional("timeout", Shape::Duration, "How long one invocation may take.").default("3s"),
        Field::optional("memory", Shape::Integer { min: Some(128), max: Some(10_240) }, "Memory in MB.").default("128"),
        Field::optional("environment", Shape::Map(&Shape::Text), "The function's own environment variables."),
    ],
);

/// A state machine.
pub static STATE_MACHINE: Table = Table::new(
    "a state machine",
    "A Step Functions state machine.",
    &[
        Field::required("definition", Shape::Text, "The file with the definition in the Amazon States Language."),
        Field::optional("type", Shape::OneOf(&["STANDARD", "EXPRESS"]), "The type.").default("STANDARD"),
        Field::optional("substitutions", Shape::Map(&Shape::Text), "Values for `${Name}` in the definition."),
    ],
);

/// A rule of EventBridge.
pub static RULE: Table = Table::new(
    "a rule",
    "A rule of EventBridge: the events that it wants, or a schedule, and what it starts.",
    &[
        Field::optional(
            "pattern",
            Shape::Either(&[Shape::Text, Shape::Map(&Shape::Any)]),
            "The event pattern, or a JSON file that holds it.",
        ),
        Field::optional(
            "schedule",
            Shape::Text,
            "`rate(1 day)` or `cron(0 10 * * ? *)`. The clock does not fire it here: `POST /_shakedown/schedules/<rule>/fire` does.",
        ),
        Field::required("targets", Shape::List(&Shape::Table(&TARGET)), "What it starts; at most five."),
        Field::optional("description", Shape::Text, "For people."),
        Field::optional("enabled", Shape::Boolean, "Whether it is at work.").default("true"),
    ],
)
.exactly_one(&[&["pattern", "schedule"]]);

/// A target of a rule.
pub static TARGET: Table = Table::new(
    "a target",
    "What a rule starts, and with which input: the whole event unless it says otherwise.",
    &[
        Field::optional("state_machine", Shape::Text, "The name of a state machine of this file."),
        Field::optional(
            "function",
            Shape::Text,
            "The name of a function of this file, which is invoked asynchronously.",
        ),
        Field::optional("input", Shape::Any, "A constant input."),
        Field::optional("input_path", Shape::Text, "The part of the event that is the input: `$.detail`."),
        Field::optional("input_transformer", Shape::Table(&INPUT_TRANSFORMER), "A template with parts of the event."),
    ],
)
.exactly_one(&[&["state_machine", "function"]])
.at_most_one(&[&["input", "input_path", "input_transformer"]]);

/// An input transformer.
pub static INPUT_TRANSFORMER: Table = Table::new(
    "an input transformer",
    "EventBridge's input transformer.",
    &[
        Field::optional(
            "paths",
            Shape::Map(&Shape::Text),
            "Paths into the event by variable: `{key: $.detail.object.key}`.",
        ),
        Field::required("template", Shape::Text, "JSON with variables: `{\"key\": <key>}`."),
    ],
);

/// Athena and the Glue catalog.
pub static ATHENA: Table = Table::new(
    "athena",
    "Athena and the catalog behind it.",
    &[
        Field::optional("output", Shape::Text, "Where results go unless a query says: `s3://bucket/prefix/`."),
        Field::optional("databases", TEXTS, "Databases that are there from the start."),
        Field::optional("statements", TEXTS, "SQL files that are run at the start, in this order."),
    ],
);
