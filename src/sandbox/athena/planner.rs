//! From a query's text to a plan: the tables it names are looked up in the catalog, views are unfolded, Athena's names of columns
//! are put on.

use std::sync::Arc;

use datafusion::catalog::{MemoryCatalogProvider, MemorySchemaProvider, TableProvider};
use datafusion::common::TableReference;
use datafusion::datasource::ViewTable;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::object_store::ObjectStore;
use datafusion::prelude::{SessionConfig, SessionContext};

use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::sqlparser::ast::{Query, Statement};
use futures::FutureExt;
use futures::future::BoxFuture;

use super::dialect;
use super::environment::Environment;
use super::failure::{Failure, place_of};
use super::functions;
use super::information_schema;
use super::storage::Location;
use super::table::{HiveTable, PartitionPlace, Stores, TableDefinition, partition_value};
use super::view::ViewText;
use crate::sandbox::glue::{CatalogError, Table};

/// The one data catalog.
pub const CATALOG: &str = "awsdatacatalog";
/// Views in views in views.
const VIEW_DEPTH: usize = 16;

/// A planned query.
pub struct Planned {
    pub context: SessionContext,
    pub plan: LogicalPlan,
    /// Athena's names of the columns.
    pub names: Vec<String>,
}

/// Plans `sql`, a SELECT-like statement.
pub async fn plan(environment: &Environment, sql: &str) -> Result<Planned, Failure> {
    let runtime = RuntimeEnvBuilder::new().with_memory_pool(Arc::clone(&environment.memory)).build_arc();
    let runtime = runtime.map_err(Failure::system)?;
    Planner { environment, runtime, database: environment.database.clone(), depth: 0 }.plan(sql).await
}

struct Planner<'a> {
    environment: &'a Environment,
    runtime: Arc<RuntimeEnv>,
    database: String,
    depth: usize,
}

impl Planner<'_> {
    async fn plan(&self, sql: &str) -> Result<Planned, Failure> {
        let query = dialect::translate_query(sql)?;
        let context = self.context()?;
        let statement = EngineStatement::Statement(Box::new(Statement::Query(Box::new(query.clone()))));
        let state = context.state();
        let references =
            state.resolve_table_references(&statement).map_err(|error| Failure::from_engine(&error, sql))?;
        for reference in references {
            let table = self.table(&reference, sql).await?;
            register(&context, &reference, &self.database, table).map_err(|error| Failure::from_engine(&error, sql))?;
        }
        let plan = context.state().statement_to_plan(statement).await;
        let plan = plan.map_err(|error| Failure::from_engine(&error, sql))?;
        let names = names(&query, &plan);
        Ok(Planned { context, plan, names })
    }

    fn context(&self) -> Result<SessionContext, Failure> {
        let config = SessionConfig::new()
            .with_default_catalog_and_schema(CATALOG, &self.database)
            .with_create_default_catalog_and_schema(false)
            .with_target_partitions(2);
        let context = SessionContext::new_with_config_rt(functions::configure(config), Arc::clone(&self.runtime));
        functions::register(&context).map_err(Failure::system)?;
        Ok(context)
    }

    async fn table(&self, reference: &TableReference, sql: &str) -> Result<Arc<dyn TableProvider>, Failure> {
        let catalog = reference.catalog().unwrap_or(CATALOG);
        let database = reference.schema().unwrap_or(&self.database).to_lowercase();
        let name = reference.table().to_lowercase();
        let place = place_of(reference.table(), sql);
        if !catalog.eq_ignore_ascii_case(CATALOG) {
            return Err(Failure::user("CATALOG_NOT_FOUND", format_args!("{place}Catalog '{catalog}' does not exist")));
        }
        if database == information_schema::NAME {
            return information_schema::table(&self.environment.catalog, &name, &place);
        }
        if let Some(base) = name.strip_suffix("$partitions") {
            let definition = TableDefinition::new(&self.entry(&database, base, &place)?)?;
            return information_schema::partitions(&self.environment.catalog, &definition);
        }
        let entry = self.entry(&database, &name, &place)?;
        if entry.is_view() { self.view(&entry).await } else { self.hive_table(&entry) }
    }

    fn entry(&self, database: &str, name: &str, place: &str) -> Result<Table, Failure> {
        let catalog = &self.environment.catalog;
        let missing = |_: CatalogError| match catalog.database(database) {
            Ok(_) => Failure::user(
                "TABLE_NOT_FOUND",
                format_args!("{place}Table '{CATALOG}.{database}.{name}' does not exist"),
            ),
            Err(_) => Failure::user("SCHEMA_NOT_FOUND", format_args!("{place}Schema '{database}' does not exist")),
        };
        catalog.table(database, name).map_err(missing)
    }

    fn view<'a>(&'a self, entry: &'a Table) -> BoxFuture<'a, Result<Arc<dyn TableProvider>, Failure>> {
        async move {
            if self.depth >= VIEW_DEPTH {
                return Err(Failure::user("VIEW_IS_RECURSIVE", format_args!("View '{}' nests too deeply", entry.name)));
            }
            let text = ViewText::of(entry)?;
            let inner = Planner {
                environment: self.environment,
                runtime: Arc::clone(&self.runtime),
                database: text.database,
                depth: self.depth + 1,
            };
            let planned = inner.plan(&text.sql).await?;
            let plan =
                renamed(planned.plan, &planned.names).map_err(|error| Failure::from_engine(&error, &text.sql))?;
            Ok(Arc::new(ViewTable::new(plan, Some(text.sql))) as Arc<dyn TableProvider>)
        }
        .boxed()
    }

    fn hive_table(&self, entry: &Table) -> Result<Arc<dyn TableProvider>, Failure> {
        let table = TableDefinition::new(entry)?;
        let partitions = partition_places(self.environment, &table)?;
        let mut stores = Stores::new();
        for (_, location) in &partitions {
            if !stores.contains_key(&location.bucket) {
                let store = self.environment.counted_store(&location.bucket)?;
                self.register_store(location, Arc::clone(&store))?;
                stores.insert(location.bucket.clone(), store);
            }
        }
        Ok(Arc::new(HiveTable::new(table, partitions, stores)))
    }

    fn register_store(&self, location: &Location, store: Arc<dyn ObjectStore>) -> Result<(), Failure> {
        let url = url::Url::parse(&format!("s3://{}", location.bucket)).map_err(Failure::system)?;
        self.runtime.register_object_store(&url, store);
        Ok(())
    }
}

/// The partitions to read: the registered ones, or the table's own location when it has no keys.
fn partition_places(environment: &Environment, table: &TableDefinition) -> Result<Vec<PartitionPlace>, Failure> {
    if table.partition_keys.is_empty() {
        return Ok(vec![(Vec::new(), table.location.clone())]);
    }
    let place = |partition: crate::sandbox::glue::Partition| {
        let values = partition.values.iter().zip(&table.partition_keys);
        let values = values.map(|(text, key)| partition_value(text, key)).collect::<Result<Vec<_>, _>>()?;
        let location = partition.storage_descriptor.location.unwrap_or_default();
        let location = Location::parse(&location).ok_or_else(|| {
            Failure::user(
                "HIVE_METASTORE_ERROR",
                format_args!("a partition has the location '{location}', which is not in S3"),
            )
        })?;
        Ok((values, location))
    };
    environment.catalog.partitions(&table.database, &table.name)?.into_iter().map(place).collect()
}

fn names(query: &Query, plan: &LogicalPlan) -> Vec<String> {
    let planned: Vec<String> = plan.schema().fields().iter().map(|field| field.name().clone()).collect();
    dialect::output_names(query, &planned)
}

/// The plan with its columns under Athena's names.
pub fn renamed(plan: LogicalPlan, names: &[String]) -> datafusion::error::Result<LogicalPlan> {
    let columns = plan.schema().columns().into_iter().zip(names).map(|(column, name)| Expr::Column(column).alias(name));
    let columns: Vec<Expr> = columns.collect();
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

fn register(
    context: &SessionContext,
    reference: &TableReference,
    database: &str,
    table: Arc<dyn TableProvider>,
) -> datafusion::error::Result<()> {
    let catalog_name = reference.catalog().unwrap_or(CATALOG);
    let schema_name = reference.schema().unwrap_or(database);
    let catalog = context.catalog(catalog_name).unwrap_or_else(|| {
        let catalog = Arc::new(MemoryCatalogProvider::new());
        context.register_catalog(catalog_name, Arc::clone(&catalog) as _);
        catalog
    });
    if catalog.schema(schema_name).is_none() {
        catalog.register_schema(schema_name, Arc::new(MemorySchemaProvider::new()))?;
    }
    let schema = catalog.schema(schema_name);
    schema.map_or(Ok(None), |schema| schema.register_table(reference.table().to_owned(), table)).map(|_| ())
}
