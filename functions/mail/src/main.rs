//! The Lambda: builds its clients once and runs.

// The SDK's futures are nested deeper than the default allows.
#![recursion_limit = "256"]

use jiff::SignedDuration;
use latchkey_runtime::{Clock, Runbooks, WallClock, aws};

/// The function's own time is a minute: what is left goes out with the next call.
const LIMIT_SECONDS: u32 = 40;

/// How long a call has the turn at most: the function's time limit, so that who was killed keeps nobody waiting.
const TURN: SignedDuration = SignedDuration::from_secs(60);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::start_tracing();
    let config = aws::config().await;
    let ledger = aws::ledger(&config)?;
    let mail = aws::mail(&config)?;
    let runbooks = Runbooks::default();
    // The schedule and the table's stream say nothing that matters: the queue does.
    aws::run(async |mut request: mail::Request| {
        let deps = mail::Deps {
            ledger: &ledger,
            clock: &WallClock,
            runbooks: &runbooks,
            mail: &mail,
            rest: mail::REST,
        };
        request.limit_seconds = Some(LIMIT_SECONDS);
        if request.alert.is_some() {
            return mail::handle(&deps, &request).await;
        }
        // Schedule and stream come at once. A reservation of one would do the same, and an account whose limit is ten,
        // as a new one's is, gives none.
        let now = WallClock.now();
        let until = now.saturating_add(TURN).unwrap_or(now);
        let Some(turn) = ledger.take_mail_turn(now, until).await? else {
            return Ok(mail::Report::default());
        };
        let sent = mail::handle(&deps, &request).await;
        ledger.give_mail_turn_back(turn).await?;
        sent
    })
    .await
}
