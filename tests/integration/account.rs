//! What an account holds, asked by the calls that anybody would make.

use std::collections::BTreeSet;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

/// An account behind an endpoint.
pub struct Account {
    sdk: SdkConfig,
    runtime: tokio::runtime::Runtime,
}

/// What it held at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holding {
    /// `bucket/key`.
    pub objects: BTreeSet<String>,
    /// ARNs of executions that were running.
    pub running: Vec<String>,
    /// `database.table`.
    pub tables: BTreeSet<String>,
}

impl Account {
    pub fn at(endpoint: &str) -> Self {
        let credentials = Credentials::from_keys("test", "test", None);
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .endpoint_url(endpoint)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        Self { sdk, runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap() }
    }

    /// Everything of one moment, but for objects that are of no interest, by `bucket/key`.
    pub fn holds(&self, is_ignored: impl Fn(&str) -> bool) -> Holding {
        self.runtime.block_on(async {
            let mut objects = self.objects().await;
            objects.retain(|object| !is_ignored(object));
            Holding { objects, running: self.running().await, tables: self.tables().await }
        })
    }

    async fn objects(&self) -> BTreeSet<String> {
        let config = aws_sdk_s3::config::Builder::from(&self.sdk).force_path_style(true).build();
        let s3 = aws_sdk_s3::Client::from_conf(config);
        let mut objects = BTreeSet::new();
        let buckets = s3.list_buckets().send().await.unwrap();
        for bucket in buckets.buckets().iter().filter_map(|bucket| bucket.name()) {
            let mut pages = s3.list_objects_v2().bucket(bucket).into_paginator().send();
            while let Some(page) = pages.next().await {
                objects.extend(page.unwrap().contents().iter().map(|o| format!("{bucket}/{}", o.key().unwrap())));
            }
        }
        objects
    }

    async fn running(&self) -> Vec<String> {
        let sfn = aws_sdk_sfn::Client::new(&self.sdk);
        let machines = sfn.list_state_machines().send().await.unwrap();
        let mut running = Vec::new();
        let standard = aws_sdk_sfn::types::StateMachineType::Standard;
        for machine in machines.state_machines().iter().filter(|machine| *machine.r#type() == standard) {
            let status = aws_sdk_sfn::types::ExecutionStatus::Running;
            let call = sfn.list_executions().state_machine_arn(machine.state_machine_arn()).status_filter(status);
            let page = call.send().await.unwrap();
            running.extend(page.executions().iter().map(|execution| execution.execution_arn().to_owned()));
        }
        running
    }

    async fn tables(&self) -> BTreeSet<String> {
        let athena = aws_sdk_athena::Client::new(&self.sdk);
        let databases = athena.list_databases().catalog_name("AwsDataCatalog").send().await.unwrap();
        let mut tables = BTreeSet::new();
        for database in databases.database_list().iter().map(aws_sdk_athena::types::Database::name) {
            let call = athena.list_table_metadata().catalog_name("AwsDataCatalog").database_name(database);
            let listed = call.send().await.unwrap();
            tables.extend(listed.table_metadata_list().iter().map(|table| format!("{database}.{}", table.name())));
        }
        tables
    }
}
