//! The description of a mapping.

/// When the expressions in a field can be evaluated at the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The field is never a template.
    Never,
    /// From literals and `vars`, with no target.
    Check,
    /// With the target, matrix and references: before anything starts.
    Plan,
    /// With `run.*`, outputs and secrets: just before the step.
    Run,
}

impl Phase {
    /// The word for it: `never`, `check`, `plan`, `run`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Check => "check",
            Self::Plan => "plan",
            Self::Run => "run",
        }
    }
}

/// One key of a mapping.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What its value is.
    pub shape: Shape,
    /// What it means, in Markdown; sentences.
    pub doc: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// The default, as it would be written in the file.
    pub default: Option<&'static str>,
    /// The latest phase that an expression in it may be of.
    pub phase: Phase,
    /// Other names for the key.
    pub aliases: &'static [&'static str],
}

impl Field {
    /// A field that must be there. It is never a template unless [`Field::phase`] says so.
    pub const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { name, shape, doc, required: true, default: None, phase: Phase::Never, aliases: &[] }
    }

    /// A field that may be left out.
    pub const fn optional(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { name, shape, doc, required: false, default: None, phase: Phase::Never, aliases: &[] }
    }

    /// Sets the default, as it would be written.
    #[must_use]
    pub const fn default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// Allows templates, of this phase at the latest.
    #[must_use]
    pub const fn phase(mut self, phase: Phase) -> Self {
        self.phase = phase;
        self
    }

    /// Sets other names for the key.
    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Whether the key is this field's name or one of its aliases.
    pub fn is_called(&self, key: &str) -> bool {
        self.name == key || self.aliases.contains(&key)
    }
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Text; numbers and booleans are taken as they are written (`version: 1.10` is "1.10").
    Text,
    /// An id: a letter, then letters, digits, `_`, `-`; at most 64.
    Identifier,
    /// The id of an earlier step; its owner checks that there is one.
    Step,
    /// A whole number within bounds.
    Integer {
        /// Smallest.
        min: Option<i64>,
        /// Largest.
        max: Option<i64>,
    },
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `5m`, `1h30m`, `250ms`; not negative.
    Duration,
    /// `1GB`, `512kB`, `1GiB`, or a number of bytes.
    Size,
    /// `2026-01-16`.
    Date,
    /// Anything; templates in it, at any depth, are of the field's phase.
    Any,
    /// A list of one shape.
    List(&'static Shape),
    /// A mapping with free keys and values of one shape.
    Map(&'static Shape),
    /// One of some words.
    OneOf(&'static [&'static str]),
    /// A mapping that a table describes.
    Table(&'static Table),
    /// The first of several shapes whose kind (scalar, list, mapping) fits.
    Either(&'static [Shape]),
    /// A bare expression (CEL), without `{{ }}`. YAML's `true` and numbers are expressions too.
    Expression,
    /// What its owner checks: anything is accepted here, and the schema refers to a definition of that name.
    Defined {
        /// The name under `$defs`.
        name: &'static str,
        /// What it is, for the reference.
        doc: &'static str,
        /// Makes the definition.
        schema: fn() -> serde_json::Value,
    },
}

impl Shape {
    /// Any whole number.
    pub const INTEGER: Self = Self::Integer { min: None, max: None };
    /// A whole number from 0.
    pub const COUNT: Self = Self::Integer { min: Some(0), max: None };
    /// A whole number from 1.
    pub const POSITIVE: Self = Self::Integer { min: Some(1), max: None };
}

/// Keys that no field names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extra {
    /// They are problems.
    Refuse,
    /// They are free if they begin with this (`x-`: letters and `-` only), and problems otherwise.
    AllowPrefix(&'static str),
}

/// A mapping's description.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// What the mapping is, as messages name it and under `$defs` (`step`, `lambda.invoke`). Unique in a schema.
    pub name: &'static str,
    /// What it is for, in Markdown.
    pub doc: &'static str,
    /// Its keys, in the order of the reference.
    pub fields: &'static [Field],
    /// Other keys.
    pub extra: Extra,
    /// Groups of keys of which exactly one must be there.
    pub exactly_one: &'static [&'static [&'static str]],
    /// Groups of keys of which at most one may be there.
    pub at_most_one: &'static [&'static [&'static str]],
}

impl Table {
    /// A table that refuses other keys and has no groups.
    pub const fn new(name: &'static str, doc: &'static str, fields: &'static [Field]) -> Self {
        Self { name, doc, fields, extra: Extra::Refuse, exactly_one: &[], at_most_one: &[] }
    }

    /// Sets what happens to other keys.
    #[must_use]
    pub const fn extra(mut self, extra: Extra) -> Self {
        self.extra = extra;
        self
    }

    /// Sets the groups of keys of which exactly one must be there.
    #[must_use]
    pub const fn exactly_one(mut self, groups: &'static [&'static [&'static str]]) -> Self {
        self.exactly_one = groups;
        self
    }

    /// Sets the groups of keys of which at most one may be there.
    #[must_use]
    pub const fn at_most_one(mut self, groups: &'static [&'static [&'static str]]) -> Self {
        self.at_most_one = groups;
        self
    }

    /// The field that a key belongs to.
    pub fn field(&self, key: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.is_called(key))
    }
}
