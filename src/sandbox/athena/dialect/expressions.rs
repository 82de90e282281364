//! Expressions that DataFusion would read in another way, as calls of our functions; what Trino lacks is refused.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, BinaryOperator, CastKind, CeilFloorKind, DateTimeField, Expr, Interval, Subscript, TrimWhereField,
    TypedString, UnaryOperator, Value, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::super::functions::cast::parse_timestamp;
use super::super::functions::is_field;
use super::DialectError;
use super::build::{call, take, text, unbox};
use super::error::{Visit, place_of};
use super::grammar::cast_call;
use super::special_calls::trim;

/// The rewrite of expressions.
pub struct Expressions;

impl VisitorMut for Expressions {
    type Break = DialectError;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> Visit {
        let place = place_of(expr);
        match rewrite(expr, place) {
            Ok(Some(rewritten)) => *expr = rewritten,
            Ok(None) => {}
            Err(error) => return ControlFlow::Break(error),
        }
        ControlFlow::Continue(())
    }
}

type Rewritten = Result<Option<Expr>, DialectError>;

fn rewrite(expr: &mut Expr, place: Location) -> Rewritten {
    Ok(Some(match expr {
        Expr::Array(array) if !array.named => return Err(DialectError::mismatched(place, "[", "")),
        Expr::Array(array) => call("$array", std::mem::take(&mut array.elem)),
        Expr::Tuple(items) => call("$row", std::mem::take(items)),
        Expr::CompoundFieldAccess { root, access_chain } => {
            let chain = std::mem::take(access_chain);
            return chain.into_iter().try_fold(unbox(root), |root, step| access(root, step, place)).map(Some);
        }
        Expr::TypedString(TypedString { uses_odbc_syntax: true, .. }) => {
            return Err(DialectError::mismatched(place, "{", ""));
        }
        Expr::TypedString(TypedString { data_type, value, .. }) => {
            let Some(literal) = value.clone().into_string() else { return Ok(None) };
            typed(literal, &data_type.to_string().to_lowercase(), place)?
        }
        Expr::AtTimeZone { timestamp, time_zone } => call("at_timezone", vec![unbox(timestamp), unbox(time_zone)]),
        Expr::Extract { field, expr, .. } => extract(field, unbox(expr), place)?,
        Expr::Ceil { expr, field } | Expr::Floor { expr, field } if !plain_rounding(field) => {
            return Err(DialectError::mismatched(place, &take(expr).to_string(), "one argument"));
        }
        Expr::Ceil { expr, .. } => call("ceiling", vec![unbox(expr)]),
        Expr::Floor { expr, .. } => call("floor", vec![unbox(expr)]),
        Expr::Position { expr, r#in } => call("strpos", vec![unbox(r#in), unbox(expr)]),
        Expr::Substring { expr, substring_from, substring_for, .. } => {
            let rest = [substring_from, substring_for].into_iter().flatten().map(unbox);
            call("substr", std::iter::once(unbox(expr)).chain(rest).collect())
        }
        Expr::Trim { .. } => return Ok(Some(trim_of(expr))),
        Expr::Like { .. } => return Ok(like(expr)),
        Expr::BinaryOp { .. } => return binary(expr, place),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => negated(unbox(expr)),
        Expr::Case { .. } => case(expr),
        Expr::Between { .. } => between(expr),
        Expr::InList { .. } => return Ok(in_list(expr)),
        Expr::Interval(interval) => return checked_interval(interval, place),
        other => return refused(other, place),
    }))
}

/// `date '2020-01-31'`; the zone of a timestamp is part of its literal.
fn typed(literal: String, data_type: &str, place: Location) -> Result<Expr, DialectError> {
    let zoned = parse_timestamp(&literal).is_some_and(|(_, zone)| zone.is_some());
    let fraction = literal.split_once('.').map_or(0, |(_, rest)| rest.bytes().take_while(u8::is_ascii_digit).count());
    if data_type.starts_with("timestamp") && fraction > 3 {
        return Err(DialectError::unsupported(place, "timestamps finer than milliseconds"));
    }
    Ok(match data_type {
        "json" => call("json_parse", vec![text(literal)]),
        "decimal" | "numeric" => decimal(&literal, place)?,
        "timestamp" if zoned => cast_call("$cast", text(literal), "timestamp(3) with time zone"),
        _ => cast_call("$cast", text(literal), data_type),
    })
}

/// `decimal '1.50'` has the precision and scale of its digits, of which zeros in front are none (Trino, `Decimals.parse`).
fn decimal(literal: &str, place: Location) -> Result<Expr, DialectError> {
    let unsigned = literal.strip_prefix(['+', '-']).unwrap_or(literal);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return Err(DialectError::at("INVALID_LITERAL", place, format!("'{literal}' is not a valid DECIMAL literal")));
    }
    let precision = (whole.trim_start_matches('0').len() + fraction.len()).max(1);
    if precision > 38 {
        return Err(DialectError::at("INVALID_LITERAL", place, format!("'{literal}' is not a valid DECIMAL literal")));
    }
    Ok(cast_call("$cast", text(literal), &format!("decimal({precision},{})", fraction.len())))
}

fn access(root: Expr, step: AccessExpr, place: Location) -> Result<Expr, DialectError> {
    Ok(match step {
        AccessExpr::Dot(Expr::Identifier(name)) => call("$field", vec![root, text(name.value)]),
        AccessExpr::Subscript(Subscript::Index { index }) => call("$subscript", vec![root, index]),
        _ => return Err(DialectError::mismatched(place, "[", "")),
    })
}

fn extract(field: &DateTimeField, value: Expr, place: Location) -> Result<Expr, DialectError> {
    let name = match field {
        DateTimeField::Dow | DateTimeField::DayOfWeek => "day_of_week".to_owned(),
        DateTimeField::Doy | DateTimeField::DayOfYear => "day_of_year".to_owned(),
        other => other.to_string().to_lowercase().replace('"', ""),
    };
    if matches!(name.as_str(), "timezone_hour" | "timezone_minute") {
        return Err(DialectError::unsupported(place, format!("extract({name} from …)")));
    }
    if is_field(&name) {
        return Ok(call("$field_of_date", vec![value, text(name)]));
    }
    Err(DialectError::at("SYNTAX_ERROR", place, format!("Invalid EXTRACT field: {name}")))
}

fn plain_rounding(kind: &CeilFloorKind) -> bool {
    matches!(kind, CeilFloorKind::DateTimeField(DateTimeField::NoDateTime))
}

fn trim_of(expr: &mut Expr) -> Expr {
    let Expr::Trim { trim_where, trim_what, expr, trim_characters } = expr else { return take(expr) };
    let name = match trim_where {
        Some(TrimWhereField::Leading) => "ltrim",
        Some(TrimWhereField::Trailing) => "rtrim",
        _ => "trim",
    };
    let listed = trim_characters.as_mut().and_then(|characters| characters.first_mut()).map(take);
    let set = trim_what.as_mut().map(unbox).or(listed).unwrap_or_else(|| text(""));
    trim(name, unbox(expr), set)
}

/// DataFusion's own `like` where the pattern is a literal in which nothing can be taken for an escape.
fn like(expr: &mut Expr) -> Option<Expr> {
    let Expr::Like { negated, expr, pattern, escape_char, .. } = expr else { return None };
    let plain = matches!(pattern.as_ref(), Expr::Value(value)
        if matches!(&value.value, Value::SingleQuotedString(literal) if !literal.contains('\\')));
    if plain && escape_char.is_none() {
        return None;
    }
    let escape = escape_char.take().map(Expr::Value);
    let args = [Some(unbox(expr)), Some(unbox(pattern)), escape].into_iter().flatten().collect();
    let matched = call("$like", args);
    Some(if *negated { Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(matched) } } else { matched })
}

fn binary(expr: &Expr, place: Location) -> Rewritten {
    use BinaryOperator::{And, Divide, Eq, Gt, GtEq, Lt, LtEq, Minus, Modulo, Multiply, NotEq, Or, Plus};
    let Expr::BinaryOp { op, .. } = expr else { return Ok(None) };
    match op {
        And | Or | Eq | NotEq | Lt | LtEq | Gt | GtEq | Plus | Minus | Multiply | Divide | Modulo => Ok(None),
        other => Err(DialectError::mismatched(place, &other.to_string(), "")),
    }
}

/// `$case(condition, value, …, otherwise)`.
fn case(expr: &mut Expr) -> Expr {
    let Expr::Case { operand, conditions, else_result, .. } = expr else { return take(expr) };
    let mut args = Vec::new();
    for branch in std::mem::take(conditions) {
        args.push(match operand {
            Some(operand) => compare(operand.as_ref(), BinaryOperator::Eq, branch.condition),
            None => branch.condition,
        });
        args.push(branch.result);
    }
    args.push(else_result.as_mut().map_or(Expr::Value(Value::Null.into()), unbox));
    call("$case", args)
}

fn compare(left: &Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::Nested(Box::new(Expr::BinaryOp { left: Box::new(left.clone()), op, right: Box::new(right) }))
}

fn join(parts: Vec<Expr>, op: &BinaryOperator, negated: bool) -> Expr {
    let joined = parts
        .into_iter()
        .reduce(|left, right| Expr::BinaryOp { left: Box::new(left), op: op.clone(), right: Box::new(right) })
        .unwrap_or_else(|| Expr::Value(Value::Null.into()));
    let joined = Expr::Nested(Box::new(joined));
    if negated { Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(joined) } } else { joined }
}

/// Two comparisons, each of which sees the types of its sides.
fn between(expr: &mut Expr) -> Expr {
    let Expr::Between { expr, negated, low, high } = expr else { return take(expr) };
    let parts = vec![compare(expr, BinaryOperator::GtEq, unbox(low)), compare(expr, BinaryOperator::LtEq, unbox(high))];
    join(parts, &BinaryOperator::And, *negated)
}

/// A short list with decimals becomes comparisons, because the value may be a double.
fn in_list(expr: &mut Expr) -> Option<Expr> {
    let Expr::InList { expr, list, negated } = expr else { return None };
    let decimal = |item: &Expr| matches!(item, Expr::Value(value) if matches!(&value.value, Value::Number(..)));
    if !list.iter().any(decimal) || list.len() > 50 {
        return None;
    }
    let parts = std::mem::take(list).into_iter().map(|item| compare(expr, BinaryOperator::Eq, item)).collect();
    Some(join(parts, &BinaryOperator::Or, *negated))
}

/// `-1` stays a literal.
fn negated(expr: Expr) -> Expr {
    call("$negate", vec![expr])
}

fn checked_interval(interval: &Interval, place: Location) -> Rewritten {
    use DateTimeField::{Day, Hour, Minute, Month, Second, Year};
    let simple = matches!(interval.leading_field, Some(Year | Month | Day | Hour | Minute | Second))
        && interval.last_field.is_none();
    if simple { Ok(None) } else { Err(DialectError::unsupported(place, format!("the interval {interval}"))) }
}

/// What the parser reads and Trino does not.
fn refused(expr: &Expr, place: Location) -> Rewritten {
    let what = match expr {
        Expr::ILike { .. } => "ILIKE",
        Expr::SimilarTo { .. } => "SIMILAR",
        Expr::RLike { .. } => "RLIKE",
        Expr::Cast { kind: CastKind::DoubleColon, .. } => "::",
        Expr::Convert { .. } => "CONVERT",
        Expr::IsNormalized { .. } => "NORMALIZED",
        Expr::Struct { .. } | Expr::Dictionary(_) | Expr::Map(_) => "{",
        Expr::JsonAccess { .. } => ":",
        Expr::IsTrue(_) | Expr::IsNotTrue(_) | Expr::IsFalse(_) | Expr::IsNotFalse(_) | Expr::IsUnknown(_) => "IS",
        Expr::Overlay { .. } => return Err(DialectError::unsupported(place, "OVERLAY")),
        Expr::Collate { .. } => "COLLATE",
        Expr::Function(function) if function.uses_odbc_syntax => "{",
        Expr::AnyOp { .. } => return Err(DialectError::unsupported(place, "comparisons with ANY or SOME")),
        Expr::AllOp { .. } => return Err(DialectError::unsupported(place, "comparisons with ALL")),
        _ => return Ok(None),
    };
    Err(DialectError::mismatched(place, what, ""))
}
