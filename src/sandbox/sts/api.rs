//! The actions, in the query protocol: a form in, XML out.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use super::sessions::Sessions;
use super::xml::{self, Element};
use crate::sandbox::wire::ApiError;

/// Shortest and longest session, and the longest of a role that another role assumes, in seconds (STS API reference, `AssumeRole`).
const LIFETIME: (u64, u64, u64) = (900, 43_200, 3_600);

/// What a session lasts if nobody says.
const DEFAULT_LIFETIME: u64 = 3_600;

/// Characters of a session's policy (STS API reference, `AssumeRole`).
const LONGEST_POLICY: usize = 2_048;

/// STS over the sessions of a sandbox.
#[derive(Debug, Clone)]
pub struct Sts(pub Sessions);

/// The parameters of a request.
type Form = BTreeMap<String, String>;

impl Sts {
    /// The action that a form names, for the counter of calls.
    pub fn action(form: &[u8]) -> String {
        parse(form).remove("Action").unwrap_or_default()
    }

    /// Answers a form that was signed with this access key: status and XML.
    pub fn handle(&self, access_key: &str, form: &[u8], request_id: &str) -> (u16, String) {
        let form = parse(form);
        let action = form.get("Action").map_or("", String::as_str);
        match self.act(access_key, action, &form) {
            Ok(result) => (200, xml::response(action, &result, request_id)),
            Err(error) => (error.status, xml::refusal(&error, request_id)),
        }
    }

    /// A refusal in STS's shape.
    pub fn refusal(error: &ApiError, request_id: &str) -> String {
        xml::refusal(error, request_id)
    }

    fn act(&self, access_key: &str, action: &str, form: &Form) -> Result<Vec<Element>, ApiError> {
        match action {
            "GetCallerIdentity" => self.identity(access_key),
            "AssumeRole" => self.assume(access_key, form),
            "" => Err(ApiError::client("MissingAction", "The request does not name an action.")),
            other => Err(ApiError::unsupported(format!("STS action {other}"))),
        }
    }

    fn identity(&self, access_key: &str) -> Result<Vec<Element>, ApiError> {
        let identity = self.0.identity(access_key).ok_or_else(stranger)?;
        Ok(vec![
            Element::Text("Arn", identity.arn),
            Element::Text("UserId", identity.user_id),
            Element::Text("Account", identity.account),
        ])
    }

    fn assume(&self, access_key: &str, form: &Form) -> Result<Vec<Element>, ApiError> {
        self.0.identity(access_key).ok_or_else(stranger)?;
        let (account, role) = role(required(form, "RoleArn")?)?;
        let name = session_name("roleSessionName", required(form, "RoleSessionName")?)?;
        let source = form.get("SourceIdentity").map(|given| session_name("sourceIdentity", given)).transpose()?;
        let lifetime = self.lifetime(access_key, form)?;
        form.get("Policy").map_or(Ok(()), |policy| judge_policy(policy))?;
        let session = self.0.assume(account, role, name, lifetime);
        let credentials = vec![
            Element::Text("AccessKeyId", session.access_key),
            Element::Text("SecretAccessKey", session.secret),
            Element::Text("SessionToken", session.token),
            Element::Text(
                "Expiration",
                DateTime::<Utc>::from(session.expires).to_rfc3339_opts(SecondsFormat::Secs, true),
            ),
        ];
        let user =
            vec![Element::Text("AssumedRoleId", session.identity.user_id), Element::Text("Arn", session.identity.arn)];
        let mut result = vec![Element::Group("AssumedRoleUser", user), Element::Group("Credentials", credentials)];
        result.extend(source.map(|source| Element::Text("SourceIdentity", source.to_owned())));
        Ok(result)
    }

    fn lifetime(&self, access_key: &str, form: &Form) -> Result<Duration, ApiError> {
        let Some(text) = form.get("DurationSeconds") else { return Ok(Duration::from_secs(DEFAULT_LIFETIME)) };
        let (least, most, most_chained) = LIFETIME;
        let seconds = text.parse::<u64>().ok().filter(|seconds| (least..=most).contains(seconds)).ok_or_else(|| {
            invalid("durationSeconds", text, &format!("Member must have value between {least} and {most}"))
        })?;
        if self.0.is_assumed(access_key) && seconds > most_chained {
            let message =
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
            return Err(ApiError::client("ValidationError", message));
        }
        Ok(Duration::from_secs(seconds))
    }
}

fn parse(form: &[u8]) -> Form {
    url::form_urlencoded::parse(form).into_owned().collect()
}

fn required<'f>(form: &'f Form, name: &str) -> Result<&'f str, ApiError> {
    let member = format!("{}{}", name[..1].to_ascii_lowercase(), &name[1..]);
    let missing = || {
        let message = format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        );
        ApiError::client("ValidationError", message)
    };
    form.get(name).map(String::as_str).ok_or_else(missing)
}

/// Account and name of `arn:aws:iam::123456789012:role/path/name`.
fn role(arn: &str) -> Result<(&str, &str), ApiError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let found = match parts[..] {
        ["arn", "aws", "iam", "", account, resource] if account.len() == 12 && digits(account) => {
            resource.strip_prefix("role/").and_then(|path| path.rsplit('/').next()).map(|name| (account, name))
        }
        _ => None,
    };
    found
        .filter(|(_, name)| !name.is_empty())
        .ok_or_else(|| ApiError::client("ValidationError", format!("{arn} is invalid")))
}

/// A session's policy is checked for its form; no permissions are judged.
fn judge_policy(policy: &str) -> Result<(), ApiError> {
    if policy.chars().count() > LONGEST_POLICY {
        let rule = format!("Member must have length less than or equal to {LONGEST_POLICY}");
        return Err(invalid("policy", policy, &rule));
    }
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(policy) {
        Ok(_) => Ok(()),
        Err(_) => Err(ApiError::client("MalformedPolicyDocument", "This policy contains invalid Json")),
    }
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// 2 to 64 of `[\w+=,.@-]`.
fn session_name<'n>(member: &str, name: &'n str) -> Result<&'n str, ApiError> {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character);
    if !name.chars().all(allowed) {
        return Err(invalid(member, name, "Member must satisfy regular expression pattern: [\\w+=,.@-]*"));
    }
    match name.len() {
        ..2 => Err(invalid(member, name, "Member must have length greater than or equal to 2")),
        2..=64 => Ok(name),
        _ => Err(invalid(member, name, "Member must have length less than or equal to 64")),
    }
}

fn invalid(member: &str, value: &str, rule: &str) -> ApiError {
    let message =
        format!("1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {rule}");
    ApiError::client("ValidationError", message)
}

fn stranger() -> ApiError {
    ApiError::new(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
}
