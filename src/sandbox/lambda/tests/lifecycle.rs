//! Instances: warm, concurrent, over their time, crashed, shut down; functions with a `bootstrap` of their own.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use super::service::{ECHO, Service, is_alive, is_zombie, until};
use crate::sandbox::lambda::{Invocation, limits};

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_stays_warm_and_its_log_has_aws_lines() {
    let service = Service::start().await;
    service.deploy_python("echo", ECHO);
    let first = service.invoke("echo", json!(1)).await;
    let second = service.invoke("echo", json!(2)).await;
    assert_eq!((&first.payload["count"], &second.payload["count"]), (&json!(1), &json!(2)));
    assert_eq!(first.payload["pid"], second.payload["pid"]);
    assert_eq!(service.lambda.invocations("echo"), 2);
    let id = second.payload["id"].as_str().unwrap();
    let expected = format!(
        "START RequestId: {id} Version: $LATEST\nhello 2\nEND RequestId: {id}\nREPORT RequestId: {id}\tDuration: "
    );
    assert!(second.log.starts_with(&expected), "{}", second.log);
    assert!(first.log.starts_with("INIT_START Runtime Version: python3.12 (run by "), "{}", first.log);
    assert!(first.log.contains("Init Duration") && !second.log.contains("Init Duration"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_over_its_time_is_killed_with_its_children() {
    let service = Service::start().await;
    let text = "import subprocess, time, os\ndef handler(e, c):\n    child = subprocess.Popen(['sleep', '600'])\n    print('pids', os.getpid(), child.pid)\n    time.sleep(600)\n";
    service.deploy_with("slow", "python3.12", "app.handler", &[("app.py", text)], |it| {
        it.timeout = Duration::from_secs(1);
    });
    let (kind, message, seen) = service.fail("slow").await;
    assert_eq!(kind, "Sandbox.Timedout");
    assert!(
        message.starts_with("RequestId: ") && message.ends_with(" Error: Task timed out after 1.00 seconds"),
        "{message}"
    );
    assert!(
        seen.log.contains("Task timed out after 1.00 seconds") && seen.log.contains("Status: timeout"),
        "{}",
        seen.log
    );
    let line = seen.log.lines().find(|it| it.starts_with("pids")).unwrap();
    for pid in line.split(' ').skip(1) {
        let pid = json!(pid.parse::<i64>().unwrap());
        until("the processes have gone", || !is_alive(&pid) || is_zombie(&pid)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_is_an_exit_error_and_the_next_invocation_has_a_new_instance() {
    let service = Service::start().await;
    service.deploy_python("crash", "import os, sys\ndef handler(e, c):\n    print('last words')\n    if e == 'exit': os._exit(3)\n    if e == 'kill': os.kill(os.getpid(), 9)\n    return os.getpid()\n");
    let alive = service.invoke("crash", json!("live")).await;
    let exit = service.invoke("crash", json!("exit")).await;
    assert_eq!(exit.payload["errorType"], "Runtime.ExitError");
    assert!(
        exit.payload["errorMessage"].as_str().unwrap().ends_with("Error: Runtime exited with error: exit status 3")
    );
    assert!(exit.log.contains("last words\n"), "{}", exit.log);
    let killed = service.invoke("crash", json!("kill")).await;
    assert!(killed.payload["errorMessage"].as_str().unwrap().ends_with("Runtime exited with error: signal: killed"));
    let after = service.invoke("crash", json!("live")).await;
    assert!(after.error.is_none() && after.payload != alive.payload, "{after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_died_between_invocations_is_not_used() {
    let service = Service::start().await;
    service.deploy_python("echo", ECHO);
    let first = service.invoke("echo", json!(1)).await.payload;
    kill(Pid::from_raw(i32::try_from(first["pid"].as_i64().unwrap()).unwrap()), Signal::SIGKILL).unwrap();
    until("the instance has gone", || !is_alive(&first["pid"]) || is_zombie(&first["pid"])).await;
    assert_eq!(service.invoke("echo", json!(2)).await.payload["count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_invocations_have_instances_of_their_own() {
    let service = Service::start().await;
    // Each waits until all three have begun: one instance for all would never end.
    let text = "import os, time, pathlib\ndef handler(e, c):\n    folder = pathlib.Path(e)\n    (folder / str(os.getpid())).touch()\n    while len(list(folder.iterdir())) < 3: time.sleep(0.01)\n    return os.getpid()\n";
    service.deploy_python("meet", text);
    let meeting = tempfile::tempdir().unwrap();
    let place = json!(meeting.path());
    let all = futures::future::join_all((0..3).map(|_| service.invoke("meet", place.clone()))).await;
    let pids: std::collections::BTreeSet<_> = all.iter().map(|it| it.payload.to_string()).collect();
    assert_eq!(pids.len(), 3, "{all:?}");
    assert!(all.iter().all(|it| it.error.is_none()), "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_result_is_the_last_four_kilobytes() {
    let service = Service::start().await;
    service.deploy_python("chatty", "import sys\ndef handler(e, c):\n    for i in range(2000): print('line', i, file=sys.stderr if i % 2 else sys.stdout)\n");
    let seen = service.invoke("chatty", json!({})).await;
    assert_eq!(seen.log.len(), 4096);
    assert!(
        seen.log.contains("line 1997\nline 1998\nline 1999\nEND RequestId: "),
        "in the order of writing: {}",
        seen.log
    );
}

const SHELL_BOOTSTRAP: &str = r#"#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
  event=$(curl -sS -D headers.txt "$api/invocation/next") || exit 0
  id=$(sed -n 's/^lambda-runtime-aws-request-id: *\([^\r]*\).*/\1/Ip' headers.txt)
  echo "event $event"
  curl -sS -o /dev/null -d "{\"echo\": $event, \"handler\": \"$_HANDLER\"}" "$api/invocation/$id/response"
done
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_provided_bootstrap_speaks_the_runtime_api() {
    let service = Service::start().await;
    service.deploy("shell", "provided.al2023", "any", &[("bootstrap", SHELL_BOOTSTRAP)]);
    for n in 0..2 {
        let seen = service.invoke("shell", json!(n)).await;
        assert_eq!(seen.payload, json!({"echo": n, "handler": "any"}), "{seen:?}");
        assert!(seen.log.contains(&format!("event {n}\n")), "{}", seen.log);
    }
    service.deploy("none", "provided", "any", &[("readme", "")]);
    let (kind, message, _) = service.fail("none").await;
    assert_eq!(kind, "Runtime.InvalidEntrypoint");
    assert!(message.contains("Couldn't find valid bootstrap(s)"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn shutdown_leaves_no_process_and_ends_running_invocations() {
    let service = Service::start().await;
    service.deploy_python("echo", ECHO);
    service.deploy_python(
        "hang",
        "import os, time\ndef handler(e, c):\n    open(e, 'w').write(str(os.getpid()))\n    time.sleep(600)\n",
    );
    let idle = service.invoke("echo", json!(1)).await.payload["pid"].clone();
    let file = service.folder.path().join("pid");
    let lambda = service.lambda.clone();
    let payload = json!(file).to_string();
    let hanging = tokio::spawn(async move { lambda.invoke(Invocation::new("hang", payload)).await });
    until("the function runs", || fs::read_to_string(&file).is_ok_and(|it| !it.is_empty())).await;
    let busy: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    service.lambda.shutdown().await;
    assert!(!is_alive(&idle) && !is_alive(&busy), "nothing is left when shutdown returns");
    assert!(hanging.await.unwrap().unwrap_err().message.contains("shutting down"));
    assert!(service.lambda.invoke(Invocation::new("echo", "1")).await.unwrap_err().message.contains("shutting down"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_does_not_end_the_function() {
    let service = Service::start().await;
    service.deploy_python("writes", "import time\ndef handler(e, c):\n    open(e + '.begun', 'w').close()\n    time.sleep(0.2)\n    open(e, 'w').close()\n");
    let file = service.folder.path().join("done");
    let (lambda, payload) = (service.lambda.clone(), json!(file).to_string());
    let caller = tokio::spawn(async move { lambda.invoke(Invocation::new("writes", payload)).await });
    until("the function has begun", || file.with_extension("begun").exists()).await;
    caller.abort();
    until("the function has ended", || file.exists()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_accepted_and_tried_three_times_while_they_fail() {
    let service = Service::start().await;
    service.deploy_python("event", "def handler(e, c):\n    with open(e['log'], 'a') as f: f.write(c.aws_request_id + '\\n')\n    if e['fail']: raise ValueError('again')\n");
    for (fail, attempts) in [(false, 1), (true, 3)] {
        let log = service.folder.path().join(format!("log-{fail}"));
        let payload = Blob::new(json!({"log": log, "fail": fail}).to_string());
        let sent = service
            .client
            .invoke()
            .function_name("event")
            .invocation_type(InvocationType::Event)
            .payload(payload)
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status_code, 202);
        let lines = || fs::read_to_string(&log).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
        until("all attempts were made", || lines().len() == attempts).await;
        assert!(lines().windows(2).all(|it| it[0] == it[1]), "one request id for all attempts");
    }
    assert_eq!(service.lambda.invocations("event"), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_limit_invocations_wait_for_an_instance() {
    let service = Service::start().await;
    service.deploy_python("many", "import os\ndef handler(e, c): return os.getpid()\n");
    let all = futures::future::join_all((0..limits::INSTANCES + 8).map(|n| service.invoke("many", json!(n)))).await;
    let pids: BTreeSet<_> = all.iter().map(|it| it.payload.as_u64().unwrap()).collect();
    assert!((1..=limits::INSTANCES).contains(&pids.len()), "{} instances", pids.len());
}
