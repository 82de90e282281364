//! Functions over arrays. None means "invalid arguments".

use super::Decimal;
use serde_json::{Number, Value};

/// The most items that `ArrayRange` may make (AWS's guide).
const RANGE: usize = 1000;

/// Whether a value is among the items.
pub fn contains(items: &[Value], wanted: &Value) -> bool {
    items.iter().any(|item| same(item, wanted))
}

/// The item at an index; fractions are cut off. AWS answers null for any index into an empty array.
pub fn item(items: &[Value], index: &Number) -> Option<Value> {
    if items.is_empty() {
        return Some(Value::Null);
    }
    let index = usize::try_from(Decimal::of(index).truncated()?).ok()?;
    items.get(index).cloned()
}

/// The items in chunks of a size of at least one; a fraction is rounded to the nearest integer (AWS's guide).
pub fn partition(items: &[Value], size: &Number) -> Option<Value> {
    let size = usize::try_from(Decimal::of(size).rounded()?).ok().filter(|size| *size > 0)?;
    Some(items.chunks(size).map(<[Value]>::to_vec).collect())
}

/// The integers from `first` to `last`, both included, by `step`; at most 1000, fractions cut off.
pub fn range(first: &Number, last: &Number, step: &Number) -> Option<Value> {
    let [first, last, step] = [first, last, step].map(|number| Decimal::of(number).truncated());
    let (last, step) = (last?, step.filter(|step| *step != 0)?);
    let within = |value: &i64| if step > 0 { *value <= last } else { *value >= last };
    let values = std::iter::successors(Some(first?), |value| value.checked_add(step)).take_while(within);
    let values: Vec<Value> = values.take(RANGE + 1).map(Value::from).collect();
    (values.len() <= RANGE).then_some(Value::Array(values))
}

/// The items without repetitions, the first of each kept.
pub fn unique(items: &[Value]) -> Value {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if !contains(&kept, item) {
            kept.push(item.clone());
        }
    }
    Value::Array(kept)
}

/// Equality of JSON values as AWS has it: members in any order, numbers by value, but an integer is never a decimal.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            is_integer(left) == is_integer(right) && Decimal::of(left) == Decimal::of(right)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

fn is_integer(number: &Number) -> bool {
    !number.as_str().contains(['.', 'e', 'E'])
}
