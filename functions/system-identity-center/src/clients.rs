//! The two APIs of Identity Center.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, Region, SdkConfig, retry::RetryConfig, sts::AssumeRoleProvider,
    timeout::TimeoutConfig,
};
use aws_sdk_identitystore::config::SharedCredentialsProvider;

/// How long one call may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How the sessions of the assumed role are called in the company's own log of what was done.
const SESSION: &str = "latchkey";

/// The two APIs of Identity Center: users and groups are the Identity Store's, assignments to accounts its own.
#[derive(Debug, Clone)]
pub struct Clients {
    /// The Identity Store.
    pub store: aws_sdk_identitystore::Client,
    /// IAM Identity Center itself.
    pub admin: aws_sdk_ssoadmin::Client,
}

impl Clients {
    /// Both for the same account, region and credentials.
    pub fn new(config: &SdkConfig) -> Clients {
        Clients {
            store: aws_sdk_identitystore::Client::new(config),
            admin: aws_sdk_ssoadmin::Client::new(config),
        }
    }

    /// Both as the environment says, in another region and with another role where the runbook names them.
    pub(crate) async fn of(region: Option<&str>, role: Option<&str>) -> Clients {
        let timeouts = TimeoutConfig::builder().operation_timeout(LIMIT).build();
        let mut config = aws_config::defaults(BehaviorVersion::latest())
            // The workflow tries again.
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts);
        if let Some(region) = region {
            config = config.region(Region::new(region.to_owned()));
        }
        let config = config.load().await;
        let Some(role) = role else {
            return Clients::new(&config);
        };
        let provider = AssumeRoleProvider::builder(role)
            .session_name(SESSION)
            .configure(&config)
            .build()
            .await;
        let provider = SharedCredentialsProvider::new(provider);
        let config = config.into_builder().credentials_provider(provider);
        Clients::new(&config.build())
    }
}
