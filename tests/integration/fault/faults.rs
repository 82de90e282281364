//! What can go wrong with one call: answers that a service gives, and what becomes of bytes on their way.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use regex::Regex;

use super::operation::{Service, service};

/// One kind of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Throttled,
    InternalError,
    Unavailable,
    ResetBefore,
    ResetAfter,
    ResetInside,
    Truncated,
    Malformed,
    Empty,
    TooLong,
    TooShort,
    HangBefore,
    HangAfter,
    DripWithin,
    DripBeyond,
    Skewed,
    Expired,
    NewWord,
    Stranger,
}

/// Every fault, with its name in the table.
pub const FAULTS: [(Fault, &str); 19] = [
    (Fault::Throttled, "throttled"),
    (Fault::InternalError, "500"),
    (Fault::Unavailable, "503"),
    (Fault::ResetBefore, "reset before it arrives"),
    (Fault::ResetAfter, "reset before the answer"),
    (Fault::ResetInside, "reset inside the answer"),
    (Fault::Truncated, "truncated body, length right"),
    (Fault::Malformed, "malformed body"),
    (Fault::Empty, "empty body"),
    (Fault::TooLong, "content-length too long"),
    (Fault::TooShort, "content-length too short"),
    (Fault::HangBefore, "hangs, never arrived"),
    (Fault::HangAfter, "hangs, but was done"),
    (Fault::DripWithin, "drips, in time"),
    (Fault::DripBeyond, "drips, for ever"),
    (Fault::Skewed, "clock skew"),
    (Fault::Expired, "expired credentials"),
    (Fault::NewWord, "a status that is new"),
    (Fault::Stranger, "a stranger answers"),
];

impl Fault {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        FAULTS.iter().find(|(fault, _)| *fault == self).unwrap().1
    }

    /// Whether only a time-out of ours can end it.
    pub fn takes_for_ever(self) -> bool {
        matches!(self, Self::HangBefore | Self::HangAfter | Self::DripBeyond)
    }
}

/// An answer as the sandbox gave it, or as it is made up.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// An answer to HEAD: its length is that of a body which is not sent.
    pub is_head: bool,
}

/// What the proxy does with a faulty call.
pub enum Deed {
    /// Answers by itself; nothing is forwarded.
    Answer(Answer),
    /// Forwards, and gives this instead of the answer.
    Alter(fn(Answer, &str) -> Answer),
    /// Breaks the connection before anything is forwarded.
    Reset,
    /// Never answers; nothing is forwarded.
    Hang,
    /// Forwards, and writes the answer by hand.
    Write(fn(&Answer) -> Vec<Piece>),
}

/// What is written on a connection that is no longer HTTP's.
pub enum Piece {
    Bytes(Vec<u8>),
    /// Byte by byte, with a pause before each.
    Drip(Vec<u8>, Duration),
    /// The connection breaks.
    Reset,
    /// The connection ends in order.
    Close,
    /// It is kept until the client says something on it, and ends then.
    CloseOnNext,
    /// Nothing more, for ever.
    Hang,
}

/// Between two bytes that arrive in time, and between two that do not.
const QUICK: Duration = Duration::from_millis(2);
const SLOW: Duration = Duration::from_millis(700);

impl Fault {
    /// What is done with a call of this operation; none if the fault makes no sense there.
    pub fn deed(self, operation: &str) -> Option<Deed> {
        let service = service(operation);
        let error = |codes: Codes| Some(Deed::Answer(refusal(service, operation, &codes)));
        match self {
            Self::Throttled => error(Codes {
                json: (400, "ThrottlingException"),
                lambda: (429, "TooManyRequestsException"),
                s3: (503, "SlowDown"),
                sts: (400, "Throttling"),
                message: "Rate exceeded",
                skewed: false,
            }),
            Self::InternalError => error(Codes {
                json: (500, "InternalFailure"),
                lambda: (500, "ServiceException"),
                s3: (500, "InternalError"),
                sts: (500, "InternalFailure"),
                message: "We encountered an internal error. Please try again.",
                skewed: false,
            }),
            Self::Unavailable => error(Codes {
                json: (503, "ServiceUnavailable"),
                lambda: (503, "ServiceUnavailableException"),
                s3: (503, "ServiceUnavailable"),
                sts: (503, "ServiceUnavailable"),
                message: "Service is temporarily unavailable",
                skewed: false,
            }),
            Self::Skewed => error(Codes {
                json: (400, "InvalidSignatureException"),
                lambda: (403, "InvalidSignatureException"),
                s3: (403, "RequestTimeTooSkewed"),
                sts: (403, "SignatureDoesNotMatch"),
                message: "Signature expired: the difference between the request time and the current time is too large",
                skewed: true,
            }),
            Self::Expired => error(Codes {
                json: (400, "ExpiredTokenException"),
                lambda: (403, "ExpiredTokenException"),
                s3: (400, "ExpiredToken"),
                sts: (403, "ExpiredToken"),
                message: "The security token included in the request is expired",
                skewed: false,
            }),
            Self::ResetBefore => Some(Deed::Reset),
            Self::HangBefore => Some(Deed::Hang),
            Self::ResetAfter => Some(Deed::Write(|_| vec![Piece::Reset])),
            Self::HangAfter => Some(Deed::Write(|_| vec![Piece::Hang])),
            Self::ResetInside => Some(Deed::Write(|answer| {
                let bytes = answer.bytes(answer.length());
                vec![Piece::Bytes(bytes[..answer.cut(&bytes)].to_vec()), Piece::Reset]
            })),
            Self::DripWithin => Some(Deed::Write(|answer| answer.dripped(QUICK))),
            Self::DripBeyond => Some(Deed::Write(|answer| answer.dripped(SLOW))),
            Self::TooLong if !is_head(operation) => {
                Some(Deed::Write(|answer| vec![Piece::Bytes(answer.bytes(answer.length() + 10)), Piece::Close]))
            }
            Self::TooShort if has_body(operation) => {
                Some(Deed::Write(|answer| vec![Piece::Bytes(answer.bytes(answer.length() / 2)), Piece::CloseOnNext]))
            }
            Self::Truncated if has_body(operation) => Some(Deed::Alter(|answer, _| {
                let half = answer.body.len() / 2;
                Answer { body: answer.body.slice(..half), ..answer }
            })),
            Self::Empty if has_body(operation) => {
                Some(Deed::Alter(|answer, _| Answer { body: Bytes::new(), ..answer }))
            }
            Self::Malformed if has_body(operation) => Some(Deed::Alter(malformed)),
            Self::NewWord if has_word(operation) => Some(Deed::Alter(new_word)),
            Self::Stranger => Some(Deed::Answer(stranger(is_head(operation)))),
            Self::TooLong | Self::TooShort | Self::Truncated | Self::Empty | Self::Malformed | Self::NewWord => None,
        }
    }
}

fn is_head(operation: &str) -> bool {
    matches!(operation, "s3.HeadObject" | "s3.HeadBucket")
}

/// Whether what the operation answers is in a body.
fn has_body(operation: &str) -> bool {
    !is_head(operation) && !matches!(operation, "s3.PutObject" | "s3.DeleteObject")
}

/// Whether the operation answers with a word of an enumeration that matters.
fn has_word(operation: &str) -> bool {
    matches!(
        operation,
        "stepfunctions.DescribeExecution"
            | "stepfunctions.DescribeStateMachine"
            | "stepfunctions.StartSyncExecution"
            | "athena.GetQueryExecution"
            | "athena.BatchGetQueryExecution"
            | "lambda.Invoke"
    )
}

/// The codes of one refusal, as each service says it.
struct Codes {
    json: (u16, &'static str),
    lambda: (u16, &'static str),
    s3: (u16, &'static str),
    sts: (u16, &'static str),
    message: &'static str,
    /// Whether the answer's date is another than ours.
    skewed: bool,
}

fn refusal(service: Service, operation: &str, codes: &Codes) -> Answer {
    let message = codes.message;
    let ((status, code), body) = match service {
        Service::StepFunctions | Service::Athena => {
            (codes.json, format!(r#"{{"__type":"{}","message":"{message}"}}"#, codes.json.1))
        }
        Service::Lambda => (codes.lambda, format!(r#"{{"Type":"User","message":"{message}"}}"#)),
        Service::S3 if is_head(operation) => (codes.s3, String::new()),
        Service::S3 => {
            let code = codes.s3.1;
            (
                codes.s3,
                format!("<Error><Code>{code}</Code><Message>{message}</Message><RequestId>fault</RequestId></Error>"),
            )
        }
        Service::Sts => {
            let code = codes.sts.1;
            let body = format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                 <RequestId>fault</RequestId></ErrorResponse>"
            );
            (codes.sts, body)
        }
    };
    let mut headers = HeaderMap::new();
    if codes.skewed {
        headers.insert("date", HeaderValue::from_static("Tue, 19 Jan 2038 03:14:07 GMT"));
    }
    headers.insert("x-amzn-errortype", HeaderValue::from_static(code));
    headers.insert("x-amzn-requestid", HeaderValue::from_static("fault"));
    Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: body.into(), is_head: is_head(operation) }
}

/// A page of a network that wants somebody to sign in: 200, and nothing of what was asked.
fn stranger(is_head: bool) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("text/html"));
    let page = "<html><body>Sign in to use this network</body></html>";
    let body = if is_head { Bytes::new() } else { Bytes::from_static(page.as_bytes()) };
    Answer { status: StatusCode::OK, headers, body, is_head }
}

fn malformed(answer: Answer, operation: &str) -> Answer {
    let body = match service(operation) {
        Service::S3 if operation == "s3.GetObject" => Bytes::from(vec![b'#'; answer.body.len()]),
        Service::S3 | Service::Sts => Bytes::from_static(b"<?xml version=\"1.0\"?><Answer><Broken </Answer>"),
        Service::StepFunctions | Service::Athena | Service::Lambda => Bytes::from_static(b"{\"answer\": ]"),
    };
    Answer { body, ..answer }
}

/// The same answer, with a word in it that AWS might add one day.
fn new_word(mut answer: Answer, operation: &str) -> Answer {
    if operation == "lambda.Invoke" {
        answer.headers.insert("x-amz-function-error", HeaderValue::from_static("Parked"));
        return answer;
    }
    let word = Regex::new(r#""(status|State|type)"\s*:\s*"[A-Z_]+""#).unwrap();
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    let body = word.replace_all(&text, "\"$1\":\"PARKED\"").into_owned();
    Answer { body: body.into(), ..answer }
}

impl Answer {
    /// The length that it says of itself.
    fn length(&self) -> usize {
        if self.is_head {
            let said = self.headers.get("content-length").and_then(|value| value.to_str().ok());
            return said.and_then(|text| text.parse().ok()).unwrap_or(0);
        }
        self.body.len()
    }

    /// The bytes of the whole answer, saying this length.
    fn bytes(&self, length: usize) -> Vec<u8> {
        let mut text = format!("HTTP/1.1 {}\r\n", self.status).into_bytes();
        for (name, value) in &self.headers {
            if name != "content-length" && name != "transfer-encoding" && name != "connection" {
                text.extend_from_slice(name.as_str().as_bytes());
                text.extend_from_slice(b": ");
                text.extend_from_slice(value.as_bytes());
                text.extend_from_slice(b"\r\n");
            }
        }
        text.extend_from_slice(format!("content-length: {length}\r\n\r\n").as_bytes());
        text.extend_from_slice(&self.body);
        text
    }

    /// The middle of the body, or of the head where there is no body.
    fn cut(&self, bytes: &[u8]) -> usize {
        if self.body.is_empty() { bytes.len() / 2 } else { bytes.len() - self.body.len().div_ceil(2) }
    }

    /// The first bytes at once, the last hundred one by one.
    fn dripped(&self, pause: Duration) -> Vec<Piece> {
        const DRIPPED: usize = 100;
        let bytes = self.bytes(self.length());
        let (at_once, dripped) = bytes.split_at(bytes.len().saturating_sub(DRIPPED));
        vec![Piece::Bytes(at_once.to_vec()), Piece::Drip(dripped.to_vec(), pause), Piece::CloseOnNext]
    }
}
