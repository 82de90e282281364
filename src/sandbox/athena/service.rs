//! Athena's API: one door for all operations.

use std::fmt;
use std::sync::Arc;

use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool};
use serde_json::{Value, json};

use super::ddl::{Statement, StatementType, substituted};
use super::environment::Environment;
use super::execution::Engine;
use super::failure::Failure;
use super::metadata;
use super::planner::CATALOG;
use super::queries::{Asked, Queries, Query};
use super::request::{invalid, optional_text, page, text, texts, with_token};
use super::results::results;
use super::storage::{Buckets, Location, ScanCounter};
use super::work_groups::{WorkGroup, WorkGroups};
use crate::sandbox::glue::Catalog;
use crate::sandbox::sts::ACCOUNT;
use crate::sandbox::wire::ApiError;

/// Memory of all running queries together, in bytes.
const MEMORY: usize = 2 << 30;
/// The longest statement, in bytes, from Athena's quotas.
const LONGEST: usize = 262_144;

/// How this Athena is set up.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Output location of the work group `primary`, `s3://bucket/prefix/`.
    pub default_output: Option<String>,
}

/// The service.
pub struct Athena {
    config: Config,
    buckets: Arc<dyn Buckets>,
    catalog: Arc<Catalog>,
    queries: Queries,
    work_groups: WorkGroups,
    memory: Arc<dyn MemoryPool>,
    engine: Engine,
}

impl fmt::Debug for Athena {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Athena").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Athena {
    /// An Athena without queries, over these buckets and this catalog.
    pub fn new(config: Config, buckets: Arc<dyn Buckets>, catalog: Arc<Catalog>) -> Self {
        Self::with_memory(config, buckets, catalog, MEMORY)
    }

    /// The same with `memory` bytes for all running queries together; a query that needs more fails.
    pub fn with_memory(config: Config, buckets: Arc<dyn Buckets>, catalog: Arc<Catalog>, memory: usize) -> Self {
        let work_groups = WorkGroups::new(config.default_output.clone());
        Self {
            config,
            buckets,
            catalog,
            queries: Queries::default(),
            work_groups,
            memory: Arc::new(GreedyMemoryPool::new(memory)),
            engine: Engine::new(),
        }
    }

    /// Answers one call, for example `StartQueryExecution`. Queries run on threads of their own.
    pub async fn handle(&self, operation: &str, body: Value) -> Result<Value, ApiError> {
        match operation {
            "StartQueryExecution" => self.start(&body),
            "GetQueryExecution" => Ok(json!({"QueryExecution": self.query(&body)?.shown()})),
            "BatchGetQueryExecution" => self.batch_get(&body),
            "GetQueryResults" => results(self.query(&body)?.as_ref(), self.buckets.as_ref(), &body).await,
            "GetQueryRuntimeStatistics" => Ok(runtime_statistics(self.query(&body)?.as_ref())),
            "StopQueryExecution" => {
                self.query(&body)?.stop("Query was cancelled by user");
                Ok(json!({}))
            }
            "ListQueryExecutions" => self.list(&body),
            "DeleteWorkGroup" if self.keeps_queries(&body)? => Err(invalid("WorkGroup is not empty")),
            "CreateWorkGroup" | "GetWorkGroup" | "ListWorkGroups" | "UpdateWorkGroup" | "DeleteWorkGroup" => {
                self.work_groups.handle(operation, &body)
            }
            "ListDatabases" | "GetDatabase" | "ListTableMetadata" | "GetTableMetadata" | "ListDataCatalogs" => {
                metadata::handle(&self.catalog, operation, &body)
            }
            other => Err(ApiError::unsupported(format_args!("Athena's operation {other}"))),
        }
    }

    /// Stops every query that has not ended: for the end of the sandbox.
    pub fn stop_all(&self) {
        self.queries.each(|query| query.stop("Query was cancelled because the sandbox ends"));
    }

    /// Whether the work group that is to be deleted has queries that nobody asked to delete with it.
    fn keeps_queries(&self, body: &Value) -> Result<bool, ApiError> {
        let group = self.work_groups.get(text(body, "WorkGroup")?)?;
        Ok(body["RecursiveDeleteOption"] != json!(true) && !self.queries.ids(&group.name).is_empty())
    }

    fn query(&self, body: &Value) -> Result<Arc<Query>, ApiError> {
        self.queries.get(text(body, "QueryExecutionId")?)
    }

    fn start(&self, body: &Value) -> Result<Value, ApiError> {
        let sql = text(body, "QueryString")?;
        if sql.trim().is_empty() || sql.len() > LONGEST {
            return Err(invalid(format!("QueryString must have 1 to {LONGEST} bytes")));
        }
        let token = checked_token(optional_text(body, "ClientRequestToken")?)?;
        let reuse = &body["ResultReuseConfiguration"]["ResultReuseByAgeConfiguration"]["Enabled"];
        if reuse.as_bool() == Some(true) {
            return Err(ApiError::unsupported("the reuse of query results"));
        }
        let group = self.work_groups.get(optional_text(body, "WorkGroup")?.unwrap_or("primary"))?;
        if !group.enabled {
            return Err(invalid(format!("WorkGroup {} is disabled.", group.name)));
        }
        let database = context_database(&body["QueryExecutionContext"])?;
        let output = self.output(body, &group)?;
        let parameters = texts(body, "ExecutionParameters")?;
        let statement = parsed(sql, &parameters);
        let id = uuid::Uuid::new_v4().to_string();
        let result = output
            .child(&statement.as_ref().map_or_else(|_| format!("{id}.csv"), |statement| statement.result_name(&id)));
        let asked = Asked {
            id: id.clone(),
            sql: sql.to_owned(),
            database: database.clone(),
            parameters,
            work_group: group.name.clone(),
            statement_type: statement.as_ref().map_or(StatementType::Dml, Statement::kind).name(),
            subtype: statement.as_ref().map_or("", Statement::subtype),
            result,
        };
        let scanned = Arc::new(ScanCounter::new(group.cutoff));
        let (query, new) = self.queries.add(Query::new(asked, Arc::clone(&scanned)), token, &fingerprint(body))?;
        if new {
            let environment = Environment {
                catalog: Arc::clone(&self.catalog),
                buckets: Arc::clone(&self.buckets),
                memory: Arc::clone(&self.memory),
                scanned,
                database: database.unwrap_or_else(|| "default".to_owned()),
                id,
                output,
            };
            self.engine.begin(Arc::clone(&query), statement, environment)?;
        }
        Ok(json!({"QueryExecutionId": query.asked.id}))
    }

    /// The folder of the result: the work group's when it is enforced, even if it has none, or when the client names none.
    fn output(&self, body: &Value, group: &WorkGroup) -> Result<Location, ApiError> {
        let asked = optional_text(&body["ResultConfiguration"], "OutputLocation")?;
        if let Some(owner) = optional_text(&body["ResultConfiguration"], "ExpectedBucketOwner")?
            && owner != ACCOUNT
        {
            return Err(ApiError::unsupported(format_args!("results in a bucket of the account {owner}")));
        }
        let default = self.config.default_output.as_deref();
        let own = group.output.as_deref();
        let text = if group.enforced { own } else { asked.or(own).or(default) };
        let text = text.ok_or_else(|| {
            invalid("No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.")
        })?;
        let location =
            Location::parse(text).ok_or_else(|| invalid(format!("outputLocation is not a valid S3 path: {text}")))?;
        if self.buckets.bucket(&location.bucket).is_none() {
            return Err(invalid(format!("Unable to verify/create output bucket {}", location.bucket)));
        }
        Ok(location)
    }

    fn batch_get(&self, body: &Value) -> Result<Value, ApiError> {
        let ids = texts(body, "QueryExecutionIds")?;
        if !(1..=50).contains(&ids.len()) {
            return Err(invalid("QueryExecutionIds must have 1 to 50 entries"));
        }
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for id in ids {
            match self.queries.get(&id) {
                Ok(query) => found.push(query.shown()),
                Err(error) => missing.push(json!({
                    "QueryExecutionId": id,
                    "ErrorCode": "INVALID_QUERY_EXECUTION_ID",
                    "ErrorMessage": error.message,
                })),
            }
        }
        Ok(json!({"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}))
    }

    fn list(&self, body: &Value) -> Result<Value, ApiError> {
        let group = self.work_groups.get(optional_text(body, "WorkGroup")?.unwrap_or("primary"))?;
        let (ids, token) = page(body, 50, self.queries.ids(&group.name))?;
        Ok(with_token(json!({"QueryExecutionIds": ids}), token))
    }
}

fn parsed(sql: &str, parameters: &[String]) -> Result<Statement, Failure> {
    Statement::parse(&substituted(sql, parameters)?)
}

/// Everything of a request that makes it this request.
fn fingerprint(body: &Value) -> String {
    let keys = ["QueryString", "QueryExecutionContext", "ResultConfiguration", "WorkGroup", "ExecutionParameters"];
    keys.map(|key| body[key].to_string()).join("\n")
}

fn checked_token(token: Option<&str>) -> Result<Option<&str>, ApiError> {
    match token.map(|token| token.chars().count()) {
        Some(length) if !(32..=128).contains(&length) => {
            Err(invalid("ClientRequestToken must have 32 to 128 characters"))
        }
        _ => Ok(token),
    }
}

fn context_database(context: &Value) -> Result<Option<String>, ApiError> {
    match optional_text(context, "Catalog")? {
        Some(catalog) if !catalog.eq_ignore_ascii_case(CATALOG) => {
            Err(invalid(format!("DataCatalog {catalog} was not found")))
        }
        _ => Ok(optional_text(context, "Database")?.map(str::to_lowercase)),
    }
}

fn runtime_statistics(query: &Query) -> Value {
    let statistics = &query.shown()["Statistics"];
    let timeline = json!({
        "QueryQueueTimeInMillis": statistics["QueryQueueTimeInMillis"],
        "EngineExecutionTimeInMillis": statistics["EngineExecutionTimeInMillis"],
        "TotalExecutionTimeInMillis": statistics["TotalExecutionTimeInMillis"],
    });
    let rows = json!({"InputBytes": statistics["DataScannedInBytes"]});
    json!({"QueryRuntimeStatistics": {"Timeline": timeline, "Rows": rows}})
}
