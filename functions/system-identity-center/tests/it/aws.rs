//! Clients and settings for a server on this machine.

use std::{collections::BTreeMap, sync::Arc};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_identitystore::config::{Credentials, SharedCredentialsProvider};
use latchkey_peers::REGION;
use latchkey_systems::{Fault, Settings, System};
use serde_json::Value;
use system_identity_center::{Clients, open_with};

pub(crate) fn clients(port: u16) -> Clients {
    let credentials = Credentials::new("none", "none", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .endpoint_url(format!("http://127.0.0.1:{port}"))
        .retry_config(RetryConfig::disabled())
        .credentials_provider(SharedCredentialsProvider::new(credentials));
    Clients::new(&config.build())
}

pub(crate) fn open(port: u16, settings: Value) -> Result<Arc<dyn System>, Fault> {
    let settings: BTreeMap<String, Value> = serde_json::from_value(settings).unwrap();
    let settings = Settings {
        id: "aws".into(),
        name: "AWS".into(),
        settings,
        ..Settings::default()
    };
    open_with(&settings, clients(port))
}
