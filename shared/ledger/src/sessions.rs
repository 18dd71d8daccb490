//! Who signed in, and links to sign in with. What works as a password is kept by its digest only.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Ledger, LedgerError, keys, ledger::Committed, row::Row, store::When};

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

    /// Writes a session, by the digest of its secret part.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be written.
    pub async fn keep_session(&self, digest: &str, session: &Session) -> Result<(), LedgerError> {
        let key = keys::session(&session.address, digest);
        let write = self.put(&key, session, When::Always, &[])?;
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
    ) -> Result<Option<Session>, LedgerError> {
        self.get(&keys::session(address, digest)).await
    }

    /// Ends all sessions of an address.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read or written.
    pub async fn end_sessions(&self, address: &str, now: Timestamp) -> Result<(), LedgerError> {
        let partition = keys::sessions_partition(address);
        for item in self.items(&partition, keys::SESSION_PREFIX).await? {
            let mut session: Session = crate::ledger::read(&item)?;
            if session.ended.is_none() {
                session.ended = Some(now);
                let write = self.put(&item.key, &session, When::Always, &[])?;
                self.commit(vec![write]).await?;
            }
        }
        Ok(())
    }
}

#[cfg(all(test, feature = "embedded"))]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::embedded;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
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
        let session = |address: &str| Session {
            address: address.to_owned(),
            name: "Ada King".to_owned(),
            groups: Vec::new(),
            began: at(0),
            seen: at(0),
            ended: None,
        };
        for (address, digest) in [
            ("a@x.example", "1"),
            ("a@x.example", "2"),
            ("b@x.example", "1"),
        ] {
            ledger
                .keep_session(digest, &session(address))
                .await
                .unwrap();
        }
        ledger.end_sessions("a@x.example", at(3)).await.unwrap();
        let ended = async |address: &str, digest: &str| {
            ledger
                .find_session(address, digest)
                .await
                .unwrap()
                .and_then(|session| session.ended)
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
}
