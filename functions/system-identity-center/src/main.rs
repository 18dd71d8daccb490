//! The Lambda: carries tasks out in systems of this kind.

// The SDK's futures are nested deeper than the default allows.
#![recursion_limit = "256"]

use latchkey_runtime::aws;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::serve_system(system_identity_center::open).await
}
