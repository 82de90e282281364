//! From a rule to what it starts.

use std::sync::Arc;

use serde_json::{Value, json};

use super::event::Event;
use super::rule::{Destination, Rule, Target};
use super::transform::Sender;
use crate::sandbox::lambda::{Invocation, Lambda};
use crate::sandbox::server::JsonService;
use crate::sandbox::wire::ApiError;

/// What rules can start.
pub struct Targets {
    pub step_functions: Arc<dyn JsonService>,
    pub lambda: Lambda,
}

/// What became of an event at one target.
#[derive(Debug, Clone)]
pub struct Delivery {
    rule: String,
    target: String,
    arn: String,
    outcome: Result<Started, String>,
}

/// What was started.
#[derive(Debug, Clone)]
enum Started {
    Execution(String),
    Invocation(String),
}

impl Delivery {
    /// As the control paths show it.
    pub fn describe(&self) -> Value {
        let mut shown = json!({"rule": self.rule, "target": self.target, "arn": self.arn});
        let (name, value) = match &self.outcome {
            Ok(Started::Execution(arn)) => ("execution", arn),
            Ok(Started::Invocation(id)) => ("invocation", id),
            Err(error) => ("error", error),
        };
        shown[name] = json!(value);
        shown
    }
}

impl Targets {
    /// Sends an event to every target of a rule, once. What fails is told in the log.
    pub async fn deliver(&self, event: &Event, rule: &Rule) -> Vec<Delivery> {
        if rule.targets.is_empty() {
            tracing::warn!(rule = rule.name, event = event.id, "an event matched a rule that has no targets");
        }
        let mut deliveries = Vec::new();
        for target in rule.targets.values() {
            let outcome = self.send(event, rule, target).await;
            if let Err(error) = &outcome {
                tracing::error!(
                    rule = rule.name,
                    target = target.arn,
                    event = event.id,
                    error,
                    "an event was not delivered"
                );
            }
            let (rule, id, arn) = (rule.name.clone(), target.id.clone(), target.arn.clone());
            deliveries.push(Delivery { rule, target: id, arn, outcome });
        }
        deliveries
    }

    async fn send(&self, event: &Event, rule: &Rule, target: &Target) -> Result<Started, String> {
        let input = target.input.of(event, Sender { name: &rule.name, arn: &rule.arn })?;
        let started = match target.destination {
            Destination::StateMachine => self.start(event, &target.arn, &input).await,
            Destination::Function => {
                let invocation = Invocation::new(target.arn.clone(), input);
                self.lambda.invoke_event(invocation).map(Started::Invocation)
            }
        };
        started.map_err(|error| error.to_string())
    }

    /// EventBridge names executions by the event's id and another UUID.
    async fn start(&self, event: &Event, machine: &str, input: &str) -> Result<Started, ApiError> {
        let name = format!("{}_{}", event.id, uuid::Uuid::new_v4());
        let request = json!({"stateMachineArn": machine, "name": name, "input": input});
        let answer = self.step_functions.handle("StartExecution", request).await?;
        Ok(Started::Execution(answer["executionArn"].as_str().unwrap_or_default().to_owned()))
    }
}
