"""What a run did to a moto server, read from moto's own recording of the requests: audit.py ENDPOINT

Ends with the counts as one line of JSON. A rule that does not hold ends it with a message instead.
"""

import base64
import json
import sys
import urllib.request
from collections import Counter
from urllib.parse import parse_qs

import prepare
from prepare import ACCOUNT, ENDPOINT


def recorded():
    """The requests since prepare.py ended, each with its lower-case headers, its body and the service that it was signed for."""
    with urllib.request.urlopen(f"{ENDPOINT}/moto-api/recorder/download-recording") as answer:
        lines = answer.read().decode().splitlines()
    for line in lines:
        request = json.loads(line)
        headers = {name.lower(): value for name, value in request["headers"].items()}
        signed = headers.get("authorization", "")
        if "shakedown" not in headers.get("user-agent", "") and "aws-sdk-rust" not in headers.get("user-agent", ""):
            continue  # what moto asked of itself
        service = signed.split("Credential=")[1].split("/")[3]
        body = base64.b64decode(request["body"] or "").decode(errors="replace")
        operation = headers.get("x-amz-target", "").split(".")[-1] or request["method"]
        yield service, operation, headers, body


def judge(requests):
    for service, operation, headers, body in requests:
        if service == "s3":
            owner = headers.get("x-amz-expected-bucket-owner")
            assert owner == ACCOUNT, f"{operation} expects the owner {owner}"
    names = Counter(json.loads(body)["name"] for _, operation, _, body in requests if operation == "StartExecution")
    twice = [name for name, count in names.items() if count != 1]
    assert not twice, f"started more than once: {twice}"
    tokens = [json.loads(body)["ClientRequestToken"] for _, operation, _, body in requests if operation == "StartQueryExecution"]
    assert len(set(tokens)) == len(tokens) and all(len(token) >= 32 for token in tokens), tokens
    assumed = [parse_qs(body) for service, _, _, body in requests if service == "sts" and "AssumeRole" in body]
    assert all(form["ExternalId"] == ["lakehouse"] for form in assumed), assumed


def left(aws):
    """What the run left behind: executions that run, and objects that prepare.py did not put."""
    stepfunctions, s3 = prepare.client(aws, "stepfunctions"), prepare.client(aws, "s3")
    machines = stepfunctions.list_state_machines()["stateMachines"]
    for machine in (machine for machine in machines if machine["type"] == "STANDARD"):
        running = stepfunctions.list_executions(stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING")
        assert not running["executions"], running["executions"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="lake-raw")
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    assert [key for key in keys if not key.startswith("many/")] == ["standing/orders.csv"], keys


def main():
    requests = list(recorded())
    judge(requests)
    left(prepare.session())
    print(json.dumps(Counter(f"{service}.{operation}" for service, operation, _, _ in requests), sort_keys=True))


main()
