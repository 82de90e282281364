//! The operations of EventBridge, in AWS JSON 1.1.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::bus::EventBridge;
use super::event::Told;
use super::pattern::Pattern;
use super::rule::{BUS, Rule, Target, invalid, is_name};
use super::{schedule, unsent};
use crate::sandbox::server::JsonService;
use crate::sandbox::wire::ApiError;

/// The operations that are served; any other is refused by name.
pub const OPERATIONS: [&str; 12] = [
    "DeleteRule",
    "DescribeRule",
    "DisableRule",
    "EnableRule",
    "ListRuleNamesByTarget",
    "ListRules",
    "ListTargetsByRule",
    "PutEvents",
    "PutRule",
    "PutTargets",
    "RemoveTargets",
    "TestEventPattern",
];

/// Targets of one rule (quota of EventBridge).
const MOST_TARGETS: usize = 5;

/// Entries of one `PutEvents` (API model).
const MOST_ENTRIES: usize = 10;

/// Bytes of a pattern (API model).
const LONGEST_PATTERN: usize = 4_096;

#[async_trait::async_trait]
impl JsonService for EventBridge {
    async fn handle(&self, operation: &str, body: Value) -> Result<Value, ApiError> {
        refuse_other_buses(&body["EventBusName"])?;
        match operation {
            "PutRule" => self.put_rule(&body),
            "DescribeRule" => self.on_rule(&body, "Name", |rule| rule.describe()),
            "ListRuleNamesByTarget" => self.list_rule_names(&body),
            "ListRules" => self.list_rules(&body),
            "DeleteRule" => self.delete_rule(&body),
            "EnableRule" => self.enable(&body, true),
            "DisableRule" => self.enable(&body, false),
            "PutTargets" => self.put_targets(&body),
            "RemoveTargets" => self.remove_targets(&body),
            "ListTargetsByRule" => self.list_targets(&body),
            "PutEvents" => self.put_events(&body),
            "TestEventPattern" => test_event_pattern(&body),
            other => Err(ApiError::unsupported(format!("the operation {other} of EventBridge"))),
        }
    }
}

impl EventBridge {
    /// A rule that is there is replaced; its targets stay.
    fn put_rule(&self, body: &Value) -> Result<Value, ApiError> {
        let name = text(body, "Name")?.filter(|name| is_name(name));
        let name = name.ok_or_else(|| invalid("Name must be 1 to 64 of [.-_A-Za-z0-9]"))?;
        if body["Tags"].as_array().is_some_and(|tags| !tags.is_empty()) {
            return Err(ApiError::unsupported("tags of rules"));
        }
        let pattern = text(body, "EventPattern")?.map(wanted).transpose()?;
        let schedule = text(body, "ScheduleExpression")?.map(schedule_of).transpose()?;
        if pattern.is_none() && schedule.is_none() {
            return Err(invalid("Parameter(s) EventPattern or ScheduleExpression must be specified."));
        }
        let config = self.config();
        let arn = format!("arn:aws:events:{}:{}:rule/{name}", config.region, config.account);
        let mut rules = self.rules();
        let targets = rules.get(name).map(|rule| rule.targets.clone()).unwrap_or_default();
        let rule = Rule {
            name: name.to_owned(),
            arn: arn.clone(),
            pattern,
            schedule,
            enabled: state(body)?,
            description: text(body, "Description")?.map(str::to_owned),
            role_arn: text(body, "RoleArn")?.map(str::to_owned),
            targets,
        };
        rules.insert(name.to_owned(), rule);
        Ok(json!({"RuleArn": arn}))
    }

    fn list_rules(&self, body: &Value) -> Result<Value, ApiError> {
        let prefix = text(body, "NamePrefix")?.unwrap_or_default();
        let rules = self.rules();
        let found = rules.values().filter(|rule| rule.name.starts_with(prefix)).map(Rule::describe).collect();
        page(body, "Rules", found)
    }

    fn list_rule_names(&self, body: &Value) -> Result<Value, ApiError> {
        let arn = required(body, "TargetArn")?;
        let leads_there = |rule: &&Rule| rule.targets.values().any(|target| target.arn == arn);
        let found = self.rules().values().filter(leads_there).map(|rule| json!(rule.name)).collect();
        page(body, "RuleNames", found)
    }

    /// Deleting a rule that is not there succeeds, as on AWS.
    fn delete_rule(&self, body: &Value) -> Result<Value, ApiError> {
        let name = required(body, "Name")?;
        let mut rules = self.rules();
        if rules.get(name).is_some_and(|rule| !rule.targets.is_empty()) {
            return Err(invalid("Rule can't be deleted since it has targets."));
        }
        rules.remove(name);
        Ok(json!({}))
    }

    fn enable(&self, body: &Value, enabled: bool) -> Result<Value, ApiError> {
        self.on_rule(body, "Name", |rule| {
            rule.enabled = enabled;
            json!({})
        })
    }

    /// A target whose id is there is replaced. One that cannot be kept refuses all of them.
    fn put_targets(&self, body: &Value) -> Result<Value, ApiError> {
        let targets = list(body, "Targets")?.iter().map(Target::read).collect::<Result<Vec<_>, _>>()?;
        self.on_rule(body, "Rule", |rule| {
            let mut all = rule.targets.clone();
            all.extend(targets.into_iter().map(|target| (target.id.clone(), target)));
            if all.len() > MOST_TARGETS {
                let message = format!("a rule has at most {MOST_TARGETS} targets");
                return Err(ApiError::client("LimitExceededException", message));
            }
            rule.targets = all;
            Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
        })?
    }

    fn remove_targets(&self, body: &Value) -> Result<Value, ApiError> {
        let ids = list(body, "Ids")?;
        self.on_rule(body, "Rule", |rule| {
            let mut failed = Vec::new();
            for id in ids.iter().map(|id| id.as_str().unwrap_or_default()) {
                if rule.targets.shift_remove(id).is_none() {
                    let message = format!("Rule {} does not have a target with the Id {id}", rule.name);
                    failed.push(
                        json!({"TargetId": id, "ErrorCode": "ResourceNotFoundException", "ErrorMessage": message}),
                    );
                }
            }
            json!({"FailedEntryCount": failed.len(), "FailedEntries": failed})
        })
    }

    fn list_targets(&self, body: &Value) -> Result<Value, ApiError> {
        let targets =
            self.on_rule(body, "Rule", |rule| rule.targets.values().map(|target| target.document.clone()).collect())?;
        page(body, "Targets", targets)
    }

    /// Each entry is judged for itself: the answer is 200 also when all of them failed.
    fn put_events(&self, body: &Value) -> Result<Value, ApiError> {
        let entries = list(body, "Entries")?;
        if entries.len() > MOST_ENTRIES {
            return Err(invalid(&format!("Entries has at most {MOST_ENTRIES} members")));
        }
        let answers: Vec<Value> = entries.iter().map(|entry| self.put_event(entry)).collect();
        let failed = answers.iter().filter(|answer| answer.get("ErrorCode").is_some()).count();
        Ok(json!({"FailedEntryCount": failed, "Entries": answers}))
    }

    fn put_event(&self, entry: &Value) -> Value {
        match told(entry).and_then(|told| self.send(&told)) {
            Ok(id) => json!({"EventId": id}),
            Err(error) => json!({"ErrorCode": error.code, "ErrorMessage": error.message}),
        }
    }

    /// Does something with a rule that must be there.
    fn on_rule<T>(&self, body: &Value, member: &str, what: impl FnOnce(&mut Rule) -> T) -> Result<T, ApiError> {
        let name = required(body, member)?;
        let missing =
            || ApiError::client("ResourceNotFoundException", format!("Rule {name} does not exist on EventBus {BUS}."));
        self.rules().get_mut(name).map(what).ok_or_else(missing)
    }
}

fn told(entry: &Value) -> Result<Told, ApiError> {
    refuse_other_buses(&entry["EventBusName"])?;
    let needed = |name: &str| {
        let message = format!("Parameter {name} is not valid. Reason: {name} is a required argument.");
        text(entry, name)?.filter(|text| !text.is_empty()).ok_or_else(|| ApiError::client("InvalidArgument", message))
    };
    let (source, detail_type, detail) = (needed("Source")?, needed("DetailType")?, needed("Detail")?);
    if source.starts_with("aws.") {
        return Err(ApiError::client("NotAuthorizedForSourceException", "Not authorized for the source."));
    }
    let malformed = || ApiError::client("MalformedDetail", "Detail is malformed.");
    let detail: Value = serde_json::from_str(detail).ok().filter(Value::is_object).ok_or_else(malformed)?;
    let resources = entry["Resources"].as_array().into_iter().flatten();
    Ok(Told {
        source: source.to_owned(),
        detail_type: detail_type.to_owned(),
        time: time(&entry["Time"])?,
        resources: resources.filter_map(|arn| arn.as_str().map(str::to_owned)).collect(),
        detail,
    })
}

/// Seconds since 1970, with or without a fraction; now if there is none.
fn time(value: &Value) -> Result<DateTime<Utc>, ApiError> {
    let wrong = || ApiError::client("InvalidArgument", format!("Time {value} is not a timestamp"));
    match value {
        Value::Null => Ok(crate::sandbox::time::now()),
        Value::Number(number) => {
            let seconds = number.to_string().split('.').next().and_then(|whole| whole.parse().ok());
            seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

fn test_event_pattern(body: &Value) -> Result<Value, ApiError> {
    let (_, pattern) = pattern(required(body, "EventPattern")?)?;
    let wrong = |reason: String| invalid(&format!("Parameter Event is not valid. Reason: {reason}"));
    let event: Value = serde_json::from_str(required(body, "Event")?).map_err(|error| wrong(error.to_string()))?;
    for name in ["id", "detail-type", "source", "account", "time", "region", "resources", "detail"] {
        if event.get(name).is_none() {
            return Err(wrong(format!("the event has no `{name}`")));
        }
    }
    Ok(json!({"Result": pattern.matches(&event)}))
}

fn pattern(text: &str) -> Result<(String, Pattern), ApiError> {
    let refused = |reason: String| {
        ApiError::client("InvalidEventPatternException", format!("Event pattern is not valid. Reason: {reason}"))
    };
    if text.len() > LONGEST_PATTERN {
        return Err(refused(format!("it has {} bytes, and may have {LONGEST_PATTERN}", text.len())));
    }
    Pattern::parse(text).map(|pattern| (text.to_owned(), pattern)).map_err(refused)
}

/// The pattern of a rule, which must be able to match.
fn wanted(text: &str) -> Result<(String, Pattern), ApiError> {
    let pattern = pattern(text)?;
    unsent::refuse(&serde_json::from_str(text).unwrap_or_default())?;
    Ok(pattern)
}

fn schedule_of(text: &str) -> Result<String, ApiError> {
    let refused = |reason| invalid(&format!("Parameter ScheduleExpression is not valid. Reason: {reason}"));
    schedule::check(text).map(|()| text.to_owned()).map_err(refused)
}

fn state(body: &Value) -> Result<bool, ApiError> {
    match text(body, "State")? {
        None | Some("ENABLED") => Ok(true),
        Some("DISABLED") => Ok(false),
        Some(other) => Err(ApiError::unsupported(format!("rules in the state {other}"))),
    }
}

/// There is one bus, under its name or its ARN.
fn refuse_other_buses(name: &Value) -> Result<(), ApiError> {
    match name.as_str() {
        None => Ok(()),
        Some(name) if name.rsplit_once("event-bus/").map_or(name, |(_, name)| name) == BUS => Ok(()),
        Some(other) => Err(ApiError::unsupported(format!("the event bus `{other}`, only `{BUS}`"))),
    }
}

fn text<'b>(body: &'b Value, name: &str) -> Result<Option<&'b str>, ApiError> {
    match &body[name] {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => Err(ApiError::client("SerializationException", format!("{name} must be a string"))),
    }
}

fn required<'b>(body: &'b Value, name: &str) -> Result<&'b str, ApiError> {
    text(body, name)?.ok_or_else(|| invalid(&format!("{name} must not be null")))
}

fn list<'b>(body: &'b Value, name: &str) -> Result<&'b [Value], ApiError> {
    let found = body[name].as_array().filter(|list| !list.is_empty());
    found.map(Vec::as_slice).ok_or_else(|| invalid(&format!("{name} must be a list with at least one member")))
}

/// A page of at most `Limit` (100), from where `NextToken` says.
fn page(body: &Value, name: &str, all: Vec<Value>) -> Result<Value, ApiError> {
    let size = match &body["Limit"] {
        Value::Null => 100,
        limit => {
            limit.as_u64().filter(|limit| (1..=100).contains(limit)).ok_or_else(|| invalid("Limit must be 1 to 100"))?
        }
    };
    let from: usize = match text(body, "NextToken")? {
        None => 0,
        Some(token) => token.parse().map_err(|_| invalid("Invalid token"))?,
    };
    let size = usize::try_from(size).unwrap_or(100);
    let total = all.len();
    let shown: Vec<Value> = all.into_iter().skip(from).take(size).collect();
    let mut answer = json!({ name: shown });
    if from.saturating_add(size) < total {
        answer["NextToken"] = json!((from + size).to_string());
    }
    Ok(answer)
}
