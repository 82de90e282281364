//! Files of the project: `schema`, `file`.

use super::super::files::Files;
use super::super::judge::{Call, Judge, diff, of_type};
use super::super::judgement::GoldenUpdate;
use super::super::path::Path;
use super::super::tree::Prepared;
use crate::value::Value;

/// Violations of a schema that are listed.
const SHOWN: usize = 20;

fn path_of(value: &Value) -> Result<&str, String> {
    value.as_text().ok_or_else(|| format!("takes the path of a file, found {}", value.display()))
}

pub(super) fn read_schema(value: &Value, files: &Files) -> Result<Prepared, String> {
    files.schema(path_of(value)?)
}

pub(super) fn read_golden(value: &Value, files: &Files) -> Result<Prepared, String> {
    files.golden(path_of(value)?)
}

pub(super) fn schema(call: &Call<'_>, judge: &mut Judge) {
    let Some(Prepared::Schema(validator)) = call.known().map(|known| &known.prepared) else { return };
    let json = call.value.to_json();
    for error in validator.iter_errors(&json).take(SHOWN) {
        let place = error.instance_path().to_string();
        let path = Path::Of(call.subject.path, &place);
        let note = Some(error.to_string());
        let path = if place.is_empty() { call.subject.path } else { &path };
        let found = json.pointer(&place).map_or_else(|| call.value.clone(), |part| Value::from_json(part.clone()));
        judge.mismatch(call.applied.describe(), path, &found, &call.applied.span, note);
    }
}

/// Compares with a golden file: JSON by its values, anything else as text.
pub(super) fn file(call: &Call<'_>, judge: &mut Judge) {
    let Some(Prepared::Golden { path, content }) = call.known().map(|known| &known.prepared) else { return };
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let (subject, span) = (call.subject.path, &call.applied.span);
    let Some(new) = rendered(call.value, is_json) else {
        let note = of_type("a string", call.value);
        return judge.undecided(call.applied.describe(), subject, call.value, span, note);
    };
    let difference = match content.as_deref() {
        None => Some("the file does not exist yet".to_owned()),
        Some(old) if is_json => match serde_json::from_str(old).map(Value::from_json) {
            Ok(expected) => (!is_same(&expected, call.value)).then(|| "the content differs".to_owned()),
            Err(error) => Some(format!("the file is not JSON: {error}")),
        },
        Some(old) => (without_returns(old) != without_returns(&new)).then(|| "the content differs".to_owned()),
    };
    if let Some(note) = difference {
        judge.mismatch(call.applied.describe(), subject, call.value, span, Some(note));
        let old = match content.as_deref() {
            Some(old) if is_json => serde_json::from_str(old)
                .map(Value::from_json)
                .ok()
                .and_then(|old| rendered(&old, true))
                .unwrap_or_else(|| old.to_owned()),
            Some(old) => old.to_owned(),
            None => String::new(),
        };
        judge.golden(GoldenUpdate { path: path.clone(), new: new.clone() }, Some(diff(&old, &new)));
    }
}

fn is_same(expected: &Value, actual: &Value) -> bool {
    super::super::reading::equal(expected, actual)
}

/// What the golden file would hold; text that is not JSON only from a string.
fn rendered(value: &Value, is_json: bool) -> Option<String> {
    if is_json {
        return serde_json::to_string_pretty(&value.to_json()).ok().map(|text| text + "\n");
    }
    value.as_text().map(|text| if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") })
}

/// Line ends as they are on Unix, and one at the end of the file: editors add it.
fn without_returns(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    if text.ends_with('\n') { text } else { text + "\n" }
}
