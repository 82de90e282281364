//! Types and values between Hive's names, Arrow's arrays and Athena's texts.

mod builder;
mod column_info;
mod hive_type;
mod parse;
mod text;

pub use builder::{ColumnBuilder, Nested};
pub use column_info::column_info;
pub use hive_type::HiveType;
pub use text::ValueText;
