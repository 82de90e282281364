//! `greatest`, `least`, `typeof`, and values that no argument decides.

use datafusion::arrow::datatypes::DataType;

use super::cast::convert;
use super::error::{Outcome, bad_argument, fail};
use super::row::{Call, Kind, Returns, RowFunction, Types, function};
use super::types::{common_of, name};
use super::value::Value;

/// The functions of this family.
pub fn functions() -> Vec<RowFunction> {
    use Kind::{Any, Text};
    let both = || Returns::Via(|types: &Types<'_>| common_of("greatest and least", types.arguments));
    vec![
        function("greatest", &[Any], both(), |c, v| Ok(converted(c, v)?.into_iter().max().unwrap_or(Value::Null)))
            .repeats(),
        function("least", &[Any], both(), |c, v| Ok(converted(c, v)?.into_iter().min().unwrap_or(Value::Null)))
            .repeats(),
        function("typeof", &[Any], Returns::Is(DataType::Utf8), |c, _| Ok(Value::Text(name(&c.types[0])))).sees_null(),
        function("$integer", &[Kind::Bigint], Returns::Is(DataType::Int32), |_, v| Ok(v[0].clone())),
        function("$boolean", &[Kind::Bigint], Returns::Is(DataType::Boolean), |_, v| {
            Ok(Value::Boolean(v[0] == Value::Integer(1)))
        }),
        function("fail", &[Text], Returns::Is(DataType::Null), |_, v| fail("GENERIC_USER_ERROR", v[0].as_text())),
        function("random", &[Kind::Bigint, Kind::Bigint], Returns::Via(random_type), |_, v| random(v))
            .optional(2)
            .volatile(),
        function("uuid", &[], Returns::Is(DataType::Utf8), |_, _| Ok(Value::text(uuid::Uuid::new_v4()))).volatile(),
    ]
}

fn converted(call: &Call<'_>, values: &[Value]) -> Outcome<Vec<Value>> {
    values.iter().zip(call.types).map(|(value, given)| convert(value, given, call.returns)).collect()
}

fn random_type(types: &Types<'_>) -> Outcome<DataType> {
    Ok(if types.arguments.is_empty() { DataType::Float64 } else { DataType::Int64 })
}

fn random(values: &[Value]) -> Outcome<Value> {
    let bits = uuid::Uuid::new_v4().as_u64_pair().1;
    let (low, high) = match values {
        #[expect(clippy::cast_precision_loss, reason = "52 bits fit a double")]
        [] => return Ok(Value::Double((bits & ((1 << 52) - 1)) as f64 / (1_u64 << 52) as f64)),
        [high] => (0, high.as_integer()),
        [low, high, ..] => (low.as_integer(), high.as_integer()),
    };
    match u64::try_from(i128::from(high) - i128::from(low)) {
        Ok(range @ 1..) => Ok(Value::Integer(low.wrapping_add_unsigned(bits % range))),
        _ => bad_argument("bound must be positive"),
    }
}
