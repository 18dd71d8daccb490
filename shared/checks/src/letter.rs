//! A letter to oneself: the way that all letters go, for whoever wants to see one arrive.

use jiff::Timestamp;
use latchkey_ledger::{Ledger, LedgerError};
use latchkey_lifecycle::{Letter, LetterId, QueuedLetter};
use latchkey_runbook::Runbook;

/// Puts a letter to an address into the queue; at most one a minute to each. Where letters go by a topic, everybody gets
/// it who is subscribed as an operator.
///
/// # Errors
/// [`LedgerError`] when it cannot be written.
pub async fn to_oneself(
    ledger: &Ledger,
    runbook: &Runbook,
    address: &str,
    now: Timestamp,
) -> Result<(), LedgerError> {
    let minute = now.as_second().div_euclid(60);
    let text = format!(
        "Hello,\n\nsomebody who sets up Latchkey for {} asked for this letter to {address}. That it is here says that letters leave and \
         arrive. If it was found among unwanted mail, let whoever looks after the mail know: what teams are asked would lie there, \
         too.\n\nNothing else is asked of you.\n",
        runbook.company()
    );
    let team = runbook.operations_team().to_string();
    let letter = Letter::new(team, address, "Latchkey: a letter to yourself", text);
    let id = LetterId::of(&[&"letter to oneself", &address, &minute]);
    let letter = QueuedLetter::new(id, letter, None, now);
    ledger.write_letters(&[letter]).await
}
