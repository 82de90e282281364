// Runs a Node.js handler behind the Lambda Runtime API, answering as AWS's own runtime (aws-lambda-nodejs-runtime-interface-client) does.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

import { existsSync, readFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { format, types } from "node:util";

const PREFIX = "/2018-06-01/runtime";
const [HOST, PORT] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let requestId = "";
let onEmptyLoop = null;

/** An error with one of AWS's own `Runtime.…` types. */
class Fault extends Error {
  constructor(name, message, stack) {
    super(message);
    this.name = name;
    if (stack) this.stack = stack;
  }
}

/** One exchange; the process ends when the other side has gone. */
function call(method, route, body, headers = {}) {
  return new Promise((resolve) => {
    const options = { host: HOST, port: Number(PORT), path: PREFIX + route, method, agent, headers };
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
      response.on("error", () => process.exit(0));
    });
    request.on("error", () => process.exit(0));
    request.end(body);
  });
}

function send(route, text, headers = {}) {
  const body = Buffer.from(text);
  return call("POST", route, body, { "Content-Type": "application/json", "Content-Length": body.length, ...headers });
}

function isError(value) {
  return types.isNativeError(value) || [value?.name, value?.message, value?.stack].every((it) => it && typeof it === "string");
}

/** AWS's error document; anything can be thrown in JavaScript. */
function describe(error) {
  try {
    if (!isError(error)) return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
    const trace = error.stack.split("\n").filter((line) => !line.includes(import.meta.url));
    return { errorType: error.name, errorMessage: error.message, trace };
  } catch {
    const errorMessage = "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack";
    return { errorType: "handled", errorMessage };
  }
}

function fail(route, title, error) {
  const document = describe(error);
  const { trace: stack, ...rest } = document;
  console.error(title, `\t${JSON.stringify({ ...rest, code: error?.code, stack })}`);
  // A header takes printable ASCII only.
  const type = String(document.errorType).replace(/[^\x20-\x7e]/g, "?");
  return send(route, JSON.stringify(document), { "Lambda-Runtime-Function-Error-Type": type });
}

function patchConsole() {
  const levels = { log: "INFO", info: "INFO", warn: "WARN", error: "ERROR", debug: "DEBUG", trace: "TRACE" };
  for (const [method, level] of Object.entries(levels)) {
    console[method] = (...values) => {
      process.stdout.write(`${new Date().toISOString()}\t${requestId || "undefined"}\t${level}\t${format(...values)}\n`);
    };
  }
}

function isModule(file) {
  if (file.endsWith(".mjs")) return true;
  if (file.endsWith(".cjs")) return false;
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, "package.json");
    if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, "utf8")).type === "module";
    if (folder === path.dirname(folder)) return false;
  }
}

async function importModule(root, name) {
  const base = path.resolve(root, name);
  const file = [".js", ".mjs", ".cjs"].map((end) => base + end).find((it) => existsSync(it));
  try {
    // As on AWS, what is no file of the function may be a package in its node_modules.
    if (!file) return createRequire(path.join(root, "index.js"))(path.basename(name));
    return isModule(file) ? await import(pathToFileURL(file).href) : createRequire(file)(file);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Fault("Runtime.UserCodeSyntaxError", String(error), error.stack);
    if (error?.code === "MODULE_NOT_FOUND") throw new Fault("Runtime.ImportModuleError", String(error), error.stack);
    throw error;
  }
}

async function load(root, text) {
  if (text.includes("..")) throw new Fault("Runtime.MalformedHandlerName", `'${text}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  const [, folder, module, names] = /^(.*\/)?([^.\/]+)\.(.+)$/.exec(text) ?? [];
  if (!module) throw new Fault("Runtime.MalformedHandlerName", "Bad handler");
  const loaded = await importModule(root, (folder ?? "") + module);
  const handler = names.split(".").reduce((value, name) => value && value[name], loaded);
  if (!handler) throw new Fault("Runtime.HandlerNotFound", `${text} is undefined or not exported`);
  if (typeof handler !== "function") throw new Fault("Runtime.HandlerNotFound", `${text} is not a function`);
  const major = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV)?.[1]);
  if (major >= 24 && handler.length >= 3) {
    throw new Fault("Runtime.CallbackHandlerDeprecated", "AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later.");
  }
  return handler;
}

function makeContext(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const client = headers["lambda-runtime-client-context"];
  return {
    callbackWaitsForEmptyEventLoop: true,
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: client ? JSON.parse(client) : undefined,
    getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
  };
}

function neverSettled() {
  const message = "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled.";
  return new Fault("Runtime.NodeJsExit", message);
}

/** The handler's answer, whichever of the three styles it is written in. */
function run(handler, event, context) {
  return new Promise((resolve, reject) => {
    const settle = (error, result) => (error === undefined || error === null ? resolve(result) : reject(error));
    const callback = (error, result) => {
      onEmptyLoop = null;
      if ((error === undefined || error === null) && context.callbackWaitsForEmptyEventLoop) onEmptyLoop = () => resolve(result);
      else settle(error, result);
    };
    Object.assign(context, { done: settle, succeed: (result) => resolve(result), fail: (error) => reject(error ?? "handled") });
    onEmptyLoop = handler.constructor.name === "AsyncFunction" ? () => reject(neverSettled()) : () => resolve(null);
    const result = handler(event, context, callback);
    if (typeof result?.then === "function") result.then(resolve, context.fail);
  });
}

function serialize(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? "null";
  } catch {
    throw new Error("Unable to stringify response body");
  }
}

async function serveOne(handler) {
  const next = await call("GET", "/invocation/next");
  if (next.status !== 200) process.exit(0);
  requestId = next.headers["lambda-runtime-aws-request-id"];
  process.env._X_AMZN_TRACE_ID = next.headers["lambda-runtime-trace-id"] ?? "";
  let answer;
  try {
    answer = serialize(await run(handler, JSON.parse(next.body.toString()), makeContext(next.headers)));
  } catch (error) {
    onEmptyLoop = null;
    await fail(`/invocation/${requestId}/error`, "Invoke Error", error);
    return;
  }
  onEmptyLoop = null;
  await send(`/invocation/${requestId}/response`, answer);
}

/** What nobody caught ends the invocation with an error, and then the process, with AWS's exit codes. */
async function lastWords(title, error, code) {
  const route = requestId ? `/invocation/${requestId}/error` : "/init/error";
  await fail(route, title, error);
  process.exit(code);
}

process.on("uncaughtException", (error) => lastWords("Uncaught Exception", error, 129));
process.on("unhandledRejection", (reason) => {
  const fault = new Fault("Runtime.UnhandledPromiseRejection", String(reason), reason?.stack);
  lastWords("Unhandled Promise Rejection", fault, 128);
});
process.on("beforeExit", () => {
  const act = onEmptyLoop;
  onEmptyLoop = null;
  if (act) setImmediate(act);
});

patchConsole();
let handler;
try {
  handler = await load(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
} catch (error) {
  await fail("/init/error", "Uncaught Exception", error);
  process.exit(1);
}
for (;;) await serveOne(handler);
