//! What a command line that was built without AWS says when it is to reach there.

/// The feature `aws` was left out: none of AWS's SDKs, which take longer to compile than all else, is in this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this command line was built without AWS; build it with `cargo build --release -p latchkey --features aws`"
)]
pub struct WithoutAws;
