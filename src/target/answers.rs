//! Answers that are none: pages of somebody else, and XML that was cut where the SDK's parser takes the end of the text for the end of a list.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeDeserializationInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::config_bag::ConfigBag;

/// Operations whose answer's content type is that of an object.
const OF_AN_OBJECT: [&str; 2] = ["GetObject", "HeadObject"];

/// Why an answer is not taken for one.
#[derive(Debug, thiserror::Error)]
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

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_of_object = config.load::<Metadata>().is_some_and(|call| OF_AN_OBJECT.contains(&call.name()));
        let is_page = content_type(context.response()).starts_with("text/html");
        if is_page && !is_of_object { Err(NoAnswer::Page.into()) } else { Ok(()) }
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
        let is_xml = content_type(response).contains("xml") || body.starts_with(b"<?xml");
        if is_xml && !is_whole(&String::from_utf8_lossy(body)) { Err(NoAnswer::Cut.into()) } else { Ok(()) }
    }
}

fn content_type(response: &Response) -> &str {
    response.headers().get("content-type").unwrap_or_default()
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
}
