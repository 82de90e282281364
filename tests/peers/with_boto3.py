"""Everything that the sandbox promises, as boto3 asks for it. Ends with `all of it works`."""

import io
import json
import os
import time
import urllib.request
import zipfile

import boto3
from botocore.exceptions import ClientError

s3, states, functions, athena, glue, sts = (
    boto3.client(name) for name in ["s3", "stepfunctions", "lambda", "athena", "glue", "sts"]
)


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error
    raise AssertionError(f"{call} was not refused")


def until(look, limit=30):
    deadline = time.monotonic() + limit
    while not (found := look()):
        assert time.monotonic() < deadline, "waited for too long"
        time.sleep(0.05)
    return found


# Who we are.
assert sts.get_caller_identity()["Account"] == "000000000000"

# S3: write, read, list in pages, copy, upload in parts, delete.
s3.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
for n in range(5):
    s3.put_object(Bucket="mine", Key=f"in/{n}.txt", Body=f"text {n}".encode(), Metadata={"n": str(n)})
answer = s3.get_object(Bucket="mine", Key="in/3.txt")
assert answer["Body"].read() == b"text 3" and answer["Metadata"] == {"n": "3"}
pages = s3.get_paginator("list_objects_v2").paginate(Bucket="mine", Prefix="in/", PaginationConfig={"PageSize": 2})
assert [o["Key"] for page in pages for o in page["Contents"]] == [f"in/{n}.txt" for n in range(5)]
s3.copy_object(Bucket="mine", Key="out/3.txt", CopySource={"Bucket": "mine", "Key": "in/3.txt"})
large = bytes(range(256)) * 4096 * 12
s3.upload_fileobj(io.BytesIO(large), "mine", "large.bin")
assert s3.head_object(Bucket="mine", Key="large.bin")["ContentLength"] == len(large)
buffer = io.BytesIO()
s3.download_fileobj("mine", "large.bin", buffer)
assert buffer.getvalue() == large
s3.delete_objects(Bucket="mine", Delete={"Objects": [{"Key": "in/0.txt"}, {"Key": "in/1.txt"}]})
assert s3.list_objects_v2(Bucket="mine", Prefix="in/")["KeyCount"] == 3
refused("NoSuchKey", s3.get_object, Bucket="mine", Key="none")
refused("NoSuchBucket", s3.list_objects_v2, Bucket="none-of-mine")

# Lambda: a function of our own, its answer, its failure, its log.
package = io.BytesIO()
with zipfile.ZipFile(package, "w") as archive:
    archive.writestr("app.py", "def handler(event, context):\n    print('called with', event)\n    return {'double': event['n'] * 2}\n")
functions.create_function(
    FunctionName="double", Runtime="python3.11", Role="arn:aws:iam::000000000000:role/any", Handler="app.handler",
    Code={"ZipFile": package.getvalue()}, Timeout=10,
)
until(lambda: functions.get_function(FunctionName="double")["Configuration"]["State"] == "Active")
answer = functions.invoke(FunctionName="double", Payload=json.dumps({"n": 21}), LogType="Tail")
assert json.load(answer["Payload"]) == {"double": 42} and "FunctionError" not in answer
assert answer["LogResult"]
answer = functions.invoke(FunctionName="double", Payload=b"{}")
assert answer["FunctionError"] == "Unhandled" and json.load(answer["Payload"])["errorType"] == "KeyError"
assert "double" in [f["FunctionName"] for f in functions.list_functions()["Functions"]]
refused("ResourceNotFoundException", functions.invoke, FunctionName="none")

# Step Functions: a machine with a task, a choice and a failure.
definition = {
    "StartAt": "Double",
    "States": {
        "Double": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Enough",
                   "Parameters": {"FunctionName": "double", "Payload.$": "$"}, "OutputPath": "$.Payload"},
        "Enough": {"Type": "Choice", "Default": "TooSmall",
                   "Choices": [{"Variable": "$.double", "NumericGreaterThan": 10, "Next": "Done"}]},
        "Done": {"Type": "Succeed"},
        "TooSmall": {"Type": "Fail", "Error": "TooSmall", "Cause": "not enough"},
    },
}
machine = states.create_state_machine(
    name="doubling", definition=json.dumps(definition), roleArn="arn:aws:iam::000000000000:role/any"
)["stateMachineArn"]


def execution(event):
    arn = states.start_execution(stateMachineArn=machine, input=json.dumps(event))["executionArn"]
    described = until(lambda: (d := states.describe_execution(executionArn=arn))["status"] != "RUNNING" and d)
    return arn, described


arn, good = execution({"n": 21})
assert good["status"] == "SUCCEEDED" and json.loads(good["output"]) == {"double": 42}
history = states.get_execution_history(executionArn=arn)["events"]
assert [e["type"] for e in history if e["type"].endswith("StateEntered")] == [
    "TaskStateEntered", "ChoiceStateEntered", "SucceedStateEntered"]
_, bad = execution({"n": 1})
assert (bad["status"], bad["error"], bad["cause"]) == ("FAILED", "TooSmall", "not enough")
assert len(states.list_executions(stateMachineArn=machine)["executions"]) == 2
refused("StateMachineDoesNotExist", states.start_execution, stateMachineArn=machine + "x")
refused("InvalidDefinition", states.create_state_machine, name="bad", definition="{}", roleArn="arn:aws:iam::000000000000:role/any")

# An EXPRESS machine answers at once.
express = states.create_state_machine(
    name="at-once", type="EXPRESS", roleArn="arn:aws:iam::000000000000:role/any",
    definition=json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": [1, 2], "End": True}}}),
)["stateMachineArn"]
answered = boto3.client(
    "stepfunctions", config=boto3.session.Config(inject_host_prefix=False)
).start_sync_execution(stateMachineArn=express)
assert json.loads(answered["output"]) == [1, 2]

# Athena: a table over files, typed columns, pages, a refusal.
s3.put_object(Bucket="mine", Key="orders/a.csv", Body=b"1,10.50,2026-01-15\n2,7.25,2026-01-16\n")


def query(sql, **more):
    started = athena.start_query_execution(
        QueryString=sql, ResultConfiguration={"OutputLocation": "s3://mine/results/"}, **more
    )["QueryExecutionId"]
    described = until(
        lambda: (q := athena.get_query_execution(QueryExecutionId=started)["QueryExecution"])["Status"]["State"]
        in ("SUCCEEDED", "FAILED", "CANCELLED") and q
    )
    return started, described


for sql in [
    "create database shop",
    "create external table shop.orders (id bigint, amount decimal(10,2), day date) "
    "row format delimited fields terminated by ',' location 's3://mine/orders/'",
]:
    _, done = query(sql)
    assert done["Status"]["State"] == "SUCCEEDED", done
started, done = query("select id, amount, day from shop.orders where id >= ? order by id", ExecutionParameters=["1"])
assert done["Status"]["State"] == "SUCCEEDED", done
pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=started, PaginationConfig={"PageSize": 2})
rows = [[cell.get("VarCharValue") for cell in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]
assert rows == [["id", "amount", "day"], ["1", "10.50", "2026-01-15"], ["2", "7.25", "2026-01-16"]], rows
location = done["ResultConfiguration"]["OutputLocation"]
text = s3.get_object(Bucket="mine", Key=location.removeprefix("s3://mine/"))["Body"].read().decode()
assert text.splitlines()[1] == '"1","10.50","2026-01-15"', text
_, wrong = query("selekt 1")
assert wrong["Status"]["State"] == "FAILED" and wrong["Status"]["AthenaError"], wrong
assert [c["Name"] for c in glue.get_table(DatabaseName="shop", Name="orders")["Table"]["StorageDescriptor"]["Columns"]] == [
    "id", "amount", "day"]

# What is not there is refused by name.
error = refused("NotImplemented", functions.get_account_settings)
assert "GetAccountSettings" in str(error), error
error = refused("NotImplemented", boto3.client("dynamodb").list_tables)
assert "dynamodb" in str(error), error

# The server counts, and tells it without credentials.
with urllib.request.urlopen(f"{os.environ['AWS_ENDPOINT_URL']}/_shakedown/calls") as answer:
    calls = json.load(answer)
assert calls["athena.StartQueryExecution"] == 4 and calls["stepfunctions.StartSyncExecution"] == 1, calls

print("all of it works")
