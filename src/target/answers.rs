//! Answers that are none: pages of somebody else, and XML that was cut where the SDK's parser takes the end of the text for the end of a list.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Why an answer is not taken for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum NoAnswer {
    #[error("the answer is a web page, so it is not from AWS: a proxy or a network between may ask to sign in")]
    Page,
    #[error("the answer breaks off: its XML is not complete")]
    Cut,
}

/// Refuses answers that a service of AWS cannot have given.
#[derive(Debug)]
pub struct WholeAnswers;

#[dyn_dispatch_hint]
impl Intercept for WholeAnswers {
    fn name(&self) -> &'static str {
        "WholeAnswers"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        // None where the body is a stream, which has a length of its own.
        let Some(body) = response.body().bytes().filter(|_| response.status().is_success()) else { return Ok(()) };
        judged(&String::from_utf8_lossy(body)).map_or(Ok(()), |none| Err(none.into()))
    }
}

/// Why a text is no answer; none if it may be one. What its content type says is no help: there are emulators that call all they say HTML.
fn judged(body: &str) -> Option<NoAnswer> {
    let body = body.trim_start();
    let is = |start: &str| body.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start));
    if is("<html") || is("<!doctype html") {
        return Some(NoAnswer::Page);
    }
    (body.starts_with('<') && !is_whole(body)).then_some(NoAnswer::Cut)
}

/// Whether a document ends with the end of the element that it begins with. One without any element has nothing to cut.
fn is_whole(xml: &str) -> bool {
    let mut tags = xml.match_indices('<').map(|(at, _)| &xml[at + 1..]);
    let Some(root) = tags.find(|tag| tag.starts_with(|c: char| c.is_alphabetic() || c == '_')) else {
        return xml.trim().is_empty();
    };
    let name: String = root.chars().take_while(|c| !c.is_whitespace() && *c != '>' && *c != '/').collect();
    let is_empty = root.find('>').is_some_and(|end| root[..end].ends_with('/') && root[end + 1..].trim().is_empty());
    is_empty || xml.trim_end().ends_with(&format!("</{name}>"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_case::test_case;

    #[test_case("<?xml version=\"1.0\"?><List><Key>a</Key></List>\n", true)]
    #[test_case("<?xml version=\"1.0\"?><List><Key>a</Key>", false; "its end is missing")]
    #[test_case("<?xml version=\"1.0\"?><List", false; "within the first tag")]
    #[test_case("<?xml version=\"1.0\"?>", false; "nothing but a prologue")]
    #[test_case("<List xmlns=\"x\"/>", true; "an empty element")]
    #[test_case("<List a=\"1\"><Key/>", false; "an empty element within")]
    #[test_case("", true; "no body at all")]
    fn a_document_is_whole_if_its_first_element_ends(xml: &str, expected: bool) {
        assert_eq!(is_whole(xml), expected);
    }

    #[test_case("<!DOCTYPE HTML><html><p>Sign in", Some(NoAnswer::Page))]
    #[test_case("\n<html><body>Sign in</body></html>", Some(NoAnswer::Page))]
    #[test_case("<List><Key>a</Key>", Some(NoAnswer::Cut))]
    #[test_case("<List><Key>a</Key></List>", None)]
    #[test_case("{\"page\": \"<html>\"}", None; "JSON has ends of its own")]
    fn a_page_and_a_cut_document_are_no_answers(body: &str, expected: Option<NoAnswer>) {
        assert_eq!(judged(body), expected);
    }
}
