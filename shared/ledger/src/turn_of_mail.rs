//! Whose turn it is to send letters, where several processes may be called to.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Ledger, LedgerError, keys, ledger::Committed, row::Row};

/// The turn to send letters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailTurn {
    /// Until when somebody has it, at most (UTC).
    until: Option<Timestamp>,
}

impl Ledger {
    /// Takes the turn to send letters, until this instant at most; `None` while somebody else has it. Two who send at
    /// once would send each letter twice.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn take_mail_turn(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Row<MailTurn>>, LedgerError> {
        let found: Option<Row<MailTurn>> = self.get(&keys::mail_turn()).await?;
        let mut row = found.unwrap_or_else(|| Row::new(MailTurn::default()));
        if row.item.until.is_some_and(|until| now < until) {
            return Ok(None);
        }
        row.item.until = Some(until);
        let write = self.put_row(&keys::mail_turn(), &mut row, &[])?;
        let mine = self.commit(vec![write]).await? == Committed::Yes;
        Ok(mine.then_some(row))
    }

    /// Gives the turn back before its time, unless it has ended and somebody else has it.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn give_mail_turn_back(&self, mut row: Row<MailTurn>) -> Result<(), LedgerError> {
        row.item.until = None;
        let write = self.put_row(&keys::mail_turn(), &mut row, &[])?;
        let _somebody_elses = self.commit(vec![write]).await?;
        Ok(())
    }
}

#[cfg(all(test, feature = "embedded"))]
mod tests {
    use jiff::SignedDuration;

    use crate::embedded;

    #[tokio::test]
    async fn one_at_a_time_sends_and_who_died_keeps_nobody_waiting_for_long() {
        let ledger = embedded::open(None).await.unwrap();
        let now = "2026-11-23T07:00:00Z".parse().unwrap();
        let later = |seconds| now + SignedDuration::from_secs(seconds);
        let mine = ledger.take_mail_turn(now, later(60)).await.unwrap();
        let theirs = ledger.take_mail_turn(later(1), later(61)).await.unwrap();
        assert!(mine.is_some() && theirs.is_none());
        ledger.give_mail_turn_back(mine.unwrap()).await.unwrap();
        // The next one dies, and the one after it comes when its time is over.
        let dies = ledger.take_mail_turn(later(2), later(62)).await.unwrap();
        assert!(
            ledger
                .take_mail_turn(later(61), later(121))
                .await
                .unwrap()
                .is_none()
        );
        let next = ledger.take_mail_turn(later(62), later(122)).await.unwrap();
        assert!(next.is_some());
        // Whoever was only slow takes nothing back from it.
        ledger.give_mail_turn_back(dies.unwrap()).await.unwrap();
        assert!(
            ledger
                .take_mail_turn(later(63), later(123))
                .await
                .unwrap()
                .is_none()
        );
    }
}
