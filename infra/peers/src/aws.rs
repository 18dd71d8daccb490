//! AWS as others emulate it: `ministack` runs Lambda functions, DynamoDB, SNS and Secrets Manager; `moto` interprets
//! the state machine, since ministack's own interpreter is too lenient to judge by.

use std::path::Path;

use crate::{PeerError, Process, Venv, moto::moto, process::free_port, python::cache_directory};

/// The region and account that both pretend to be.
pub const REGION: &str = "eu-central-1";
/// See [`REGION`].
pub const ACCOUNT: &str = "123456789012";

/// Lambda, DynamoDB, SNS and Secrets Manager.
#[derive(Debug)]
pub struct AwsServices {
    process: Process,
}

impl AwsServices {
    /// Starts them.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn start() -> Result<AwsServices, PeerError> {
        let packages = ["ministack==1.5.33", "cryptography==50.0.2"];
        let ministack = Venv::with("peer-ministack", &packages).await?;
        let port = free_port().map_err(PeerError::machine("looking for a free port"))?;
        let log = cache_directory().join(format!("ministack-{port}.log"));
        let environment = [
            ("BIND_HOST", "127.0.0.1".to_owned()),
            ("GATEWAY_PORT", port.to_string()),
            // These two would listen on every interface.
            ("IOT_MTLS_ENABLED", "0".to_owned()),
            ("SFTP_ENABLED", "0".to_owned()),
            ("MINISTACK_REGION", REGION.to_owned()),
            ("MINISTACK_ACCOUNT_ID", ACCOUNT.to_owned()),
        ];
        let program = ministack.program("ministack");
        let process = Process::start(&program, &[], &environment, port, &log).await?;
        Ok(AwsServices { process })
    }

    /// The port at which all of them listen.
    pub fn port(&self) -> u16 {
        self.process.port
    }

    /// The endpoint of all of them.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.process.port)
    }

    /// What they printed, for a test that failed.
    pub fn output(&self) -> String {
        self.process.output()
    }
}

/// An emulated AWS.
#[derive(Debug)]
pub struct EmulatedAws {
    services: AwsServices,
    step_functions: Process,
}

impl EmulatedAws {
    /// Starts both; `moto_script` is the small program that makes moto's interpreter call functions at ministack.
    ///
    /// # Errors
    /// [`PeerError`] says what is missing on this machine.
    pub async fn start(moto_script: &Path) -> Result<EmulatedAws, PeerError> {
        let services = AwsServices::start().await?;
        let moto = moto().await?;
        let port = free_port().map_err(PeerError::machine("looking for a free port"))?;
        let log = cache_directory().join(format!("moto-{port}.log"));
        let arguments = [
            moto_script.display().to_string(),
            port.to_string(),
            services.endpoint(),
        ];
        let python = moto.program("python");
        let environment = [("AWS_DEFAULT_REGION", REGION.to_owned())];
        let step_functions = Process::start(&python, &arguments, &environment, port, &log).await?;
        Ok(EmulatedAws {
            services,
            step_functions,
        })
    }

    /// The endpoint of everything but Step Functions.
    pub fn endpoint(&self) -> String {
        self.services.endpoint()
    }

    /// The endpoint of Step Functions, and of what a definition calls beside Lambda.
    pub fn step_functions(&self) -> String {
        format!("http://127.0.0.1:{}", self.step_functions.port)
    }

    /// What both printed, for a test that failed.
    pub fn output(&self) -> String {
        format!(
            "{}\n{}",
            self.services.output(),
            self.step_functions.output()
        )
    }
}
