//! The account is proven before anything else, and what hinders that says what to do.

use super::server::{Answer, Server};
use crate::target::Session;

const IDENTITY: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
    <Arn>arn:aws:iam::111122223333:user/x</Arn><UserId>U</UserId><Account>111122223333</Account></GetCallerIdentityResult>\
    <ResponseMetadata><RequestId>q</RequestId></ResponseMetadata></GetCallerIdentityResponse>";
const EXPIRED: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>it has expired</Message></Error>\
    <RequestId>q</RequestId></ErrorResponse>";

async fn refused(answer: Answer, account: &str) -> String {
    let server = Server::always(answer).await;
    let proven = Session::proven_at(&server.endpoint, account).await;
    proven.err().map_or_else(|| "proven".to_owned(), |error| error.to_string())
}

#[tokio::test]
async fn only_the_account_of_the_target_is_proven() {
    assert_eq!(refused(Answer::Says(200, IDENTITY), "111122223333").await, "proven");
    let expected =
        "refused: target `uat` is account 444455556666, but these credentials are of 111122223333: nothing was run";
    assert_eq!(refused(Answer::Says(200, IDENTITY), "444455556666").await, expected);
}

#[tokio::test]
async fn what_hinders_the_proof_says_what_to_do() {
    let expired = refused(Answer::Says(403, EXPIRED), "111122223333").await;
    assert!(
        expired.contains("it has expired") && expired.contains("help: these credentials are not valid"),
        "{expired}"
    );
    let broken = refused(Answer::Breaks, "111122223333").await;
    assert!(broken.contains("help: check the network"), "{broken}");
}

#[tokio::test]
async fn without_credentials_the_ways_to_have_them_are_named() {
    let server = Server::always(Answer::Says(200, IDENTITY)).await;
    let error = Session::without_credentials(&server.endpoint).await.err().map(|error| error.to_string());
    let error = error.unwrap_or_default();
    for word in ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "role"] {
        assert!(error.contains(word), "{word} in {error}");
    }
    assert_eq!(server.count("POST /"), 0, "nothing was asked");
}
