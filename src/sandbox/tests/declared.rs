//! What is declared is there; what is wrong with it is told.

use super::project::{Clients, Project, names};

#[tokio::test]
async fn a_sandbox_without_a_declaration_is_empty() {
    let project = Project::new(&[("sandbox.yaml", "")]);
    let sandbox = project.start().await.expect("started");
    let buckets = Clients::of(&sandbox).s3.list_buckets().send().await.expect("buckets");
    assert!(buckets.buckets().is_empty());
    assert_eq!(sandbox.account(), "000000000000");
    sandbox.shutdown().await;
}

#[tokio::test]
async fn what_the_services_refuse_is_told_at_the_place_that_declares_it() {
    let project = Project::new(&[
        (
            "sandbox.yaml",
            "functions:\n  f: {runtime: cobol, handler: a.b, code: code}\nstate_machines:\n  m: {definition: m.json}\n",
        ),
        ("code/a.py", ""),
        ("m.json", r#"{"StartAt": "A", "States": {}}"#),
    ]);
    let error = project.start().await.err().expect("a refusal").to_string();
    for part in
        ["sandbox.yaml:2", "Lambda refuses function `f`", "cobol", "sandbox.yaml:4", "Step Functions refuses `m.json`"]
    {
        assert!(error.contains(part), "{part} is not in\n{error}");
    }
}

#[tokio::test]
async fn a_missing_declaration_is_told() {
    let error = Project::new(&[]).start().await.err().expect("a refusal").to_string();
    assert!(error.contains("sandbox.yaml") && error.contains("cannot be read"), "{error}");
}

#[tokio::test]
async fn nothing_is_left_after_the_shutdown() {
    let project = Project::new(&[("sandbox.yaml", "buckets: {lake: {seed: {a: sandbox.yaml}}}")]);
    let before = folders();
    let sandbox = project.start().await.expect("started");
    let endpoint = sandbox.endpoint().to_owned();
    let own: Vec<_> = folders().into_iter().filter(|name| !before.contains(name)).collect();
    assert!(!own.is_empty());
    sandbox.shutdown().await;
    let port = endpoint.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err());
}

fn folders() -> Vec<String> {
    names(&std::env::temp_dir()).into_iter().filter(|name| name.starts_with("shakedown-")).collect()
}
