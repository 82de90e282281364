//! EventBridge: the default bus, rules on events of S3 and of callers, and schedules that a test fires.

mod pattern;
