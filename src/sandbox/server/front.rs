//! A request to its service, and the answer in the service's protocol.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use s3s::service::{S3Service as S3Http, S3ServiceBuilder};
use uuid::Uuid;

use super::calls::{self, Calls};
use super::credential::Credential;
use super::host::Localhost;
use super::inbound::Inbound;
use super::json::{self, JsonService, Protocol};
use super::lambda_operation;
use super::route::{self, Service};
use crate::sandbox::s3::{Access, RequestId, S3Service, SecretKeys, Store, Unserved};
use crate::sandbox::sts::{Sessions, Sts};
use crate::sandbox::wire::ApiError;

/// Longest body of a service other than S3 and Lambda, which have limits of their own, in bytes.
const LONGEST_BODY: usize = 16 * 1024 * 1024;

/// The services behind the door.
pub struct Services {
    pub store: Store,
    pub sessions: Sessions,
    pub step_functions: Arc<dyn JsonService>,
    pub athena: Arc<dyn JsonService>,
    pub glue: Arc<dyn JsonService>,
    pub events: Arc<dyn JsonService>,
    /// Lambda's REST API.
    pub lambda: Router,
    /// The sandbox's own paths.
    pub control: Router,
}

/// The front door.
pub struct Front {
    s3: S3Http,
    sts: Sts,
    step_functions: Arc<dyn JsonService>,
    athena: Arc<dyn JsonService>,
    glue: Arc<dyn JsonService>,
    events: Arc<dyn JsonService>,
    lambda: TowerToHyperService<Router>,
    control: TowerToHyperService<Router>,
    calls: Calls,
}

impl Front {
    /// A door before these services.
    pub fn new(services: Services, calls: Calls) -> Self {
        let mut s3 = S3ServiceBuilder::new(S3Service(services.store));
        s3.set_auth(SecretKeys(services.sessions.clone()));
        s3.set_access(Access(calls.clone()));
        s3.set_host(Localhost);
        s3.set_route(Unserved);
        Self {
            s3: s3.build(),
            sts: Sts(services.sessions),
            step_functions: services.step_functions,
            athena: services.athena,
            glue: services.glue,
            events: services.events,
            lambda: TowerToHyperService::new(services.lambda),
            control: TowerToHyperService::new(services.control),
            calls,
        }
    }

    /// Answers one request. Whatever happens, the answer is one that an SDK can read.
    pub async fn answer(&self, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
        let (parts, body) = request.into_parts();
        let (body, waits) = (Inbound::new(body), parts.headers.contains_key(header::EXPECT));
        let mut response = self.dispatch(parts, body.clone()).await;
        if !body.finish(waits).await {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response)
    }

    async fn dispatch(&self, parts: Parts, body: Inbound) -> Response<Body> {
        if parts.uri.path() == calls::PATH {
            return self.calls.answer();
        }
        let credential = Credential::of(&parts);
        let service = route::service(&parts, credential.as_ref());
        match service {
            Service::S3 => self.s3(Request::from_parts(parts, body)).await,
            Service::Sts => self.sts(credential, body).await,
            Service::StepFunctions => {
                self.json("stepfunctions", Protocol::JSON_1_0, &*self.step_functions, &parts, credential, body).await
            }
            Service::Athena => self.json("athena", Protocol::JSON_1_1, &*self.athena, &parts, credential, body).await,
            Service::Glue => self.json("glue", Protocol::JSON_1_1, &*self.glue, &parts, credential, body).await,
            Service::EventBridge => {
                self.json("events", Protocol::JSON_1_1, &*self.events, &parts, credential, body).await
            }
            Service::Control => match self.control.call(Request::from_parts(parts, body)).await {
                Ok(response) => response,
                Err(never) => match never {},
            },
            Service::Lambda => self.lambda(Request::from_parts(parts, body), credential).await,
            Service::Other(name) => Self::unknown(&name, &parts),
        }
    }

    async fn s3(&self, mut request: Request<Inbound>) -> Response<Body> {
        join_encodings(request.headers_mut());
        let id = RequestId::new();
        request.extensions_mut().insert(id.clone());
        let answer = self.s3.call(request.map(s3s::Body::http_body)).await;
        let mut response = match answer {
            Ok(response) => response.map(Body::new),
            Err(error) => {
                tracing::error!(?error, "S3 could not write its answer");
                status(StatusCode::INTERNAL_SERVER_ERROR)
            }
        };
        // s3s answers 200 to the HEAD of a range.
        if response.headers().contains_key(header::CONTENT_RANGE) && response.status() == StatusCode::OK {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        insert(&mut response, "x-amz-request-id", &id.0);
        insert(&mut response, "x-amz-id-2", &request_id().to_ascii_uppercase().replace('-', ""));
        response
    }

    async fn sts(&self, credential: Option<Credential>, body: Inbound) -> Response<Body> {
        let id = request_id();
        let (code, xml) = match (collect(body).await, self.known(credential)) {
            (Ok(form), Ok(credential)) => {
                self.calls.count("sts", &Sts::action(&form));
                self.sts.handle(&credential.access_key, &form, &id)
            }
            (Err(error), _) => (error.status, Sts::refusal(&error, &id)),
            (_, Err(error)) => {
                let error = ApiError {
                    code: error
                        .code
                        .replace("UnrecognizedClientException", "InvalidClientTokenId")
                        .replace("Exception", ""),
                    status: 403,
                    ..error
                };
                (error.status, Sts::refusal(&error, &id))
            }
        };
        let mut response = status(StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        insert(&mut response, header::CONTENT_TYPE.as_str(), "text/xml");
        insert(&mut response, "x-amzn-requestid", &id);
        *response.body_mut() = Body::from(xml);
        response
    }

    async fn json(
        &self,
        name: &str,
        protocol: Protocol,
        service: &dyn JsonService,
        parts: &Parts,
        credential: Option<Credential>,
        body: Inbound,
    ) -> Response<Body> {
        let id = request_id();
        match self.call(name, service, parts, credential, body).await {
            Ok(value) => protocol.answer(&value, &id),
            Err(error) => protocol.refusal(&error, &id),
        }
    }

    async fn call(
        &self,
        name: &str,
        service: &dyn JsonService,
        parts: &Parts,
        credential: Option<Credential>,
        body: Inbound,
    ) -> Result<serde_json::Value, ApiError> {
        self.known(credential)?;
        let unknown = || ApiError::client("UnknownOperationException", "The request names no operation: X-Amz-Target");
        let operation = route::operation(parts).ok_or_else(unknown)?;
        self.calls.count(name, operation);
        service.handle(operation, json::read(&collect(body).await?)?).await
    }

    async fn lambda(&self, request: Request<Inbound>, credential: Option<Credential>) -> Response<Body> {
        if let Err(error) = self.known(credential) {
            return Protocol::REST.refusal(&ApiError { status: 403, ..error }, &request_id());
        }
        self.calls.count("lambda", &lambda_operation::name(request.method(), request.uri().path()));
        let mut response = match self.lambda.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        if !response.headers().contains_key("x-amzn-requestid") {
            insert(&mut response, "x-amzn-requestid", &request_id());
        }
        response
    }

    /// A caller that the sandbox knows. The signature itself is judged by S3 only.
    fn known(&self, credential: Option<Credential>) -> Result<Credential, ApiError> {
        let missing =
            || ApiError::client("MissingAuthenticationTokenException", "Request is missing Authentication Token");
        let credential = credential.ok_or_else(missing)?;
        let known = self.sts.0.has_token(&credential.access_key, credential.token.as_deref());
        if known {
            return Ok(credential);
        }
        Err(ApiError::client(
            "UnrecognizedClientException",
            "The security token included in the request is invalid. The sandbox knows the access key `test`, and those that AssumeRole \
             gave, with their session token.",
        ))
    }

    fn unknown(name: &str, parts: &Parts) -> Response<Body> {
        let error = ApiError::unsupported(format!("the service `{name}`"));
        let id = request_id();
        if parts.headers.contains_key(route::TARGET) {
            return Protocol::JSON_1_1.refusal(&error, &id);
        }
        let mut response = status(StatusCode::NOT_IMPLEMENTED);
        insert(&mut response, header::CONTENT_TYPE.as_str(), "text/xml");
        *response.body_mut() = Body::from(Sts::refusal(&error, &id));
        response
    }
}

/// The Rust SDK sends `aws-chunked` as a header of its own beside the caller's encoding, and s3s takes one header only. Joined by a
/// bare comma the two have the same signature.
fn join_encodings(headers: &mut HeaderMap) {
    let codings: Vec<_> = headers.get_all(CONTENT_ENCODING).iter().map(HeaderValue::as_bytes).collect();
    if codings.len() > 1
        && let Ok(joined) = HeaderValue::from_bytes(&codings.join(&b','))
    {
        headers.insert(CONTENT_ENCODING, joined);
    }
}

async fn collect(body: Inbound) -> Result<Bytes, ApiError> {
    let collected = Limited::new(body, LONGEST_BODY).collect().await;
    collected.map(http_body_util::Collected::to_bytes).map_err(|error| {
        ApiError::new(413, "RequestEntityTooLargeException", format!("the request could not be read: {error}"))
    })
}

fn status(code: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = code;
    response
}

fn insert(response: &mut Response<Body>, name: &str, value: &str) {
    let header = http::HeaderName::try_from(name).ok().zip(HeaderValue::from_str(value).ok());
    if let Some((name, value)) = header {
        response.headers_mut().insert(name, value);
    }
}

fn request_id() -> String {
    Uuid::new_v4().to_string()
}
