//! What a session needs to run Athena's SQL: the functions, the planners and the settings.

use std::sync::Arc;

use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::error::{Outcome, unsupported};
use super::implicit_casts::ImplicitCasts;
use super::operators::OperatorPlanner;
use super::row::RowFunction;
use super::unnest::UnnestPlanner;
use super::{
    aggregates, arithmetic, arrays, binary, bitwise, cast, choice, conditional, date_formats, dates, json, lambdas,
    maps, math, regexp, strings, unnest, url,
};

/// Every function that works row by row.
pub fn row_functions() -> Vec<RowFunction> {
    [
        arithmetic::functions(),
        arrays::functions(),
        binary::functions(),
        bitwise::functions(),
        cast::functions(),
        conditional::functions(),
        date_formats::functions(),
        dates::functions(),
        json::functions(),
        maps::functions(),
        math::functions(),
        regexp::functions(),
        strings::functions(),
        unnest::functions(),
        url::functions(),
    ]
    .concat()
}

/// Registers Trino's functions, over DataFusion's where both have the name, and the planners that the dialect counts on.
pub fn register(ctx: &SessionContext) -> Outcome<()> {
    for function in row_functions() {
        ctx.register_udf(function.into_udf());
    }
    let choices = choice::functions(&of(conditional::functions(), "$boolean")?);
    for function in &choices {
        ctx.register_udf(function.clone());
    }
    for function in lambdas::functions() {
        ctx.register_higher_order_function(function);
    }
    for function in aggregates::functions() {
        ctx.register_udaf(function);
    }
    let operators = arithmetic::functions().into_iter().map(RowFunction::into_udf).chain(choices).map(Arc::new);
    ctx.state_ref().write().register_expr_planner(Arc::new(OperatorPlanner::new(operators)))?;
    ctx.register_relation_planner(Arc::new(UnnestPlanner::new(
        of(unnest::functions(), "$unnest_rows")?,
        of(arrays::functions(), "$field")?,
    )))?;
    ctx.add_analyzer_rule(Arc::new(ImplicitCasts));
    Ok(())
}

fn of(functions: Vec<RowFunction>, name: &str) -> Outcome<Arc<ScalarUDF>> {
    let found = functions.into_iter().map(RowFunction::into_udf).find(|function| function.name() == name);
    found.map_or_else(|| unsupported(format!("{name}: not among the functions")), |function| Ok(Arc::new(function)))
}

/// Settings under which DataFusion reads SQL as Trino does: exact decimals, NULLs last, UTC, one string type.
pub fn configure(config: SessionConfig) -> SessionConfig {
    let mut config = config;
    let options = config.options_mut();
    options.sql_parser.parse_float_as_decimal = true;
    "nulls_last".clone_into(&mut options.sql_parser.default_null_ordering);
    options.sql_parser.map_string_types_to_utf8view = false;
    options.execution.time_zone = Some("UTC".to_owned());
    options.execution.parquet.schema_force_view_types = false;
    config
}
