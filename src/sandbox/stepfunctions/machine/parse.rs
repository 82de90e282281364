//! From the text of a definition to a [`Machine`], or to everything that is wrong with it.

use std::{cell::RefCell, collections::HashSet, time::Duration};

use indexmap::IndexMap;
use serde_json::Value;

use super::super::template::Template;
use super::fields::{Fields, Problems};
use super::model::{DataFields, Machine, Program, Reads, State, StateKind, Transition};
use super::problem::Problem;
use super::states::{fail, pass, wait};

/// What a definition is checked against beside the language.
pub struct Rules<'a> {
    /// Whether a resource can be run.
    pub supports: &'a dyn Fn(&str) -> bool,
    /// EXPRESS machines may not wait for jobs or callbacks.
    pub express: bool,
}

/// Definitions have at most 1 MB (quota of Step Functions).
const LONGEST_DEFINITION: usize = 1_048_576;

/// Reads a definition.
///
/// # Errors
/// Every problem found, in the order of the definition.
pub fn parse(definition: &str, rules: &Rules<'_>) -> Result<Machine, Vec<Problem>> {
    let value = read(definition).map_err(|problem| vec![problem])?;
    let parser = Parser { rules, problems: Problems::default(), names: RefCell::default(), jsonata: false.into() };
    let machine = parser.machine(&value);
    let problems = parser.problems.into_list();
    match machine {
        Some(machine) if problems.is_empty() => Ok(machine),
        _ => Err(problems),
    }
}

fn read(definition: &str) -> Result<Value, Problem> {
    let problem = |message: String| Problem { code: "INVALID_JSON_DESCRIPTION", message, location: String::new() };
    if definition.len() > LONGEST_DEFINITION {
        return Err(problem(format!("The definition has more than {LONGEST_DEFINITION} bytes")));
    }
    serde_json::from_str(definition).map_err(|error| problem(error.to_string()))
}

/// The state of reading one definition.
pub(super) struct Parser<'a> {
    pub rules: &'a Rules<'a>,
    pub problems: Problems,
    names: RefCell<HashSet<String>>,
    jsonata: std::cell::Cell<bool>,
}

impl Parser<'_> {
    fn machine(&self, value: &Value) -> Option<Machine> {
        let fields = Fields::new(value, "", &self.problems)?;
        fields.value("Comment");
        check_version(&fields);
        self.jsonata.set(fields.one_of("QueryLanguage", &["JSONPath", "JSONata"]).as_deref() == Some("JSONata"));
        let timeout = fields.whole("TimeoutSeconds", 0, 99_999_999).filter(|seconds| *seconds > 0);
        let program = self.program(&fields)?;
        fields.finish();
        if self.jsonata.get() && self.problems.count() == 0 {
            self.refuse_jsonata(&fields.at("QueryLanguage"));
        }
        let variable_references = super::reads::variable_references(value);
        Some(Machine { program, timeout: timeout.map(Duration::from_secs), variable_references })
    }

    /// `StartAt` and `States`, of a machine, a branch or a processor.
    pub(super) fn program(&self, fields: &Fields<'_>) -> Option<Program> {
        let before = self.problems.count();
        let complete = fields.require(&["StartAt", "States"]);
        let start_at = fields.text("StartAt");
        let states = fields.value("States");
        if !complete {
            return None;
        }
        let Some(Value::Object(states)) = states else {
            fields.wrong("States", "Expected value of type Object");
            return None;
        };
        if states.is_empty() {
            fields.wrong("States", "Value cannot be empty");
            return None;
        }
        let location = fields.at("States");
        let read = |(name, value)| Some((String::clone(name), self.state(name, value, &location)?));
        let written = states.len();
        let states: IndexMap<String, State> = states.iter().filter_map(read).collect();
        let complete = states.len() == written;
        let program = Program { start_at: start_at?, states };
        // A state that could not be read would be missed as a target: its own problem says more.
        if complete && self.problems.count() == before {
            self.check_flow(&program, &fields.location);
        }
        Some(program)
    }

    fn state(&self, name: &str, value: &Value, location: &str) -> Option<State> {
        let fields = Fields::new(value, format!("{location}/{name}"), &self.problems)?;
        self.check_name(name, &fields);
        if !fields.require(&["Type"]) {
            return None;
        }
        fields.value("Comment");
        if self.query_language(&fields) {
            // The fields of a JSONata state are other ones; the language is refused as a whole.
            if !self.jsonata.get() {
                self.refuse_jsonata(&fields.at("QueryLanguage"));
            }
            return None;
        }
        fields.refuse_jsonata(&["Arguments", "Output", "Items"]);
        let state = self.typed(name, &fields)?;
        fields.finish();
        Some(State { reads: super::reads::reads(value), ..state })
    }

    fn check_name(&self, name: &str, fields: &Fields<'_>) {
        if name.is_empty() || name.chars().count() > 80 {
            fields.wrong_here("State names must have 1 to 80 characters");
        }
        if !self.names.borrow_mut().insert(name.to_owned()) {
            self.problems.add("DUPLICATE_STATE_NAME", &fields.location, format!("Duplicate State name: {name}"));
        }
    }

    fn query_language(&self, fields: &Fields<'_>) -> bool {
        let language = fields.one_of("QueryLanguage", &["JSONPath", "JSONata"]);
        if self.jsonata.get() && language.as_deref() == Some("JSONPath") {
            fields.wrong_here("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine");
        }
        language.map_or(self.jsonata.get(), |language| language == "JSONata")
    }

    fn refuse_jsonata(&self, location: &str) {
        self.problems.schema(location, "The shakedown sandbox does not support the query language JSONata");
    }

    fn typed(&self, name: &str, fields: &Fields<'_>) -> Option<State> {
        const TYPES: [&str; 8] = ["Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"];
        let kind = fields.text("Type")?;
        let kind = match kind.as_str() {
            "Task" => self.task(fields),
            "Pass" => Some(pass(fields)),
            "Wait" => wait(fields),
            "Choice" => self.choice(fields),
            "Succeed" => Some(StateKind::Succeed),
            "Fail" => Some(fail(fields)),
            "Parallel" => self.parallel(fields),
            "Map" => self.map(fields),
            _ => {
                let types = TYPES.join(", ");
                fields.wrong("Type", format!("The field 'Type' should have one of these values: [{types}]"));
                None
            }
        }?;
        let retries = matches!(kind, StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Map(_));
        Some(State {
            name: name.to_owned(),
            data: data(fields, &kind),
            retry: if retries { self.retriers(fields) } else { Vec::new() },
            catch: if retries { self.catchers(fields) } else { Vec::new() },
            next: transition(fields, &kind),
            reads: Reads::default(),
            kind,
        })
    }
}

fn check_version(fields: &Fields<'_>) {
    if fields.text("Version").is_some_and(|version| version != "1.0") {
        fields.wrong("Version", "Value should be one of the following: [1.0]");
    }
}

/// `Assign`, of a state, a rule or a catcher.
pub(super) fn assign(fields: &Fields<'_>) -> Option<Template> {
    let Some(Value::Object(members)) = fields.value("Assign") else {
        if fields.has("Assign") {
            fields.wrong("Assign", "Expected value of type Object");
        }
        return None;
    };
    for name in members.keys().map(|name| name.strip_suffix(".$").unwrap_or(name)) {
        check_variable(fields, name);
    }
    fields.template("Assign")
}

fn transition(fields: &Fields<'_>, kind: &StateKind) -> Transition {
    if matches!(kind, StateKind::Choice(_) | StateKind::Succeed | StateKind::Fail(_)) {
        return Transition::Own;
    }
    let given = usize::from(fields.has("Next")) + usize::from(fields.value("End") == Some(&Value::Bool(true)));
    if given == 1 {
        let end = fields.flag("End");
        return fields.text("Next").filter(|_| !end).map_or(Transition::End, Transition::Next);
    }
    fields.flag("End");
    fields.value("Next");
    fields.wrong_here(if given == 0 {
        "This object should have only one of the following fields: [Next, End]"
    } else {
        "There should only be one of the following fields: [Next, End]"
    });
    Transition::End
}

/// The processing fields that the type of a state has (Amazon States Language, "State types").
fn data(fields: &Fields<'_>, kind: &StateKind) -> DataFields {
    let mut data = DataFields::default();
    if matches!(kind, StateKind::Fail(_)) {
        return data;
    }
    data.input_path = fields.selector("InputPath");
    data.output_path = fields.selector("OutputPath");
    if !matches!(kind, StateKind::Succeed) {
        data.assign = assign(fields);
    }
    if matches!(kind, StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Pass(_)) {
        data.parameters = fields.template("Parameters");
    }
    if matches!(kind, StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Pass(_) | StateKind::Map(_)) {
        data.result_path = fields.placement("ResultPath");
    }
    if matches!(kind, StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Map(_)) {
        data.result_selector = fields.template("ResultSelector");
    }
    data
}

/// Names of variables have letters, digits and underscores and begin with a letter; `states` is AWS's own.
fn check_variable(fields: &Fields<'_>, name: &str) {
    let place = format!("Assign/{name}");
    let valid = name.starts_with(|c: char| c.is_alphabetic()) && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if name == "states" {
        let message = "Cannot assign to reserved variable '$states'.";
        fields.problem("RESERVED_VARIABLE_NAME", &place, message);
    } else if !valid || name.chars().count() > 80 {
        let message = format!("Invalid variable name '{name}': the variable name contains invalid characters.");
        fields.problem("INVALID_VARIABLE_NAME", &place, message);
    }
}
