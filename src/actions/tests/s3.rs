//! Objects: put, looked at, listed and deleted, and nobody else's touched.

use super::lab::{Lab, fields, shown, wrong};
use crate::actions::ErrorKind;
use crate::event::Settlement;

const FILES: &[(&str, &str)] = &[
    ("sandbox.yaml", "buckets: {lake: {seed: {theirs/: seed/*.csv}}}\n"),
    ("seed/a.csv", "id\n1\n"),
    ("fixtures/a.csv", "id\n1\n"),
    ("fixtures/b.csv", "id\n2\n"),
    ("fixtures/deep/b.csv", "id\n3\n"),
];

async fn keys(lab: &Lab) -> String {
    let output = lab.call("s3.list", "{uri: 's3://lake/**'}").await.unwrap();
    let objects = fields(&output)["objects"].as_list().unwrap();
    objects.iter().map(|object| object.get("key").unwrap().as_text().unwrap()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn files_are_put_by_their_names_and_temporary_ones_go_again() {
    let lab = Lab::sandbox(FILES).await;
    let output = lab.call("s3.put", "{from: 'fixtures/*.csv', to: 's3://lake/r1/', temporary: true}").await.unwrap();
    assert_eq!(shown(&output, "count"), "2");
    assert_eq!(keys(&lab).await, "r1/a.csv r1/b.csv theirs/a.csv");
    assert_eq!(lab.clean_up().await, vec![Ok(Settlement::Removed); 2]);
    assert_eq!(keys(&lab).await, "theirs/a.csv");
    lab.close().await;
}

#[tokio::test]
async fn what_is_somebody_else_s_is_not_replaced_owned_or_deleted() {
    let lab = Lab::sandbox(FILES).await;
    for (action, arguments, expected) in [
        ("s3.put", "{body: x, to: 's3://lake/theirs/a.csv', temporary: true}", "there is an object already"),
        (
            "s3.put",
            "{body: x, to: 's3://lake/x', owns: ['s3://lake/theirs/**']}",
            "s3://lake/theirs/a.csv is there already",
        ),
        ("s3.put", "{body: x, to: 's3://lake/x', owns: ['s3://lake/*']}", "would take a whole bucket"),
        ("s3.delete", "{uri: 's3://lake/the', recursive: true}", "every key that begins so"),
        ("s3.delete", "{uri: 's3://lake/', recursive: true}", "is a whole bucket"),
        ("s3.delete", "{uri: 's3://lake/*'}", "is no object"),
    ] {
        let error = lab.call(action, arguments).await.unwrap_err();
        assert!(error.message.contains(expected), "{}", error.message);
    }
    lab.clean_up().await;
    assert_eq!(keys(&lab).await, "theirs/a.csv");
    lab.close().await;
}

#[tokio::test]
async fn what_an_object_causes_is_deleted_with_it() {
    let lab = Lab::sandbox(FILES).await;
    let put = "{body: x, to: 's3://lake/in/r1/x', temporary: true, owns: ['s3://lake/out/r1/**', 's3://lake/out/one']}";
    lab.call("s3.put", put).await.unwrap();
    for key in ["out/r1/deep/y", "out/one", "out/one-more"] {
        lab.call("s3.put", &format!("{{body: '', to: 's3://lake/{key}'}}")).await.unwrap();
    }
    assert!(lab.clean_up().await.iter().all(Result::is_ok));
    assert_eq!(keys(&lab).await, "out/one-more theirs/a.csv");
    lab.close().await;
}

#[tokio::test]
async fn an_object_is_looked_at_and_an_absent_one_is_red_but_no_error() {
    let lab = Lab::sandbox(FILES).await;
    lab.call("s3.put", "{json: {n: 1.10, t: é}, to: 's3://lake/j.json'}").await.unwrap();
    let found = lab.call_using("s3.object", "{uri: 's3://lake/j.json', parse: json}", &["body"]).await.unwrap();
    assert_eq!((shown(&found, "body.n"), shown(&found, "size")), ("1.10".to_owned(), "19B".to_owned()));
    assert!(wrong("s3.object", &found).is_none());
    let absent = lab.call("s3.object", "{uri: 's3://lake/none'}").await.unwrap();
    assert_eq!((shown(&absent, "exists"), shown(&absent, "size")), ("false".to_owned(), "absent".to_owned()));
    assert!(wrong("s3.object", &absent).is_some());
    let bucket = lab.call("s3.object", "{uri: 's3://no-such-bucket/none'}").await.unwrap_err();
    assert_eq!(bucket.kind, ErrorKind::NotFound, "a bucket that is not there is no absent object");
    lab.close().await;
}

#[tokio::test]
async fn deleting_says_how_many_there_were() {
    let lab = Lab::sandbox(FILES).await;
    lab.call("s3.put", "{from: 'fixtures/*.csv', to: 's3://lake/d/'}").await.unwrap();
    lab.call("s3.put", "{body: x, to: 's3://lake/d/c.txt'}").await.unwrap();
    for (arguments, expected) in [
        ("{uri: 's3://lake/d/c.txt'}", "1"),
        ("{uri: 's3://lake/d/c.txt'}", "0"),
        ("{uri: 's3://lake/d/a*.csv', recursive: true}", "1"),
        ("{uri: 's3://lake/d/', recursive: true}", "1"),
    ] {
        assert_eq!(shown(&lab.call("s3.delete", arguments).await.unwrap(), "deleted"), expected, "{arguments}");
    }
    lab.close().await;
}

#[tokio::test]
async fn files_that_would_be_one_object_or_none_are_errors() {
    let lab = Lab::sandbox(FILES).await;
    for (from, to, expected) in [
        ("fixtures/**/*.csv", "s3://lake/x/", "two files called b.csv"),
        ("fixtures/*.csv", "s3://lake/x", "is 2 files, but `to` names one object"),
        ("fixtures/*.txt", "s3://lake/x/", "no file matches"),
        ("../x", "s3://lake/x/", "is not inside the project"),
    ] {
        let error = lab.call("s3.put", &format!("{{from: '{from}', to: '{to}'}}")).await.unwrap_err();
        assert!(error.message.contains(expected), "{}", error.message);
    }
    assert_eq!(keys(&lab).await, "theirs/a.csv");
    lab.close().await;
}
