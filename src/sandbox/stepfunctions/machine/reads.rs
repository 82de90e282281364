//! What states read beside their input: variables, and the context object. An execution's input can be large and its
//! states many, so a state that does not look at the input through `$$` is not given a copy of it.

use indexmap::IndexMap;
use serde_json::Value;

use super::model::Reads;

/// The variables that each state of the definition reads, as `DescribeStateMachine` lists them.
pub fn variable_references(definition: &Value) -> IndexMap<String, Vec<String>> {
    let mut references = IndexMap::new();
    collect_states(definition, &mut references);
    references
}

fn collect_states(program: &Value, references: &mut IndexMap<String, Vec<String>>) {
    for (name, state) in program["States"].as_object().into_iter().flatten() {
        let mut names = Vec::new();
        each_text(state, &mut |text| collect_text(text, &mut names));
        if !names.is_empty() {
            references.insert(name.clone(), names);
        }
        let branches = state["Branches"].as_array().into_iter().flatten();
        for inner in branches.chain([&state["ItemProcessor"], &state["Iterator"]]) {
            collect_states(inner, references);
        }
    }
}

/// What a state reads beside its input.
pub fn reads(state: &Value) -> Reads {
    let mut reads = Reads::default();
    let mut names = Vec::new();
    each_text(state, &mut |text| {
        collect_text(text, &mut names);
        for path in text.split("$$").skip(1) {
            reads.context = true;
            reads.execution_input |= shows_input(path);
        }
    });
    reads.variables = !names.is_empty();
    reads
}

/// Whether a path over the context object may see the execution's input; the text is what follows `$$`.
fn shows_input(path: &str) -> bool {
    let small =
        [".Map.", ".State.", ".StateMachine.", ".Task.", ".Execution.Id", ".Execution.Name", ".Execution.StartTime"];
    !small.iter().any(|start| path.starts_with(start))
}

/// Every text of a state, outside the states within it.
fn each_text(state: &Value, see: &mut impl FnMut(&str)) {
    let own = state.as_object().into_iter().flatten();
    for (_, value) in own.filter(|(field, _)| !["Branches", "ItemProcessor", "Iterator"].contains(&field.as_str())) {
        each_text_within(value, see);
    }
}

fn each_text_within(value: &Value, see: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => see(text),
        Value::Array(items) => items.iter().for_each(|item| each_text_within(item, see)),
        Value::Object(members) => members.values().for_each(|member| each_text_within(member, see)),
        _ => {}
    }
}

/// `$name` in a path or among the arguments of an intrinsic function, outside quoted text.
fn collect_text(text: &str, names: &mut Vec<String>) {
    if !text.starts_with('$') && !text.starts_with("States.") {
        return;
    }
    let unquoted = text.split('\'').step_by(2);
    for part in unquoted.flat_map(|part| part.split('$').skip(1)) {
        let name: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(text: &str, context: bool, execution_input: bool, variables: bool) {
        let state = json!({"Type": "Pass", "Parameters": {"x.$": text}, "Branches": ["$$"]});
        assert_eq!(reads(&state), Reads { context, execution_input, variables }, "{text}");
    }

    #[test]
    fn a_state_reads_what_its_paths_name() {
        check("$.a", false, false, false);
        check("$$.Map.Item.Value", true, false, false);
        check("$$.Execution.Id", true, false, false);
        check("$$", true, true, false);
        check("$$.Execution.Input.a", true, true, false);
        check("$$['Execution']", true, true, false);
        check("States.Format('{}', $$.State.Name, $$.Execution)", true, true, false);
        check("$v.a", false, false, true);
        check("States.Array($v, $$.Task.Token)", true, false, true);
    }
}
