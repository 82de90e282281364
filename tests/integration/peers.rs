//! The sandbox as the tools of others see it: boto3 and the aws CLI.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::Server;
use crate::scratch::Scratch;

/// A program of .venv.
pub fn bin(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin").join(name);
    assert!(path.exists(), "{} is missing: run scripts/peers, which makes it", path.display());
    path
}

/// The python that has boto3 and junitparser.
pub fn python() -> Command {
    Command::new(bin("python"))
}

fn with_sandbox(mut command: Command, server: &Server, scratch: &Scratch) -> String {
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(name);
    }
    command
        .env("AWS_ENDPOINT_URL", &server.endpoint)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .env("AWS_PAGER", "")
        .env("PATH", format!("{}:/usr/bin:/bin", bin("python").parent().unwrap().display()))
        .current_dir(scratch.root());
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n--- stdout\n{out}\n--- stderr\n{err}");
    out.into_owned()
}

fn check(script: &str, interpreter: Command) {
    let scratch = Scratch::new();
    let server = Server::start(&scratch);
    let mut command = interpreter;
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(script));
    let said = with_sandbox(command, &server, &scratch);
    assert!(said.trim_end().ends_with("all of it works"), "{said}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn boto3_makes_and_runs_a_machine_invokes_a_function_queries_athena_and_reads_s3() {
    check("with_boto3.py", python());
}

#[test]
fn boto3_puts_a_rule_and_an_object_and_sees_the_execution() {
    check("events_with_boto3.py", python());
}

#[test]
fn the_aws_cli_does_the_same() {
    bin("aws");
    check("with_aws_cli.sh", Command::new("bash"));
}
