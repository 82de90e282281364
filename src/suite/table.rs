//! The field tables of suites, cases and steps.

use std::sync::LazyLock;

use crate::actions::{ACTIONS, Spec};
use crate::yaml::field::{Extra, Field, Phase, Shape, Table};

use super::schema;

const EFFECTS: Shape = Shape::OneOf(&["read", "execute", "write", "destroy"]);

/// A step; its own table is [`STEP`], which `decode_step` holds steps against with messages of its own.
const A_STEP: Shape = Shape::Defined { name: "step", doc: "a [step](#step)", schema: schema::step };

/// One suite file.
pub static SUITE: Table = Table::new(
    "suite",
    "One file under `suites/`: cases that belong together, with what is done before and after them.",
    &[
        Field::required("suite", Shape::Text, "The suite's name, unique in the project."),
        Field::optional("description", Shape::Text, "What it is about, for people."),
        Field::optional(
            "tags",
            Shape::List(&Shape::Identifier),
            "Tags of all its cases, from the list in the project file.",
        ),
        Field::optional("targets", Shape::List(&Shape::Identifier), "Where it may run; everywhere if it does not say."),
        Field::optional(
            "effects",
            Shape::List(&EFFECTS),
            "A promise: no step may need more. By default what the steps need.",
        ),
        Field::optional("timeout", Shape::Duration, "How long the suite may take as a whole, without cleanup."),
        Field::optional(
            "vars",
            Shape::Map(&Shape::Any),
            "Variables, read as `vars.NAME`; a later one may use an earlier one.",
        )
        .phase(Phase::Run),
        Field::optional("datasets", Shape::Any, "Named datasets. Not supported by this version.").phase(Phase::Run),
        Field::optional("setup", Shape::List(&A_STEP), "Steps that run once, before the cases."),
        Field::required(
            "cases",
            Shape::List(&Shape::Table(&CASE)),
            "The cases; they run side by side where `needs` and `locks` let them.",
        ),
        Field::optional(
            "cleanup",
            Shape::List(&A_STEP),
            "Steps that run at the end if setup began; each is tried although another failed.",
        ),
    ],
)
.extra(Extra::AllowPrefix("x-"));

/// One case.
pub(super) static CASE: Table = Table::new(
    "case",
    "What is reported: steps in order, the first red one ends it.",
    &[
        Field::required("case", Shape::Text, "The case's name. A template in it may use `matrix` only.")
            .phase(Phase::Plan),
        Field::optional("id", Shape::Identifier, "What `needs` and `cases.<id>` call it."),
        Field::optional("description", Shape::Text, "What it is about, for people."),
        Field::optional("tags", Shape::List(&Shape::Identifier), "Tags on top of the suite's."),
        Field::optional(
            "needs",
            Shape::List(&Shape::Identifier),
            "Ids of cases that must be green before this one starts.",
        ),
        Field::optional(
            "locks",
            Shape::List(&Shape::Identifier),
            "Cases that share a lock never run at the same time.",
        ),
        Field::optional("when", Shape::Expression, "The case is skipped where this is false."),
        Field::optional("timeout", Shape::Duration, "How long the case may take."),
        Field::optional("vars", Shape::Map(&Shape::Any), "Variables on top of the suite's.").phase(Phase::Run),
        Field::optional(
            "matrix",
            Shape::Defined {
                name: "matrix",
                doc: "lists by column, `rows`, `from` a file, or the name of a matrix of the project",
                schema: schema::matrix,
            },
            "One reported case for each row; the row is read as `matrix.COLUMN`.",
        ),
        Field::required("steps", Shape::List(&A_STEP), "What is done and judged, in order."),
    ],
);

/// The keys that every step may have beside its action.
pub(super) static COMMON: Table = Table::new(
    "step",
    "One action with its expectations. Beside these keys it has exactly one action, `service.verb`.",
    &[
        Field::optional("name", Shape::Text, "What it does, for people.").phase(Phase::Run),
        Field::optional("id", Shape::Identifier, "What later steps call it: `steps.<id>`."),
        Field::optional(
            "expect",
            Shape::Defined {
                name: "expect",
                doc: "output fields with what is expected of them",
                schema: schema::expect,
            },
            "What is expected of the output. A key switches off the default expectation of its group only.",
        ),
        Field::optional(
            "that",
            Shape::Defined { name: "that", doc: "an expression, or a list of them", schema: schema::that },
            "Expressions that must be true; the output's fields by their bare names.",
        ),
        Field::optional("capture", Shape::Map(&Shape::Expression), "Values for later steps: `captures.NAME`."),
        Field::optional(
            "timeout",
            Shape::Duration,
            "How long one attempt may take; beside `eventually` and `consistently`, how long one read of theirs.",
        ),
        Field::optional("retry", Shape::Table(&RETRY), "Does the step again after certain failures."),
        Field::optional(
            "eventually",
            Shape::Either(&[Shape::Table(&EVENTUALLY), Shape::Duration]),
            "Repeats a read until it holds; a bare duration is its `timeout`.",
        ),
        Field::optional("consistently", Shape::Table(&CONSISTENTLY), "Demands that a read holds all the while."),
        Field::optional("fail_when", Shape::Expression, "Ends an `eventually` at once when it is true."),
        Field::optional("when", Shape::Expression, "The step is skipped where this is false."),
        Field::optional("continue_on_failure", Shape::Boolean, "Whether the case goes on when this step is red.")
            .default("false"),
        Field::optional(
            "undo",
            Shape::Defined { name: "undo", doc: "a [step](#step)", schema: schema::undo },
            "One step that cleanup does if this one was started.",
        ),
    ],
)
.at_most_one(&[&["eventually", "consistently"]]);

pub(super) static RETRY: Table = Table::new(
    "retry",
    "Repeats a step that could not be carried out.",
    &[
        Field::required(
            "attempts",
            Shape::Integer { min: Some(2), max: Some(100) },
            "Attempts in all, the first one counted.",
        ),
        Field::optional(
            "on",
            Shape::List(&Shape::OneOf(&["throttled", "infrastructure", "failure"])),
            "What is repeated. `failure`, a false expectation, must be asked for.",
        )
        .default("[throttled, infrastructure]"),
        Field::optional("delay", Shape::Duration, "The pause before the second attempt; it doubles from there.")
            .default("2s"),
    ],
);

pub(super) static EVENTUALLY: Table = Table::new(
    "eventually",
    "Repeats a read until it holds.",
    &[
        Field::required("timeout", Shape::Duration, "How long it may take."),
        Field::optional("every", Shape::Duration, "The pause between reads; by default short at first, then growing."),
        Field::optional(
            "since",
            Shape::Step,
            "An earlier step of the same list or of `setup`: the clock starts when it began, not when this step does.",
        ),
    ],
);

pub(super) static CONSISTENTLY: Table = Table::new(
    "consistently",
    "Demands that a read holds all the while, for instance that something stays absent.",
    &[
        Field::required("for", Shape::Duration, "How long it must hold."),
        Field::optional("every", Shape::Duration, "The pause between reads.").default("20s"),
    ],
);

/// A step with all its actions: the common keys and one field for each action.
pub static STEP: LazyLock<Table> = LazyLock::new(|| {
    let actions = ACTIONS.iter().map(|action| action_field(action.spec()));
    let fields: Vec<Field> = COMMON.fields.iter().copied().chain(actions).collect();
    let names: Vec<&'static str> = ACTIONS.iter().map(|action| action.spec().name).collect();
    let group: &'static [&'static str] = names.leak();
    Table { fields: fields.leak(), exactly_one: vec![group].leak(), ..COMMON }
});

/// An action as a key of a step: its arguments, or what its short form stands for.
fn action_field(spec: &'static Spec) -> Field {
    let arguments = Shape::Table(spec.arguments);
    let short = spec.shorthand.and_then(|name| spec.arguments.field(name)).map(|field| field.shape);
    let shape = match short {
        Some(short) => Shape::Either(vec![arguments, short].leak()),
        None => arguments,
    };
    Field::optional(spec.name, shape, spec.doc)
}
