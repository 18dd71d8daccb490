//! AWS Lambda on this machine, with a function in it.

use std::{io::Write, path::PathBuf, sync::Arc};

use aws_config::BehaviorVersion;
use aws_sdk_lambda::{
    Client,
    config::{Credentials, Region, retry::RetryConfig},
    primitives::Blob,
    types::{Environment, FunctionCode, Runtime, State},
};
use latchkey_peers::{ACCOUNT, AwsServices, PeerError, REGION, cache_directory};
use latchkey_systems::{Fault, Settings, System};
use serde_json::json;

pub(crate) const FUNCTION: &str = "latchkey-own-stock";
/// How often, at most, and how soon again a function is looked at that is being made.
const LOOKS: usize = 400;
const LOOK: std::time::Duration = std::time::Duration::from_millis(25);

/// AWS with one function.
pub(crate) struct Aws {
    services: AwsServices,
    accounts: PathBuf,
}

impl Drop for Aws {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.accounts);
    }
}

impl Aws {
    /// Makes a function of the text of a Python module; `page` is how many accounts it lists at once.
    pub(crate) async fn with(handler: &str, page: usize) -> Result<Aws, PeerError> {
        let services = AwsServices::start().await?;
        let accounts = cache_directory().join(format!("own-{}.db", services.port()));
        let _ = std::fs::remove_file(&accounts);
        let aws = Aws { services, accounts };
        let environment = Environment::builder()
            .variables("ACCOUNTS", aws.accounts.display().to_string())
            .variables("PAGE", page.to_string())
            .build();
        let client = aws.client(aws.port());
        let code = FunctionCode::builder()
            .zip_file(Blob::new(package(handler)))
            .build();
        let made = client
            .create_function()
            .function_name(FUNCTION)
            .runtime(Runtime::Python311)
            .handler("handler.handler")
            .role(format!("arn:aws:iam::{ACCOUNT}:role/none"))
            .timeout(20)
            .environment(environment)
            .code(code);
        made.send().await.unwrap();
        let mut look = tokio::time::interval(LOOK);
        for _ in 0..LOOKS {
            look.tick().await;
            let seen = client
                .get_function()
                .function_name(FUNCTION)
                .send()
                .await
                .unwrap();
            let state = seen.configuration().and_then(|c| c.state()).cloned();
            if state.is_none_or(|state| state == State::Active) {
                break;
            }
        }
        Ok(aws)
    }

    pub(crate) fn port(&self) -> u16 {
        self.services.port()
    }

    fn client(&self, port: u16) -> Client {
        let config = aws_sdk_lambda::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static(REGION))
            .endpoint_url(format!("http://127.0.0.1:{port}"))
            .retry_config(RetryConfig::disabled())
            .credentials_provider(Credentials::new("none", "none", None, None, "test"))
            .build();
        Client::from_conf(config)
    }

    /// The system, as it is met at a port.
    pub(crate) fn open(&self, port: u16, function: &str) -> Result<Arc<dyn System>, Fault> {
        let settings = Settings {
            id: "stock".into(),
            name: "Stock".into(),
            settings: [("function".to_owned(), json!(function))].into(),
            ..Settings::default()
        };
        system_lambda::open_with(&settings, self.client(port))
    }
}

fn package(handler: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .unix_permissions(0o644);
    zip.start_file("handler.py", options).unwrap();
    zip.write_all(handler.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}
