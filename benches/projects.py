"""The projects that the benchmarks run: made anew each time, the same each time."""

import json

PROJECT = """\
version: 1
project: benchmark
tags: [smoke]
targets:
  local: {{sandbox: sandbox.yaml, vars: {variables}}}
  server:
    account: "000000000000"
    region: eu-west-1
    endpoint: "{endpoint}"
    allow: [read, execute, write, destroy]
    limits: {{concurrency: {concurrency}}}
    vars: {variables}
"""

SANDBOX = """\
buckets: {lake-raw: {}}
state_machines:
  wait: {definition: wait.asl.json}
athena: {output: "s3://lake-raw/results/"}
"""

WAIT = {
    "Comment": "Takes two seconds and returns its input.",
    "StartAt": "Wait",
    "States": {"Wait": {"Type": "Wait", "Seconds": 2, "End": True}},
}

EXECUTIONS = """\
suite: orders {number}
cases:
  - case: the execution returns the order {{{{ matrix.order }}}}
    matrix: {{order: {orders}}}
    steps:
      - stepfunctions.run: {{state_machine: wait, input: {{order: "{{{{ matrix.order }}}}"}}}}
        expect: {{output: {{order: "{{{{ matrix.order }}}}"}}}}
"""

CASE = """\
  - case: orders of day {number} are loaded
    id: load{number}
    tags: [smoke]
    steps:
      - id: run
        stepfunctions.run:
          state_machine: "{{{{ target.machine }}}}"
          input: {{day: "{{{{ vars.day }}}}", prefix: "orders/{number}/"}}
        timeout: 20m
        expect: {{output: {{loaded: {{gte: {number}}}, rejected: 0}}, caught: [], states: {{Load: {{entered: 1}}}}}}
        that: output.loaded + output.rejected >= {number}
      - s3.object: {{uri: "s3://{{{{ target.bucket }}}}/orders/{number}.json", parse: json}}
        expect: {{body: {{rows: {{between: [1, 1000]}}, country: {{one_of: [DE, FR, IT]}}}}}}
        eventually: {{timeout: 2m}}
      - athena.query:
          sql: select country, count(*) as n from {{{{ target.database }}}}.orders where day = ? group by country
          parameters: ["{{{{ vars.day }}}}"]
        expect: {{row_count: {{gte: 1}}, rows: {{each: {{country: {{matches: '^[A-Z]+$'}}, n: {{gt: 0}}}}}}}}
"""

SUITE = """\
suite: suite {number}
description: One of many.
tags: [smoke]
vars:
  day: "{{{{ run.yesterday }}}}"
cases:
{cases}"""


def base(folder, endpoint="http://127.0.0.1:4566", concurrency=200):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suites").mkdir(exist_ok=True)
    variables = "{machine: wait, bucket: lake-raw, database: lake}"
    project = PROJECT.format(endpoint=endpoint, concurrency=concurrency, variables=variables)
    (folder / "shakedown.yaml").write_text(project)
    (folder / "sandbox.yaml").write_text(SANDBOX)
    (folder / "wait.asl.json").write_text(json.dumps(WAIT))


def executions(folder, count, suites=10):
    """`count` cases in all; each runs one execution of two seconds."""
    orders = [range(1, count + 1)[number::suites] for number in range(suites)]
    for number, some in enumerate(orders):
        (folder / f"suites/{number}.yaml").write_text(EXECUTIONS.format(number=number, orders=list(some)))


def many(folder, suites, cases):
    """Suites of cases with three steps each."""
    text = "".join(CASE.format(number=number) for number in range(1, cases + 1))
    for number in range(suites):
        (folder / f"suites/{number:04}.yaml").write_text(SUITE.format(number=number, cases=text))
