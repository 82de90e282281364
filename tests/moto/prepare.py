"""Makes in a moto server what the suites beside this file need: prepare.py ENDPOINT

moto is an emulator of AWS that nobody of this project wrote. Everything is made in the account of the role that the target
assumes, by boto3, before the run; the run itself uses nothing but the binary.
"""

import io
import json
import sys
import urllib.request
import zipfile
from pathlib import Path

import boto3
from botocore.config import Config

HERE = Path(__file__).resolve().parent
REGION = "eu-west-1"
ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/shakedown"
ENDPOINT = sys.argv[1]


def moto(path, body):
    """One call of moto's own API."""
    request = urllib.request.Request(f"{ENDPOINT}/moto-api/{path}", json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        assert answer.status in (200, 201), answer.status


def session():
    """A session in the target's account, as the run will have one."""
    known = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}
    sts = boto3.client("sts", endpoint_url=ENDPOINT, **known)
    given = sts.assume_role(RoleArn=ROLE, RoleSessionName="prepare", ExternalId="lakehouse")["Credentials"]
    return boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], REGION)


def client(aws, service):
    return aws.client(service, endpoint_url=ENDPOINT, config=Config(retries={"total_max_attempts": 1}))


def buckets(s3):
    for name in ("lake-raw", "lake-athena"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="lake-raw", Key="standing/orders.csv", Body=b"id,amount\n1,10.50\n2,0.10\n", Metadata={"day": "2026-01-15"})
    # More than one page of a listing.
    for number in range(1100):
        s3.put_object(Bucket="lake-raw", Key=f"many/part-{number:04}", Body=b"x")


def function(aws):
    """moto answers an invoke with the event that it was given; the code is never run."""
    role = {"Version": "2012-10-17", "Statement": []}
    arn = client(aws, "iam").create_role(RoleName="work", AssumeRolePolicyDocument=json.dumps(role))["Role"]["Arn"]
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("handler.py", "def handler(event, context):\n    return event\n")
    client(aws, "lambda").create_function(
        FunctionName="echo", Runtime="python3.12", Handler="handler.handler", Role=arn, Timeout=20,
        Code={"ZipFile": package.getvalue()},
    )
    return arn


def machines(aws, role):
    stepfunctions = client(aws, "stepfunctions")
    for file in sorted((HERE / "machines").glob("*.asl.json")):
        name = file.name.removesuffix(".asl.json")
        stepfunctions.create_state_machine(name=name, definition=file.read_text(), roleArn=role)
    stepfunctions.create_state_machine(
        name="express", definition=(HERE / "machines/count.asl.json").read_text(), roleArn=role, type="EXPRESS")


def athena():
    """Each query waits in the queue, runs and succeeds, one step with each two looks at it. moto runs no SQL: it gives these
    results to the queries in the order of their starts."""
    transition = {"progression": "manual", "times": 2}
    moto("state-manager/set-transition", {"model_name": "athena::execution", "transition": transition})

    def row(*values):
        return {"Data": [{} if value is None else {"VarCharValue": value} for value in values]}

    def column(name, type_, precision=0, scale=0):
        return {"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name, "Type": type_,
                "Precision": precision, "Scale": scale, "Nullable": "UNKNOWN", "CaseSensitive": type_ == "varchar"}

    orders = {
        "rows": [row("country", "orders", "amount", "note"), row("DE", "3", "12345678901234567.89", ""), row("FR", "0", None, "none yet")],
        "column_info": [column("country", "varchar"), column("orders", "bigint"), column("amount", "decimal", 19, 2), column("note", "varchar")],
    }
    count = {"rows": [row("n"), row("42")], "column_info": [column("n", "bigint")]}
    moto("static/athena/query-results", {"account_id": ACCOUNT, "region": REGION, "results": [orders, count]})


def main():
    moto("reset", {})
    moto("config", {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}})
    aws = session()
    buckets(client(aws, "s3"))
    machines(aws, function(aws))
    athena()
    # From here on moto writes down what it is asked, for audit.py.
    moto("recorder/reset-recording", {})
    moto("recorder/start-recording", {})
    print("all is there")


if __name__ == "__main__":
    main()
