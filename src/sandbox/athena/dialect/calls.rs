//! Calls of functions: only Trino's names, each with Trino's meaning.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Function, FunctionArg, FunctionArguments, ObjectNamePart, VisitorMut};

use super::super::functions::catalogue::{Known, find};
use super::DialectError;
use super::build::object_name;
use super::error::{Visit, place_of};
use super::special_calls::special;

/// The rewrite of calls.
pub struct Calls;

impl VisitorMut for Calls {
    type Break = DialectError;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> Visit {
        let Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
        match rewrite(function) {
            Ok(Some(rewritten)) => *expr = rewritten,
            Ok(None) => {}
            Err(error) => return ControlFlow::Break(error),
        }
        ControlFlow::Continue(())
    }
}

/// The name of a call in lower case; nothing for the calls that the grammar made.
fn name_of(function: &Function) -> Option<String> {
    match function.name.0.as_slice() {
        [ObjectNamePart::Identifier(ident)] if ident.value.starts_with('$') && ident.quote_style.is_some() => None,
        _ => Some(function.name.to_string().replace('"', "").to_lowercase()),
    }
}

fn rewrite(function: &mut Function) -> Result<Option<Expr>, DialectError> {
    let Some(name) = name_of(function) else { return Ok(None) };
    let place = place_of(&function.name);
    let native = match find(&name) {
        Known::As(native) => native,
        Known::AthenaOnly => return Err(DialectError::unsupported(place, format!("the function {name}"))),
        Known::Unknown => {
            return Err(DialectError::at("FUNCTION_NOT_FOUND", place, format!("Function '{name}' not registered")));
        }
    };
    if let FunctionArguments::List(list) = &function.args
        && list.args.iter().any(|arg| !matches!(arg, FunctionArg::Unnamed(_)))
    {
        return Err(DialectError::unsupported(place, format!("named arguments of {name}")));
    }
    if let Some(rewritten) = special(&name, function, place)? {
        return Ok(Some(rewritten));
    }
    function.name = object_name(&native);
    Ok(None)
}
