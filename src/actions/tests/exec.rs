//! Commands, and what is left of them: nothing.

use super::lab::{Lab, shown, wrong};
use crate::actions::ErrorKind;

fn lab() -> Lab {
    Lab::at("http://127.0.0.1:9")
}

#[tokio::test]
async fn a_command_is_given_json_and_what_it_says_is_read() {
    let lab = lab();
    let output = lab.call("exec.run", "{command: [cat], effect: read, stdin: {n: 1.10}}").await.unwrap();
    assert_eq!((shown(&output, "stdout.n"), shown(&output, "exit_code")), ("1.10".to_owned(), "0".to_owned()));
    let output =
        lab.call("exec.run", "{command: [sh, -c, 'echo $SHAKEDOWN_RUN_ID; exit 3'], effect: read}").await.unwrap();
    assert_eq!((shown(&output, "stdout"), shown(&output, "exit_code")), ("\"r1\"".to_owned(), "3".to_owned()));
    assert!(wrong("exec.run", &output).is_some());
    let output = lab.call("exec.run", "{command: [sh, -c, 'kill -9 $$'], effect: read}").await.unwrap();
    assert!(wrong("exec.run", &output).is_some(), "no exit code is not 0");
}

#[tokio::test]
async fn what_a_command_left_in_the_background_ends_with_it() {
    let output = lab().call("exec.run", "{command: [sh, -c, 'sleep 600 & echo $!'], effect: read}").await.unwrap();
    ended(&shown(&output, "stdout")).await;
}

#[tokio::test]
async fn a_command_that_is_given_up_ends_with_all_its_children() {
    let lab = lab();
    let file = lab.root.path().join("pid");
    let command = format!("{{command: [sh, -c, 'sleep 600 & echo $! > {}; wait'], effect: read}}", file.display());
    let started = async {
        loop {
            match std::fs::read_to_string(&file) {
                Ok(text) if text.ends_with('\n') => return text,
                _ => tokio::task::yield_now().await,
            }
        }
    };
    let pid = tokio::select! {
        _ = lab.call("exec.run", &command) => panic!("it sleeps"),
        pid = started => pid,
    };
    ended(pid.trim()).await;
    assert_eq!(lab.book.lines(), ["+ exec.process"]);
}

/// Returns when the process is gone, or is but a record of one.
async fn ended(pid: &str) {
    let is_over = || match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z')),
        Err(_) => true,
    };
    assert!(pid.bytes().all(|byte| byte.is_ascii_digit()), "{pid}");
    while !is_over() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn half_an_output_is_not_judged() {
    let lab = lab();
    let error = lab.call("exec.run", "{command: [head, -c, '5000000', /dev/zero], effect: read}").await.unwrap_err();
    assert!(error.message.contains("more than 4000000 bytes"), "{}", error.message);
    let output = lab.call("exec.run", "{command: [head, -c, '3000000', /dev/zero], effect: read}").await.unwrap();
    assert_eq!(output.value.get("stdout").unwrap().as_text().unwrap().len(), 3_000_000);
}

#[tokio::test]
async fn a_command_that_cannot_be_started_is_an_error() {
    let lab = lab();
    for arguments in
        ["{command: [no-such-program], effect: read}", "{command: [], effect: read}", "{command: [ls], effect: much}"]
    {
        assert_eq!(lab.call("exec.run", arguments).await.unwrap_err().kind, ErrorKind::Invalid, "{arguments}");
    }
}
