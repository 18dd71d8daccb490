//! Whether what lies beside a ledger is its own: secrets and letters say of which ledger they are.

use std::{fs, path::Path};

use jiff::Timestamp;
use latchkey_ledger::{Ledger, LedgerId};

use crate::{
    keys::{Keys, KeysError},
    private,
    stack::StackError,
};

/// The file in the outbox that says whose letters they are.
pub(crate) const OF_LEDGER: &str = ".ledger";

/// Gives the ledger an id where it has none, and writes it to secrets and letters that say none. Says what is another
/// ledger's.
pub(crate) async fn identify(
    ledger: &Ledger,
    keys: &Keys,
    outbox: &Path,
    now: Timestamp,
) -> Result<Vec<String>, StackError> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|e| KeysError::NoRandomness(e.to_string()))?;
    let id = ledger.identify(LedgerId::of(random), now).await?;
    let mut strangers = Vec::new();
    match keys.text(Keys::LEDGER)?.as_deref().map(LedgerId::written) {
        Some(theirs) if theirs == id => {}
        Some(theirs) => strangers.push(format!(
            "the secrets in {} are those of ledger {theirs}, and this ledger is {id}: webhooks are refused, and links in letters \
             that went out do not open, unless both are from one folder. Put the right file there; if it is meant to be so, take \
             the line `{}` out of it, and the next start writes it anew.",
            keys.path().display(),
            Keys::LEDGER
        )),
        None => {
            // A file that a hand broke stops nothing; the next start tries again.
            if let Err(problem) = keys.set(Keys::LEDGER, id.as_str().into()) {
                tracing::warn!(%problem, "the secrets file could not be marked as this ledger's");
            }
        }
    }
    let mark = outbox.join(OF_LEDGER);
    match fs::read_to_string(&mark) {
        Ok(text) if LedgerId::written(&text) == id => {}
        Ok(text) => strangers.push(format!(
            "the letters in {} are those of ledger {}, and this ledger is {id}. Put them elsewhere; if they are meant to be \
             there, delete {}, and the next start writes it anew.",
            outbox.display(),
            LedgerId::written(&text),
            mark.display()
        )),
        Err(_) => private::write(&mark, format!("{id}\n")).map_err(|problem| {
            StackError::Directory {
                path: outbox.to_owned(),
                problem: private::explained(&mark, problem),
            }
        })?,
    }
    Ok(strangers)
}

/// What follows where a ledger had no secrets beside it and has open cases: the links that were sent were signed with
/// other ones.
pub(crate) async fn without_secrets(
    ledger: &Ledger,
    keys: &Keys,
) -> Result<Option<String>, StackError> {
    let open = latchkey_runtime::all_open(ledger).await?.len();
    let path = keys.path().display();
    let cases = match open {
        0 => return Ok(None),
        1 => "1 open case".to_owned(),
        n => format!("{n} open cases"),
    };
    Ok(Some(format!(
        "there was no {path}, so that new secrets were made, and the ledger has {cases}: links in letters that went out \
             do not open, and webhooks that are signed with the old secrets are refused. Put the secrets.json of this ledger there \
             and start again; or, where it is lost, have everybody who was asked be sent a new letter: latchkey redrive --open --by NAME"
    )))
}

#[cfg(test)]
mod tests {
    use latchkey_ledger::embedded;

    use super::*;

    #[tokio::test]
    async fn secrets_and_letters_of_another_ledger_are_named_and_what_says_nothing_is_this_one_s() {
        let folder = tempfile::tempdir().unwrap();
        let (secrets, outbox) = (folder.path().join("secrets.json"), folder.path());
        let now = Timestamp::UNIX_EPOCH;
        let keys = Keys::open(&secrets).unwrap();
        let ledger = embedded::open(None).await.unwrap();
        for _ in 0..2 {
            let strangers = identify(&ledger, &keys, outbox, now).await.unwrap();
            assert_eq!(strangers, [""; 0]);
        }
        let id = ledger.id().await.unwrap().unwrap();
        assert_eq!(
            keys.text("systems/ledger/id").unwrap(),
            None,
            "it is no system's secret"
        );
        assert_eq!(keys.text("ledger/id").unwrap().unwrap(), id.as_str());
        // The file is opened again as any start does, and what is there stays where it is.
        let keys = Keys::open(&secrets).unwrap();
        assert_eq!(keys.text("ledger/id").unwrap().unwrap(), id.as_str());

        let other = embedded::open(None).await.unwrap();
        let strangers = identify(&other, &keys, outbox, now).await.unwrap();
        let own = other.id().await.unwrap().unwrap();
        assert_eq!(strangers.len(), 2);
        for stranger in &strangers {
            assert!(
                stranger.contains(id.as_str()) && stranger.contains(own.as_str()),
                "{stranger}"
            );
        }
        // Nothing was written over.
        let strangers = identify(&ledger, &keys, outbox, now).await.unwrap();
        assert_eq!(strangers, [""; 0]);
    }
}
