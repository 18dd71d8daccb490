//! AWS by its SDKs, with the credentials of whoever runs the command.

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::{BehaviorVersion, SdkConfig};
use jiff::Timestamp;
use latchkey_decisions::AwsSources;
use latchkey_ledger::Ledger;
use latchkey_runtime::{
    Failure, Workflow,
    aws::{SecretsManager, StateMachine},
};

use crate::{Aws, StackSecrets};

/// An account, by the SDK's whole chain: environment, profiles, single sign-on.
pub(crate) struct Account(SdkConfig);

impl Account {
    pub(crate) async fn of_environment() -> Account {
        Account(aws_config::load_defaults(BehaviorVersion::latest()).await)
    }
}

#[async_trait]
impl Aws for Account {
    fn ledger(&self, table: &str) -> Ledger {
        Ledger::new(aws_sdk_dynamodb::Client::new(&self.0), table)
    }

    fn secrets(&self, prefix: &str) -> Arc<dyn StackSecrets> {
        Arc::new(SecretsManager::new(&self.0, prefix))
    }

    fn machine(&self, arn: &str) -> Arc<dyn Workflow> {
        Arc::new(StateMachine::new(&self.0, arn))
    }

    async fn await_offer(
        &self,
        stack: &str,
        source: &str,
        until: Timestamp,
    ) -> Result<bool, Failure> {
        let secrets = SecretsManager::new(&self.0, format!("{stack}/"));
        AwsSources::new(secrets).await_offer(source, until).await
    }
}

#[async_trait]
impl StackSecrets for SecretsManager {
    async fn text(&self, name: &str) -> Result<Option<String>, Failure> {
        SecretsManager::text(self, name).await
    }

    async fn put(&self, name: &str, text: &str) -> Result<bool, Failure> {
        SecretsManager::put(self, name, text).await
    }
}
