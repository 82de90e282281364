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
        Field::optional("athena", Shape::Table(&ATHENA), "Databases, tables and where results go."),
    ],
);

const TEXTS: Shape = Shape::List(&Shape::Text);

/// A bucket.
pub static BUCKET: Table = Table::new(
    "a bucket",
    "An S3 bucket.",
    &[Field::optional(
        "seed",
        Shape::Map(&Shape::Either(&[Shape::Text, TEXTS])),
        "Objects that are there from the start. The key is a key prefix (with `/` at its end) or a whole key, the value a file, \
         a glob or a folder, or a list of these.",
    )],
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
