"""Events as boto3 asks for them: a bucket that sends them, rules, targets, a schedule. Ends with `all of it works`."""

import json
import os
import time
import urllib.error
import urllib.request

import boto3
from botocore.exceptions import ClientError

s3, states, events = (boto3.client(name) for name in ["s3", "stepfunctions", "events"])
role = "arn:aws:iam::000000000000:role/any"


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return str(error)
    raise AssertionError(f"{call} was not refused")


def until(look, limit=30):
    deadline = time.monotonic() + limit
    while not (found := look()):
        assert time.monotonic() < deadline, "waited for too long"
        time.sleep(0.05)
    return found


def inputs(count):
    """The inputs of the executions, once there are so many."""
    listed = until(
        lambda: len(all := states.list_executions(stateMachineArn=machine)["executions"]) >= count and all
    )
    return [
        json.loads(states.describe_execution(executionArn=execution["executionArn"])["input"]) for execution in listed
    ]


def control(method, path):
    request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"] + path, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


machine = states.create_state_machine(
    name="arrivals", roleArn=role,
    definition=json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}),
)["stateMachineArn"]

# A bucket tells EventBridge of its objects.
s3.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket="mine")
s3.put_bucket_notification_configuration(Bucket="mine", NotificationConfiguration={"EventBridgeConfiguration": {}})
assert s3.get_bucket_notification_configuration(Bucket="mine")["EventBridgeConfiguration"] == {}

# A rule on it, with a target.
pattern = json.dumps({
    "source": ["aws.s3"], "detail-type": ["Object Created"],
    "detail": {"bucket": {"name": ["mine"]}, "object": {"key": [{"prefix": "landing/"}], "size": [{"numeric": [">", 0]}]}},
})
arn = events.put_rule(Name="arrivals", EventPattern=pattern)["RuleArn"]
assert arn == "arn:aws:events:eu-west-1:000000000000:rule/arrivals"
assert events.put_targets(Rule="arrivals", Targets=[{"Id": "1", "Arn": machine, "RoleArn": role}])["FailedEntryCount"] == 0
assert events.describe_rule(Name="arrivals")["EventPattern"] == pattern
assert [rule["Name"] for page in events.get_paginator("list_rules").paginate() for rule in page["Rules"]] == ["arrivals"]
assert events.list_rule_names_by_target(TargetArn=machine)["RuleNames"] == ["arrivals"]
assert events.list_targets_by_rule(Rule="arrivals")["Targets"][0]["Arn"] == machine

# An object that it wants starts an execution with AWS's event.
s3.put_object(Bucket="mine", Key="elsewhere/a.csv", Body=b"not this one")
s3.put_object(Bucket="mine", Key="landing/empty.csv", Body=b"")
put = s3.put_object(Bucket="mine", Key="landing/a.csv", Body=b"hello")
(event,) = inputs(1)
assert event["detail-type"] == "Object Created" and event["resources"] == ["arn:aws:s3:::mine"], event
assert event["detail"]["object"]["key"] == "landing/a.csv" and event["detail"]["object"]["size"] == 5, event
assert event["detail"]["object"]["etag"] == put["ETag"].strip('"'), event
assert event["detail"]["request-id"] == put["ResponseMetadata"]["RequestId"], event
assert event["detail"]["reason"] == "PutObject", event

# Events of our own, each judged for itself.
events.put_rule(Name="orders", EventPattern=json.dumps({"source": ["shop"], "detail": {"total": [{"numeric": [">=", 10]}]}}))
events.put_targets(Rule="orders", Targets=[{
    "Id": "1", "Arn": machine, "RoleArn": role,
    "InputTransformer": {"InputPathsMap": {"total": "$.detail.total"}, "InputTemplate": '{"total": <total>}'},
}])
answer = events.put_events(Entries=[
    {"Source": "shop", "DetailType": "order", "Detail": '{"total": 9.99}'},
    {"Source": "shop", "DetailType": "order", "Detail": '{"total": 10.00}'},
    {"Source": "shop", "DetailType": "order", "Detail": "no JSON"},
])
assert answer["FailedEntryCount"] == 1 and answer["Entries"][2]["ErrorCode"] == "MalformedDetail", answer
assert {"total": 10.0} in inputs(2)
assert events.test_event_pattern(EventPattern='{"source": ["aws.s3"]}', Event=json.dumps(event))["Result"] is True

# The clock fires no schedule; we do.
events.put_rule(Name="nightly", ScheduleExpression="cron(0 3 * * ? *)")
events.put_targets(Rule="nightly", Targets=[{"Id": "1", "Arn": machine, "RoleArn": role}])
fired = control("POST", "/_shakedown/schedules/nightly/fire")
execution = states.describe_execution(executionArn=fired["deliveries"][0]["execution"])
assert json.loads(execution["input"])["detail-type"] == "Scheduled Event", execution

# What cannot be delivered is written down.
events.put_targets(Rule="nightly", Targets=[{"Id": "1", "Arn": machine + "x", "RoleArn": role}])
control("POST", "/_shakedown/schedules/nightly/fire")
assert "StateMachineDoesNotExist" in control("GET", "/_shakedown/events")[-1]["deliveries"][0]["error"]

# What is wrong or not there is refused.
assert "unrecognized match type begins" in refused(
    "InvalidEventPatternException", events.put_rule, Name="bad", EventPattern='{"source": [{"begins": "x"}]}')
refused("ValidationException", events.put_rule, Name="bad", ScheduleExpression="rate(1 days)")
refused("ResourceNotFoundException", events.describe_rule, Name="none")
refused("ValidationException", events.delete_rule, Name="nightly")
assert "CreateEventBus" in refused("NotImplemented", events.create_event_bus, Name="other")
assert "SQS" in refused(
    "NotImplemented", s3.put_bucket_notification_configuration, Bucket="mine",
    NotificationConfiguration={"QueueConfigurations": [
        {"QueueArn": "arn:aws:sqs:eu-west-1:000000000000:q", "Events": ["s3:ObjectCreated:*"]}]},
)

# A rule goes when its targets have gone.
events.remove_targets(Rule="nightly", Ids=["1"])
events.delete_rule(Name="nightly")
events.disable_rule(Name="arrivals")
assert events.describe_rule(Name="arrivals")["State"] == "DISABLED"

print("all of it works")
