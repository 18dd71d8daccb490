//! What people set for themselves, each change with its audit record in the same transaction.

use std::collections::BTreeMap;

use latchkey_lifecycle::{AuditBody, AuditRecord, OwnSettings, verify_chain};

use crate::{
    Ledger, LedgerError, Trail, keys,
    ledger::{Committed, read},
    row::Row,
    ways_to_records::Chain,
};

impl Ledger {
    /// What somebody set for themselves, by their work e-mail address in lower case; nothing yet, where there is none.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn own_settings(&self, address: &str) -> Result<Row<OwnSettings>, LedgerError> {
        let found = self.get(&keys::own(address)).await?;
        Ok(found.unwrap_or_else(|| {
            Row::new(OwnSettings {
                address: address.to_owned(),
                ..OwnSettings::default()
            })
        }))
    }

    /// The same of several, by address, in few calls; without those who set nothing.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn own_settings_of(
        &self,
        addresses: &[&str],
    ) -> Result<BTreeMap<String, OwnSettings>, LedgerError> {
        let mut keys: Vec<_> = addresses.iter().map(|one| keys::own(one)).collect();
        // A read takes a key once.
        keys.sort_by(|a, b| a.pk.cmp(&b.pk));
        keys.dedup();
        let items = self.get_all(keys).await?;
        let rows = items.iter().map(read::<Row<OwnSettings>>);
        let settings = rows.map(|row| row.map(|row| (row.item.address.clone(), row.item)));
        settings.collect()
    }

    /// Changes what somebody set. `change` gets it as it is now, and returns it as it should be with what to record, or
    /// why not. It runs again when somebody else wrote in between.
    ///
    /// # Errors
    /// The reason of `change`, or that the table cannot be read or written.
    pub async fn change_own_settings<E: From<LedgerError>>(
        &self,
        address: &str,
        change: impl Fn(&OwnSettings) -> Result<(OwnSettings, AuditBody), E>,
    ) -> Result<OwnSettings, E> {
        loop {
            let before = self.own_settings(address).await?;
            let (after, body) = change(&before.item)?;
            let mut row = Row {
                item: after,
                ..before
            };
            let record = row.chain(body);
            let key = keys::own(address);
            let index = [
                ("gsi1pk", keys::OWN_SHELF.to_owned()),
                ("gsi1sk", address.to_owned()),
            ];
            let mut writes = vec![self.put_row(&key, &mut row, &index)?];
            self.put_record(Chain::Own(address), &record, &mut writes)?;
            if self.commit(writes).await? == Committed::Yes {
                return Ok(row.item);
            }
        }
    }

    /// What somebody changed in their settings, checked against its head.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn own_trail(&self, address: &str) -> Result<Trail, LedgerError> {
        let head = self.own_settings(address).await?;
        let partition = keys::own(address).pk;
        let records: Vec<AuditRecord> = self.query(&partition, keys::AUDIT_PREFIX).await?;
        let fault = verify_chain(&records, head.audit_seq, &head.audit_hash).err();
        Ok(Trail {
            task: None,
            records,
            fault: fault.map(|f| f.to_string()),
        })
    }
}

#[cfg(all(test, feature = "embedded"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use jiff::{Timestamp, civil::date};
    use latchkey_lifecycle::{Absence, TrailOf, What};
    use serde_json::json;

    use super::*;
    use crate::{AuditRound, embedded};

    const ADA: &str = "ada.king@acme.example";

    fn away(settings: &OwnSettings) -> Result<(OwnSettings, AuditBody), LedgerError> {
        let absence = Absence {
            from: date(2026, 12, 23),
            until: date(2027, 1, 3),
            stand_in: None,
        };
        let mut after = settings.clone();
        after.absences.push(absence);
        let record = AuditBody {
            at: Timestamp::UNIX_EPOCH,
            by: "Ada King".into(),
            what: What::Away,
            text: "Ada King is away.".into(),
            detail: json!({}),
        };
        Ok((after, record))
    }

    #[tokio::test]
    async fn a_change_is_recorded_and_one_past_the_trail_is_found() {
        let ledger = embedded::open(None).await.unwrap();
        for _ in 0..2 {
            ledger.change_own_settings(ADA, away).await.unwrap();
        }
        let all = ledger.own_settings_of(&[ADA, "ben@acme.example", ADA]);
        let all = all.await.unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!(all[ADA].absences.len(), 2);
        let trail = ledger.own_trail(ADA).await.unwrap();
        assert_eq!((trail.records.len(), trail.fault), (2, None));
        assert_eq!(faults(&ledger).await, []);

        let mut row = ledger.own_settings(ADA).await.unwrap();
        row.item.absences[0].stand_in = Some("mallory@acme.example".to_owned());
        let index = [
            ("gsi1pk", keys::OWN_SHELF.to_owned()),
            ("gsi1sk", ADA.to_owned()),
        ];
        let past = ledger.put_row(&keys::own(ADA), &mut row, &index).unwrap();
        ledger.commit(vec![past]).await.unwrap();
        let of = TrailOf::Own(ADA.to_owned());
        assert_eq!(faults(&ledger).await, std::slice::from_ref(&of));
        let again = ledger.audit_again(&of.to_string()).await.unwrap();
        assert_eq!(again.len(), 1);
    }

    async fn faults(ledger: &Ledger) -> Vec<TrailOf> {
        let (mut round, mut all) = (Some(AuditRound::default()), Vec::new());
        while let Some(at) = round {
            let page = ledger.audit_page(&at, 100).await.unwrap();
            all.extend(page.faults.into_iter().map(|fault| fault.of));
            round = page.next;
        }
        all
    }
}
