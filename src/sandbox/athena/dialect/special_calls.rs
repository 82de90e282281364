//! Calls that mean something else in DataFusion, written in its terms.

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArgumentList, FunctionArguments, LambdaFunction, LambdaFunctionParameter, LambdaSyntax,
    OneOrManyWithParens, Value,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::super::functions::is_field;
use super::DialectError;
use super::build::{call, function, native_cast, object_name, plain_args, plain_number, quoted, text};

/// What the call becomes, if it is one of these.
pub fn special(name: &str, called: &mut Function, place: Location) -> Result<Option<Expr>, DialectError> {
    let args: Option<Vec<Expr>> = plain_args(called).map(|args| args.into_iter().cloned().collect());
    let wrong = || DialectError::at("FUNCTION_NOT_FOUND", place, format!("Unexpected parameters for function {name}"));
    let lambda =
        |at: usize| args.as_ref().and_then(|args| args.get(at)).is_some_and(|arg| matches!(arg, Expr::Lambda(_)));
    Ok(Some(match name {
        "listagg" => listagg(called, place)?,
        "row_number" | "rank" | "dense_rank" | "ntile" | "grouping" => counted(name, called),
        "min" | "max" if args.as_ref().is_some_and(|args| args.len() > 1) => {
            return Err(DialectError::unsupported(place, format!("{name}(x, n)")));
        }
        "regexp_replace" if lambda(2) => return Err(DialectError::unsupported(place, "regexp_replace with a lambda")),
        "array_sort" if lambda(1) => call("$array_sort", args.ok_or_else(wrong)?),
        _ if !called.within_group.is_empty() => {
            return Err(DialectError::unsupported(place, format!("{name} WITHIN GROUP")));
        }
        _ => return plain(name, args, called, place),
    }))
}

fn plain(
    name: &str,
    args: Option<Vec<Expr>>,
    called: &Function,
    place: Location,
) -> Result<Option<Expr>, DialectError> {
    let wrong = || DialectError::at("FUNCTION_NOT_FOUND", place, format!("Unexpected parameters for function {name}"));
    Ok(Some(match (name, args.unwrap_or_default().as_slice()) {
        ("if", [condition, yes]) => case(condition.clone(), yes.clone(), None),
        ("if", [condition, yes, no]) => case(condition.clone(), yes.clone(), Some(no.clone())),
        ("try", [body]) => attempt(body.clone()),
        ("coalesce", args) if args.len() < 2 => {
            return Err(DialectError::at(
                "INVALID_ARGUMENTS",
                place,
                "The 'coalesce' function must have at least two arguments",
            ));
        }
        ("coalesce", args) => call("$coalesce", args.to_vec()),
        ("nullif", [value, other]) => {
            let equal = Expr::BinaryOp {
                left: Box::new(value.clone()),
                op: BinaryOperator::Eq,
                right: Box::new(other.clone()),
            };
            case(equal, Expr::Value(Value::Null.into()), Some(value.clone()))
        }
        ("typeof", [Expr::Value(value)]) if matches!(value.value, Value::SingleQuotedString(_)) => {
            let length = value.value.clone().into_string().map_or(0, |literal| literal.chars().count());
            text(format!("varchar({length})"))
        }
        ("row", args) if !args.is_empty() => call("$row", args.to_vec()),
        ("now" | "current_timestamp", []) => moment("timestamp(3) with time zone"),
        ("localtimestamp", []) => moment("timestamp(3)"),
        ("trim" | "ltrim" | "rtrim", [value]) => trim(name, value.clone(), text("")),
        ("trim" | "ltrim" | "rtrim", [value, set]) => trim(name, value.clone(), set.clone()),
        (field, [value]) if is_field(field) => call("$field_of_date", vec![value.clone(), text(field)]),
        ("if" | "try" | "nullif", _) => return Err(wrong()),
        (field, _) if is_field(field) => return Err(wrong()),
        _ => {
            let _ = called;
            return Ok(None);
        }
    }))
}

fn case(condition: Expr, yes: Expr, no: Option<Expr>) -> Expr {
    Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen { condition, result: yes }],
        else_result: no.map(Box::new),
    }
}

/// A lambda that the function calls inside itself, where it can catch the failure.
fn attempt(body: Expr) -> Expr {
    let parameter = LambdaFunctionParameter { name: quoted("$try"), data_type: None };
    let lambda = LambdaFunction {
        params: OneOrManyWithParens::One(parameter),
        body: Box::new(body),
        syntax: LambdaSyntax::Arrow,
    };
    call("$try", vec![plain_number("0"), Expr::Lambda(lambda)])
}

/// The moment at which the query runs, the same wherever it stands.
pub fn moment(data_type: &str) -> Expr {
    call("$cast", vec![call("now", Vec::new()), text(data_type)])
}

/// `$trim(value, characters, side)`.
pub fn trim(name: &str, value: Expr, set: Expr) -> Expr {
    let side = match name {
        "ltrim" => "leading",
        "rtrim" => "trailing",
        _ => "both",
    };
    call("$trim", vec![value, set, text(side)])
}

/// DataFusion's ranks are unsigned, Trino's are bigint.
fn counted(name: &str, called: &Function) -> Expr {
    let native = Function { name: object_name(name), ..called.clone() };
    native_cast(Expr::Function(native), DataType::BigInt(None))
}

/// `listagg(x, ',') within group (order by y)` as `array_join(array_agg(x order by y) filter (where x is not null), ',')`.
fn listagg(called: &Function, place: Location) -> Result<Expr, DialectError> {
    let FunctionArguments::List(list) = &called.args else {
        return Err(DialectError::at("SYNTAX_ERROR", place, "listagg takes a value and a separator"));
    };
    if list.clauses.iter().any(|clause| matches!(clause, FunctionArgumentClause::OnOverflow(_))) {
        return Err(DialectError::unsupported(place, "listagg ON OVERFLOW"));
    }
    let expressions: Vec<&Expr> = list
        .args
        .iter()
        .filter_map(|arg| if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = arg { Some(expr) } else { None })
        .collect();
    let (value, separator) = match expressions.as_slice() {
        [value] => ((*value).clone(), Expr::Value(Value::SingleQuotedString(String::new()).into())),
        [value, separator] => ((*value).clone(), (*separator).clone()),
        _ => return Err(DialectError::at("SYNTAX_ERROR", place, "listagg takes a value and a separator")),
    };
    let present = Expr::IsNotNull(Box::new(value.clone()));
    let filter = match &called.filter {
        None => present,
        Some(given) => Expr::BinaryOp {
            left: Box::new(Expr::Nested(given.clone())),
            op: BinaryOperator::And,
            right: Box::new(present),
        },
    };
    let mut collected = function("array_agg", vec![value]);
    if let FunctionArguments::List(FunctionArgumentList { duplicate_treatment, clauses, .. }) = &mut collected.args {
        *duplicate_treatment = list.duplicate_treatment;
        if !called.within_group.is_empty() {
            clauses.push(FunctionArgumentClause::OrderBy(called.within_group.clone()));
        }
    }
    collected.filter = Some(Box::new(filter));
    collected.over.clone_from(&called.over);
    Ok(call("array_join", vec![Expr::Function(collected), separator]))
}
