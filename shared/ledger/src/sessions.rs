//! Who signed in, and links to sign in with. What works as a password is kept by its digest only.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Ledger, LedgerError, keys,
    ledger::{Committed, read},
    row::Row,
};

/// A session of whoever signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Their work e-mail address, in lower case.
    pub address: String,
    /// Their name.
    pub name: String,
    /// Their groups, by the provider that they signed in with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// When they signed in (UTC).
    pub began: Timestamp,
    /// When they were last seen, to the minute or so (UTC).
    pub seen: Timestamp,
    /// When it was ended by them (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
}

/// A link that somebody signs in with, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignInLink {
    /// Whose it is, in lower case.
    pub address: String,
    /// Their name.
    pub name: String,
    /// Until when it is good (UTC).
    pub until: Timestamp,
    /// When it was used (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Timestamp>,
}

impl Ledger {
    /// Keeps a link, by the digest of its secret part.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn keep_sign_in_link(
        &self,
        digest: &str,
        link: &SignInLink,
    ) -> Result<(), LedgerError> {
        let mut row = Row::new(link.clone());
        let write = self.put_row(&keys::sign_in_link(digest), &mut row, &[])?;
        self.commit(vec![write]).await?;
        Ok(())
    }

    /// Uses a link, where there is one that is good and was not used: of two who come at once one gets it.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn use_sign_in_link(
        &self,
        digest: &str,
        now: Timestamp,
    ) -> Result<Option<SignInLink>, LedgerError> {
        let key = keys::sign_in_link(digest);
        let found: Option<Row<SignInLink>> = self.get(&key).await?;
        let good = found.filter(|row| row.item.used.is_none() && now < row.item.until);
        let Some(mut row) = good else {
            return Ok(None);
        };
        row.item.used = Some(now);
        let write = self.put_row(&key, &mut row, &[])?;
        let mine = self.commit(vec![write]).await? == Committed::Yes;
        Ok(mine.then_some(row.item))
    }

    /// Begins a session, by the digest of its secret part.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn begin_session(&self, digest: &str, session: &Session) -> Result<(), LedgerError> {
        let key = keys::session(&session.address, digest);
        let mut row = Row::new(session.clone());
        let write = self.put_first(&key, &mut row, &[])?;
        self.commit(vec![write]).await?;
        Ok(())
    }

    /// A session of an address, ended or not.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn find_session(
        &self,
        address: &str,
        digest: &str,
    ) -> Result<Option<Row<Session>>, LedgerError> {
        let found: Option<Kept> = self.get(&keys::session(address, digest)).await?;
        Ok(found.map(Kept::row))
    }

    /// Notes that somebody was seen in a session that was read a moment ago. Only where nobody wrote to it since: of
    /// several pages at once one notes it, and a session that was ended meanwhile stays ended.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn note_seen(
        &self,
        digest: &str,
        mut row: Row<Session>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        row.item.seen = now;
        let key = keys::session(&row.item.address, digest);
        let write = self.put_row(&key, &mut row, &[])?;
        let _somebody_else_did = self.commit(vec![write]).await?;
        Ok(())
    }

    /// Ends a session, where it is there and has not ended.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn end_session(
        &self,
        address: &str,
        digest: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let key = keys::session(address, digest);
        loop {
            let Some(mut row) = self.find_session(address, digest).await? else {
                return Ok(());
            };
            if row.item.ended.is_some() {
                return Ok(());
            }
            row.item.ended = Some(now);
            let write = match row.version {
                0 => self.put_first(&key, &mut row, &[])?,
                _ => self.put_row(&key, &mut row, &[])?,
            };
            if self.commit(vec![write]).await? == Committed::Yes {
                return Ok(());
            }
        }
    }

    /// Ends all sessions of an address.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn end_sessions(&self, address: &str, now: Timestamp) -> Result<(), LedgerError> {
        let partition = keys::sessions_partition(address);
        for item in self.items(&partition, keys::SESSION_PREFIX).await? {
            let row = read::<Kept>(&item)?.row();
            if let (None, Some(digest)) = (row.item.ended, keys::session_of(&item.key.sk)) {
                self.end_session(address, digest, now).await?;
            }
        }
        Ok(())
    }
}

/// A session as it stands in the table. One of an earlier release stands there without a version: whoever is seen in it is
/// not noted any more, and it ends as if nothing had been done since.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kept {
    Row(Row<Session>),
    Bare(Session),
}

impl Kept {
    fn row(self) -> Row<Session> {
        match self {
            Kept::Row(row) => row,
            Kept::Bare(session) => Row::new(session),
        }
    }
}

#[cfg(all(test, feature = "embedded"))]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::{embedded, store::When};

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn session(address: &str) -> Session {
        Session {
            address: address.to_owned(),
            name: "Ada King".to_owned(),
            groups: Vec::new(),
            began: at(0),
            seen: at(0),
            ended: None,
        }
    }

    #[tokio::test]
    async fn a_link_is_good_once_and_for_a_time() {
        let ledger = embedded::open(None).await.unwrap();
        let link = SignInLink {
            address: "ada.king@acme.example".to_owned(),
            name: "Ada King".to_owned(),
            until: at(15),
            used: None,
        };
        ledger.keep_sign_in_link("one", &link).await.unwrap();
        ledger.keep_sign_in_link("two", &link).await.unwrap();
        let uses = async |digest: &str, minutes| {
            let used = ledger.use_sign_in_link(digest, at(minutes)).await.unwrap();
            used.map(|link| link.name)
        };
        assert_eq!(uses("one", 1).await.as_deref(), Some("Ada King"));
        assert_eq!(uses("one", 2).await, None);
        assert_eq!(uses("two", 15).await, None);
        assert_eq!(uses("three", 1).await, None);
    }

    #[tokio::test]
    async fn sessions_of_an_address_end_together_and_leave_those_of_others() {
        let ledger = embedded::open(None).await.unwrap();
        for (address, digest) in [
            ("a@x.example", "1"),
            ("a@x.example", "2"),
            ("b@x.example", "1"),
        ] {
            let begun = ledger.begin_session(digest, &session(address)).await;
            begun.unwrap();
        }
        ledger.end_sessions("a@x.example", at(3)).await.unwrap();
        let ended = async |address: &str, digest: &str| {
            ledger
                .find_session(address, digest)
                .await
                .unwrap()
                .and_then(|row| row.item.ended)
        };
        assert_eq!(ended("a@x.example", "1").await, Some(at(3)));
        assert_eq!(ended("a@x.example", "2").await, Some(at(3)));
        assert_eq!(ended("b@x.example", "1").await, None);
        assert!(
            ledger
                .find_session("b@x.example", "2")
                .await
                .unwrap()
                .is_none()
        );
    }

    /// A page that was asked for before somebody signed out, and is answered after it, does not sign them in again.
    #[tokio::test]
    async fn whoever_is_seen_late_revives_no_session_that_was_ended() {
        let ledger = embedded::open(None).await.unwrap();
        let session = session("a@x.example");
        ledger.begin_session("1", &session).await.unwrap();
        let read = async || {
            ledger
                .find_session("a@x.example", "1")
                .await
                .unwrap()
                .unwrap()
        };
        let (one, other) = (read().await, read().await);
        ledger.note_seen("1", one, at(7)).await.unwrap();
        assert_eq!(read().await.item.seen, at(7));
        // Of two pages at once one is noted.
        ledger.note_seen("1", other, at(9)).await.unwrap();
        assert_eq!(read().await.item.seen, at(7));
        let before = read().await;
        ledger
            .end_session("a@x.example", "1", at(10))
            .await
            .unwrap();
        ledger.note_seen("1", before, at(11)).await.unwrap();
        let after = read().await.item;
        assert_eq!((after.seen, after.ended), (at(7), Some(at(10))));
    }

    #[tokio::test]
    async fn a_session_of_an_earlier_release_is_good_and_ends() {
        let ledger = embedded::open(None).await.unwrap();
        let session = session("a@x.example");
        let key = keys::session("a@x.example", "1");
        let write = ledger.put(&key, &session, When::Always, &[]).unwrap();
        ledger.commit(vec![write]).await.unwrap();
        let read = async || {
            ledger
                .find_session("a@x.example", "1")
                .await
                .unwrap()
                .unwrap()
        };
        assert_eq!(read().await.item, session);
        ledger.note_seen("1", read().await, at(7)).await.unwrap();
        ledger.end_sessions("a@x.example", at(8)).await.unwrap();
        let after = read().await.item;
        assert_eq!((after.seen, after.ended), (at(0), Some(at(8))));
    }
}
