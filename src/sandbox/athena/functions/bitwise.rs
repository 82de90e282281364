//! Bits of bigints.

use datafusion::arrow::datatypes::DataType;

use super::error::{Outcome, bad_argument};
use super::row::{Kind, Returns, RowFunction, function};
use super::value::Value;

/// `bitwise_and` and its like.
pub fn functions() -> Vec<RowFunction> {
    const BIGINT: Returns = Returns::Is(DataType::Int64);
    const TWO: &[Kind] = &[Kind::Bigint, Kind::Bigint];
    vec![
        function("bitwise_and", TWO, BIGINT, |_, v| Ok(Value::Integer(v[0].as_integer() & v[1].as_integer()))),
        function("bitwise_or", TWO, BIGINT, |_, v| Ok(Value::Integer(v[0].as_integer() | v[1].as_integer()))),
        function("bitwise_xor", TWO, BIGINT, |_, v| Ok(Value::Integer(v[0].as_integer() ^ v[1].as_integer()))),
        function("bitwise_not", &[Kind::Bigint], BIGINT, |_, v| Ok(Value::Integer(!v[0].as_integer()))),
        function("bit_count", TWO, BIGINT, |_, v| bit_count(v[0].as_integer(), v[1].as_integer())),
    ]
}

fn bit_count(number: i64, bits: i64) -> Outcome<Value> {
    let Ok(bits @ 2..=64) = u32::try_from(bits) else {
        return bad_argument("Bits specified in bit_count must be between 2 and 64");
    };
    let high = number >> (bits - 1);
    if high != 0 && high != -1 {
        return bad_argument(format!(
            "Number must be representable with the bits specified. {number} cannot be represented with {bits} bits"
        ));
    }
    let mask = if bits == 64 { -1 } else { (1_i64 << bits) - 1 };
    Ok(Value::Integer((number & mask).count_ones().into()))
}
