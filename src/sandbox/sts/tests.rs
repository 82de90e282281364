//! The rules of `AssumeRole`, and the shape of answers.

use super::{ACCESS_KEY, Sessions, Sts};

fn answer(form: &str) -> (u16, String) {
    Sts(Sessions::default()).handle(ACCESS_KEY, form.as_bytes(), "id-1")
}

fn check(form: &str, status: u16, parts: &[&str]) {
    let (actual, body) = answer(form);
    assert_eq!(actual, status, "{form}: {body}");
    for part in parts {
        assert!(body.contains(part), "{part} is not in {body}");
    }
}

#[test]
fn the_sandbox_has_one_account() {
    check(
        "Action=GetCallerIdentity&Version=2011-06-15",
        200,
        &["<GetCallerIdentityResult>", "<Account>000000000000</Account>", "<RequestId>id-1</RequestId>"],
    );
}

#[test]
fn the_policy_of_a_session_is_judged_by_its_form() {
    let assume = |policy: &str| {
        let role = "Action=AssumeRole&RoleArn=arn:aws:iam::111122223333:role/exec&RoleSessionName=run-1";
        answer(&format!("{role}&Policy={policy}"))
    };
    assert!(assume("{").1.contains("<Code>MalformedPolicyDocument</Code>"));
    assert!(assume(&"x".repeat(2_049)).1.contains("<Code>ValidationError</Code>"));
    assert_eq!(assume("{}").0, 200);
}

#[test]
fn a_role_of_any_account_can_be_assumed() {
    let form =
        "Action=AssumeRole&RoleArn=arn:aws:iam::111122223333:role/path/exec&RoleSessionName=run-1&SourceIdentity=ada";
    check(
        form,
        200,
        &[
            "<Arn>arn:aws:sts::111122223333:assumed-role/exec/run-1</Arn>",
            "<AccessKeyId>ASIA",
            "<SourceIdentity>ada</SourceIdentity>",
        ],
    );
}

#[test]
fn what_sts_refuses_is_refused_in_its_words() {
    let role = "Action=AssumeRole&RoleArn=arn:aws:iam::111122223333:role/exec";
    for (rest, part) in [
        ("", "Value null at 'roleSessionName'"),
        ("&RoleSessionName=x", "length greater than or equal to 2"),
        ("&RoleSessionName=a%20b", "regular expression pattern"),
        ("&RoleSessionName=run&DurationSeconds=1", "between 900 and 43200"),
        ("&RoleSessionName=%3C%26%3E", "Value '&lt;&amp;&gt;'"),
    ] {
        check(&format!("{role}{rest}"), 400, &["<Code>ValidationError</Code>", part]);
    }
    check("Action=AssumeRole&RoleArn=exec&RoleSessionName=run", 400, &["exec is invalid"]);
    check("Action=GetFederationToken", 501, &["<Code>NotImplemented</Code>", "GetFederationToken"]);
    check("Version=1", 400, &["<Code>MissingAction</Code>"]);
}

#[test]
fn a_chained_session_lasts_an_hour_at_most() {
    let sessions = Sessions::default();
    let first = sessions.assume("111122223333", "exec", "run", std::time::Duration::from_mins(15));
    let form = "Action=AssumeRole&RoleArn=arn:aws:iam::111122223333:role/b&RoleSessionName=run&DurationSeconds=7200";
    let (status, body) = Sts(sessions).handle(&first.access_key, form.as_bytes(), "id");
    assert_eq!(status, 400);
    assert!(body.contains("1 hour session limit"), "{body}");
}

#[test]
fn an_expired_session_and_a_stranger_are_nobody() {
    let sessions = Sessions::default();
    let gone = sessions.assume("111122223333", "exec", "run", std::time::Duration::ZERO);
    for key in [gone.access_key.as_str(), "AKIASTRANGER"] {
        assert_eq!(sessions.secret(key), None);
        let (status, body) = Sts(sessions.clone()).handle(key, b"Action=GetCallerIdentity", "id");
        assert_eq!(status, 403);
        assert!(body.contains("InvalidClientTokenId"), "{body}");
    }
}
