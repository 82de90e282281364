//! Field tables: one description of what a mapping may hold checks it, decodes it, and makes its JSON Schema and its
//! reference.
//!
//! A [`Table`] lists [`Field`]s, each with its name, [`Shape`], documentation, default and [`Phase`]. Tables are `static`, and may refer to each other
//! in circles; a table put together at run time is leaked once (`Vec::leak`) in a `LazyLock`.
//!
//! ```text
//! static RUN: Table = Table::new("lambda.invoke", "Invokes a function.", &[
//!     Field::required("function", Shape::Text, "Name or ARN.").phase(Phase::Plan),
//!     Field::optional("timeout", Shape::Duration, "How long to wait.").default("60s"),
//! ]);
//! ```
//!
//! [`check`] finds every structural problem; after it [`Fields`] gives typed access without further errors of structure.

mod check;
mod decode;
mod reference;
mod schema;
mod table;
#[cfg(test)]
mod tests;

pub use check::{check, check_shape};
pub use decode::Fields;
pub use reference::reference;
pub use schema::schema;
pub use table::{Extra, Field, Phase, Shape, Table};
