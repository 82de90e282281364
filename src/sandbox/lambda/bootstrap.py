"""Runs a Python handler behind the Lambda Runtime API, answering as AWS's own runtime (awslambdaric) does.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import decimal
import http.client
import importlib
import json
import logging
import os
import re
import sys
import time
import traceback
import types
import uuid

PREFIX = "/2018-06-01/runtime"
DECIMAL_MARK = "decimal-" + uuid.uuid4().hex + ":"
DECIMAL_TEXT = re.compile('"' + DECIMAL_MARK + '([^"]*)"')
request_id = ""


class Fault(Exception):
    """An error with one of AWS's own `Runtime.…` types."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind, self.message, self.trace = kind, message, trace or []


class RuntimeApi:
    """The client of the four routes; the process ends when the other side has gone."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address)

    def call(self, method, path, body=None, headers=None):
        try:
            self.connection.request(method, PREFIX + path, body=body, headers=headers or {})
            response = self.connection.getresponse()
            return response, response.read()
        except (OSError, http.client.HTTPException):
            os._exit(0)

    def next(self):
        response, body = self.call("GET", "/invocation/next")
        if response.status != 200:
            os._exit(0)
        return response.headers, body

    def respond(self, invocation, body):
        self.call("POST", f"/invocation/{invocation}/response", body, {"Content-Type": "application/json"})

    def fail(self, path, error):
        headers = {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": error["errorType"]}
        self.call("POST", path, json.dumps(error).encode(), headers)


class Context:
    """What AWS documents as the Python context object."""

    def __init__(self, headers):
        env = os.environ
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])
        self.function_name = env["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = env["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = env["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = env["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.client_context = client_context(headers.get("Lambda-Runtime-Client-Context"))
        self.identity = types.SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)

    def get_remaining_time_in_millis(self):
        return max(self.deadline_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))


def client_context(text):
    if not text:
        return None
    value = json.loads(text)
    names = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")
    client = value.get("client")
    if isinstance(client, dict):
        client = types.SimpleNamespace(**{name: client.get(name) for name in names})
    return types.SimpleNamespace(custom=value.get("custom"), env=value.get("env"), client=client)


class RequestIdFilter(logging.Filter):
    """Gives log records the request id that AWS's log format shows."""

    def filter(self, record):
        record.aws_request_id = request_id
        return True


def configure_logging():
    formatter = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    handler.addFilter(RequestIdFilter())
    logging.getLogger().addHandler(handler)


def load(handler):
    try:
        module_name, function_name = handler.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{handler}': {error}")
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
    except SyntaxError as error:
        place = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise Fault("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", place)
    try:
        return getattr(module, function_name)
    except AttributeError:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise Fault("Runtime.HandlerNotFound", message)


def encode_decimal(value):
    """Decimals travel as numbers, digit for digit, as in AWS's runtime."""
    if isinstance(value, decimal.Decimal):
        return float("nan") if value.is_nan() else DECIMAL_MARK + str(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def encode(result):
    if isinstance(result, bytes):
        return result
    try:
        text = json.dumps(result, default=encode_decimal)
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}")
    return DECIMAL_TEXT.sub(r"\1", text).encode()


def describe(error, invocation):
    """AWS's error document: message, type, request id, stack trace from the first frame that is not of this file."""
    if isinstance(error, Fault):
        kind, message, trace = error.kind, error.message, error.trace
    else:
        frames = traceback.extract_tb(error.__traceback__)
        first = next((i for i, frame in enumerate(frames) if frame.filename != __file__), 0)
        kind, message, trace = type(error).__name__, str(error), traceback.format_list(frames[first:])
    return {"errorMessage": message, "errorType": kind, "requestId": invocation, "stackTrace": trace}


def log_error(error):
    lines = [f"[ERROR] {error['errorType']}: {error['errorMessage']}"]
    if error["stackTrace"]:
        lines.append("Traceback (most recent call last):")
        lines += [line.rstrip("\n") for line in error["stackTrace"]]
    print("\n".join(lines))


def flush():
    sys.stdout.flush()
    sys.stderr.flush()


def serve_one(api, handler):
    global request_id
    headers, body = api.next()
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
    try:
        try:
            event = json.loads(body)
        except ValueError as error:
            raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}")
        answer = encode(handler(event, Context(headers)))
    except Exception as error:
        document = describe(error, request_id)
        log_error(document)
        flush()
        api.fail(f"/invocation/{request_id}/error", document)
    else:
        flush()
        api.respond(request_id, answer)


def main():
    # The first entry is this file's folder; AWS has the function's there.
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    sys.stdout.reconfigure(line_buffering=True)
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    configure_logging()
    try:
        handler = load(os.environ["_HANDLER"])
    except Exception as error:
        document = describe(error, "")
        log_error(document)
        flush()
        api.fail("/init/error", document)
        sys.exit(1)
    while True:
        serve_one(api, handler)


main()
