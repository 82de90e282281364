//! Node.js functions: handlers in every style, errors.

use serde_json::json;

use super::service::Service;

#[tokio::test(flavor = "multi_thread")]
async fn node_handlers_run_in_every_style() {
    let service = Service::start().await;
    let echo = "{ event, name: context.functionName, left: context.getRemainingTimeInMillis() > 1000 }";
    let cases = [
        (
            "esm",
            "index.handler",
            "index.mjs",
            format!("export const handler = async (event, context) => {{ console.log('from node'); return {echo}; }};"),
        ),
        (
            "cjs",
            "index.handler",
            "index.js",
            format!("exports.handler = async (event, context) => {{ console.log('from node'); return {echo}; }};"),
        ),
        (
            "callback",
            "src/index.api.handler",
            "src/index.js",
            format!(
                "exports.api = {{ handler: (event, context, callback) => {{ console.log('from node'); setTimeout(() => callback(null, {echo}), 5); }} }};"
            ),
        ),
        (
            "default-export",
            "index.handler",
            "index.cjs",
            format!(
                "module.exports = {{ handler: (event, context, callback) => {{ console.log('from node'); callback(null, {echo}); }} }};"
            ),
        ),
    ];
    for (name, handler, file, text) in cases {
        service.deploy(name, "nodejs20.x", handler, &[(file, &text)]);
        for n in 0..2 {
            let seen = service.invoke(name, json!({"n": n})).await;
            assert_eq!(seen.payload, json!({"event": {"n": n}, "name": name, "left": true}), "{seen:?}");
            assert!(seen.log.contains("\tINFO\tfrom node\n"), "{}", seen.log);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn node_errors_have_type_message_and_trace() {
    let service = Service::start().await;
    let cases = [
        ("throws", "exports.handler = async () => { throw new TypeError('no order'); };", "TypeError", "no order"),
        (
            "callback-error",
            "exports.handler = (e, c, callback) => callback(new RangeError('too far'));",
            "RangeError",
            "too far",
        ),
        ("thrown-text", "exports.handler = async () => { throw 'just text'; };", "string", "just text"),
        ("not-exported", "exports.other = 1;", "Runtime.HandlerNotFound", "index.handler is undefined or not exported"),
        ("big-int", "exports.handler = async () => ({ n: 1n });", "Error", "Unable to stringify response body"),
        (
            "rejection",
            "exports.handler = () => new Promise(() => { Promise.reject(new Error('lost')); });",
            "Runtime.UnhandledPromiseRejection",
            "Error: lost",
        ),
        (
            "uncaught",
            "exports.handler = () => new Promise(() => { setTimeout(() => { throw new Error('later'); }, 1); });",
            "Error",
            "later",
        ),
        ("exits", "exports.handler = async () => process.exit(1);", "Runtime.ExitError", ""),
        ("never", "exports.handler = async () => { await new Promise(() => {}); };", "Runtime.NodeJsExit", ""),
        ("top-level", "throw new Error('at start');", "Error", "at start"),
        (
            "thrown-object",
            "exports.handler = async () => { throw { message: 'no stack' }; };",
            "object",
            "[object Object]",
        ),
        ("thrown-null", "exports.handler = async () => { throw null; };", "string", "handled"),
    ];
    for (name, text, kind, message) in cases {
        service.deploy(name, "nodejs20.x", "index.handler", &[("index.js", text)]);
        let (actual, text, seen) = service.fail(name).await;
        assert_eq!(actual, kind, "{name}: {seen:?}");
        assert!(message.is_empty() || text == message, "{name}: {text}");
        if name == "throws" {
            assert!(seen.payload["trace"][1].as_str().unwrap().contains("index.js:1:"), "{seen:?}");
        }
    }
    service.deploy("no-file", "nodejs20.x", "nowhere.handler", &[("index.js", "")]);
    assert_eq!(service.fail("no-file").await.0, "Runtime.ImportModuleError");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_handler_that_never_calls_back_answers_null() {
    let service = Service::start().await;
    let text = "exports.handler = (event, context, callback) => { setTimeout(() => {}, 1); };";
    service.deploy("silent", "nodejs20.x", "index.handler", &[("index.js", text)]);
    let seen = service.invoke("silent", json!({})).await;
    assert_eq!((seen.payload, seen.error), (json!(null), None));
}
