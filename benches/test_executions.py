"""The work of the first benchmark as it is commonly written: start, look once a second until the end, assert."""

import json
import os
import time
import uuid

import boto3
import pytest

MACHINE = "arn:aws:states:eu-west-1:000000000000:stateMachine:wait"


@pytest.fixture(scope="session")
def stepfunctions():
    return boto3.client("stepfunctions")


@pytest.mark.parametrize("order", range(1, int(os.environ["CASES"]) + 1))
def test_an_execution_returns_its_order(stepfunctions, order):
    started = stepfunctions.start_execution(
        stateMachineArn=MACHINE, name=f"test-{uuid.uuid4()}", input=json.dumps({"order": order})
    )
    while True:
        execution = stepfunctions.describe_execution(executionArn=started["executionArn"])
        if execution["status"] != "RUNNING":
            break
        time.sleep(1)
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"]) == {"order": order}
