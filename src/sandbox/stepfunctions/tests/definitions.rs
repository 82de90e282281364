//! What is wrong with a definition is said in AWS's words, all of it at once.

use serde_json::{Value, json};

use super::harness::{Sandbox, machine, one};

async fn check(definition: Value, kind: &str, expected: &str) {
    let answer = Sandbox::new().create("m", &definition, kind).await;
    let message = answer.map_or_else(|error| format!("{}: {}", error.code, error.message), |_| "OK".to_owned());
    let expected = match expected {
        "OK" => expected.to_owned(),
        problems => format!("InvalidDefinition: Invalid State Machine Definition: '{problems}'"),
    };
    assert_eq!(message, expected, "{definition}");
}

async fn standard(definition: Value, expected: &str) {
    check(definition, "STANDARD", expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_complete_definition_is_taken() {
    standard(one(json!({"Type": "Pass", "Comment": "c"})), "OK").await;
}

#[tokio::test(start_paused = true)]
async fn missing_fields_are_listed() {
    standard(json!({}), "SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt, States] at /").await;
    standard(json!({"States": {}}), "SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt] at /").await;
    standard(json!({"StartAt": "A", "States": {}}), "SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States").await;
    standard(
        machine(json!({"A": {"Type": "Pass"}})),
        "SCHEMA_VALIDATION_FAILED: This object should have only one of the following fields: [Next, End] at /States/A",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn targets_exist_and_states_are_reached() {
    standard(
        machine(json!({"A": {"Type": "Pass", "Next": "X"}, "B": {"Type": "Pass", "End": true}})),
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/A/Next, MISSING_TRANSITION_TARGET: State \"B\" \
         is not reachable. at /States/B",
    )
    .await;
    standard(
        machine(json!({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}})),
        "MISSING_END_STATE: Workflow has no terminal state at null",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn wrong_values_have_their_place() {
    for (state, expected) in [
        (
            json!({"Type": "Pas"}),
            "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/A/Type",
        ),
        (json!({"Type": "Pass", "TimeoutSeconds": 1}), "Field 'TimeoutSeconds' is not supported at /States/A"),
        (
            json!({"Type": "Wait", "Timestamp": "2016-13-05"}),
            "String does not match RFC3339 timestamp at /States/A/Timestamp",
        ),
        (
            json!({"Type": "Wait", "Timestamp": "2016-03-05 21:29:29Z"}),
            "String does not match RFC3339 timestamp at /States/A/Timestamp",
        ),
        (
            json!({"Type": "Wait", "Timestamp": "2016-03-05T21:29:29+01:00"}),
            "String does not match RFC3339 timestamp at /States/A/Timestamp",
        ),
        (json!({"Type": "Wait", "Seconds": "1"}), "Expected value of type Integer at /States/A/Seconds"),
        (json!({"Type": "Wait", "Seconds": -1}), "Minimum value is 0 at /States/A/Seconds"),
        (json!({"Type": "Pass", "InputPath": "x"}), "Value must be a valid JSONPath. at /States/A/InputPath"),
        (json!({"Type": "Parallel", "Branches": []}), "Value cannot be empty at /States/A/Branches"),
        (
            json!({"Type": "Pass", "QueryLanguage": "JSONata"}),
            "The shakedown sandbox does not support the query language JSONata at /States/A/QueryLanguage",
        ),
    ] {
        standard(one(state), &format!("SCHEMA_VALIDATION_FAILED: {expected}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_cannot_be_run_is_named() {
    for resource in ["arn:aws:states:::sqs:unknown", "arn:aws:states:eu-west-1:0:activity:a", "arn:nonsense"] {
        let expected = format!(
            "SCHEMA_VALIDATION_FAILED: The resource provided {resource} is not recognized. The value is not a valid \
             resource ARN, or the resource is not available in this region. at /States/A/Resource"
        );
        standard(one(json!({"Type": "Task", "Resource": resource})), &expected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_express_machine_waits_for_nothing() {
    let task = |resource: &str| one(json!({"Type": "Task", "Resource": resource}));
    let place = "at /States/A/Resource";
    let expected =
        format!("SCHEMA_VALIDATION_FAILED: Express state machine does not support '.sync' service integration {place}");
    check(task("arn:aws:states:::x:y.sync"), "EXPRESS", &expected).await;
    let expected = format!(
        "SCHEMA_VALIDATION_FAILED: Express state machine does not support '.waitForTaskToken' service integration  {place}"
    );
    check(task("arn:aws:states:::x:y.waitForTaskToken"), "EXPRESS", &expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_validation_lists_its_diagnostics() {
    let definition = json!({"States": {"A": {"Type": "Pass", "End": true}}}).to_string();
    let answer =
        Sandbox::new().call("ValidateStateMachineDefinition", json!({ "definition": definition })).await.unwrap();
    let diagnostic = json!({"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED",
        "message": "These fields are required: [StartAt]", "location": "/"});
    assert_eq!(answer, json!({"result": "FAIL", "diagnostics": [diagnostic], "truncated": false}));
}

#[tokio::test(start_paused = true)]
async fn text_that_is_no_json_is_refused() {
    let body = json!({"name": "m", "definition": "{", "roleArn": super::harness::ROLE});
    let error = Sandbox::new().call("CreateStateMachine", body).await.unwrap_err();
    assert_eq!(error.code, "InvalidDefinition");
    assert!(error.message.contains("INVALID_JSON_DESCRIPTION"), "{}", error.message);
}

#[tokio::test(start_paused = true)]
async fn variables_that_a_state_reads_are_described() {
    let sandbox = Sandbox::new();
    let definition = machine(json!({
        "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "B"},
        "B": {"Type": "Pass", "Parameters": {"y.$": "States.Format('{} $no', $x)", "z.$": "$$.Execution.Id"}, "End": true},
    }));
    let arn = sandbox.create("m", &definition, "STANDARD").await.unwrap();
    let answer = sandbox.call("DescribeStateMachine", json!({ "stateMachineArn": arn })).await.unwrap();
    assert_eq!(answer["variableReferences"], json!({"B": ["x"]}));
}

#[tokio::test(start_paused = true)]
async fn fields_that_exclude_one_another_are_told() {
    let map = |more: Value| {
        let mut map = json!({"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Succeed"}}}});
        map.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        map
    };
    let retry = json!([{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["E"]}]);
    for (state, expected) in [
        (
            json!({"Type": "Wait", "Seconds": 1, "SecondsPath": "$.s"}),
            "There should only be one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp] at /States/A",
        ),
        (
            json!({"Type": "Wait"}),
            "This object should have only one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp] \
             at /States/A",
        ),
        (
            json!({"Type": "Pass", "Next": "A"}),
            "There should only be one of the following fields: [Next, End] at /States/A",
        ),
        (
            json!({"Type": "Pass", "Output": 1}),
            "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage \
             at /States/A",
        ),
        (
            map(json!({"MaxConcurrency": 1, "MaxConcurrencyPath": "$.m"})),
            "There should only be one of the following fields: [MaxConcurrency, MaxConcurrencyPath] at /States/A",
        ),
        (
            map(json!({"MaxConcurrencyPath": "$$.Execution.Input.n"})),
            "Value is not a Reference Path at /States/A/MaxConcurrencyPath",
        ),
        (
            map(json!({"ToleratedFailurePercentage": 101})),
            "Maximum value is 100.0 at /States/A/ToleratedFailurePercentage",
        ),
        (
            map(json!({ "Retry": retry })),
            "States.ALL must appear alone and at end of list at /States/A/Retry[0]/ErrorEquals[0]",
        ),
    ] {
        standard(one(state), &format!("SCHEMA_VALIDATION_FAILED: {expected}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn variables_have_names_of_their_own() {
    let assign = |name: &str| one(json!({"Type": "Pass", "Assign": {name: 1}}));
    standard(
        assign("states"),
        "RESERVED_VARIABLE_NAME: Cannot assign to reserved variable '$states'. at /States/A/Assign/states",
    )
    .await;
    standard(
        assign("a-b"),
        "INVALID_VARIABLE_NAME: Invalid variable name 'a-b': the variable name contains invalid characters. at \
         /States/A/Assign/a-b",
    )
    .await;
}

/// A definition with every type of state and most fields.
const FULL: &str = r#"{"StartAt":"A","TimeoutSeconds":9,"States":{
"A":{"Type":"Pass","Assign":{"v.$":"$.a"},"Result":{"a":[1]},"ResultPath":"$.r[0].x","Next":"B"},
"B":{"Type":"Choice","Choices":[{"And":[{"Variable":"$.a","IsPresent":true},{"Not":{"Variable":"$v","StringMatches":"a*"}}],"Next":"C"}],"Default":"D"},
"C":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"x.$":"States.Format('{}', $.a)"},"TimeoutSecondsPath":"$.t",
"Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":1,"BackoffRate":1.5,"MaxDelaySeconds":9,"JitterStrategy":"FULL"}],
"Catch":[{"ErrorEquals":["E"],"ResultPath":"$.e","Next":"D"}],"Next":"P"},
"P":{"Type":"Parallel","Branches":[{"StartAt":"W","States":{"W":{"Type":"Wait","Timestamp":"2026-01-01T00:00:00Z","End":true}}}],"Next":"M"},
"M":{"Type":"Map","ItemsPath":"$.a","ToleratedFailurePercentage":1.5,"Label":"l","ItemBatcher":{"MaxItemsPerBatch":2},
"ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"FIRST_ROW"},"Parameters":{"Bucket":"b","Key":"k"}},
"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"S","States":{"S":{"Type":"Succeed"}}},"Next":"D"},
"D":{"Type":"Fail","ErrorPath":"$.e","Cause":"c"}}}"#;

fn read(definition: &str) -> bool {
    use crate::sandbox::stepfunctions::machine::{Rules, parse};
    parse(definition, &Rules { supports: &|_| true, express: false }).is_ok()
}

#[test]
fn a_definition_with_everything_is_taken() {
    assert!(read(FULL));
}

proptest::proptest! {
    #[test]
    fn no_damaged_definition_makes_the_parser_panic(at in 0..FULL.len(), length in 0_usize..40, put in "[\\[\\]{}\"$.:,a0-]{0,6}") {
        let (start, end) = (at, (at + length).min(FULL.len()));
        let damaged = [&FULL[..start], &put, &FULL[end..]].concat();
        read(&damaged);
    }
}
