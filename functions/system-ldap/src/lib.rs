//! Directories that speak LDAP (RFC 4511): OpenLDAP and others that keep to the standard, and Active Directory. What to
//! set up there stands in docs/SYSTEMS.md; where Active Directory deviates, in `shape`, `made` and `life`.

mod answers;
mod calls;
mod directory;
mod dn;
mod entry;
mod groups;
mod life;
mod link;
mod list;
mod made;
mod memberships;
mod password;
mod probe;
mod schema;
mod shape;
mod tls;

use std::{sync::Arc, time::Duration};

use latchkey_systems::{Fault, Secret, Settings, System};

pub use link::ANSWER;

/// The kind's name in runbooks.
pub const KIND: &str = "ldap";

/// Names of the dialects, for the runbook's check and the documentation.
pub fn dialects() -> Vec<&'static str> {
    shape::DIALECTS.iter().map(|(name, _)| *name).collect()
}

/// Opens a system of this kind. Nothing is said to it before it is first asked.
///
/// # Errors
/// [`Fault::Rejected`] when address, dialect or a setting do not fit, [`Fault::Unauthorized`] when the secret is no
/// user name with a password.
pub fn open(
    settings: &Settings,
    secret: Option<Secret>,
    _http: reqwest::Client,
) -> Result<Arc<dyn System>, Fault> {
    open_within(settings, secret, ANSWER)
}

/// The same, where a call may take so long; of a search, until the next entry.
///
/// # Errors
/// Those of [`open`].
pub fn open_within(
    settings: &Settings,
    secret: Option<Secret>,
    answer: Duration,
) -> Result<Arc<dyn System>, Fault> {
    let shape = shape::Shape::of(settings)?;
    let link = link::Link::new(settings, secret, answer)?;
    Ok(Arc::new(directory::Directory::new(link, shape)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn runbooks_may_say_the_dialects_that_there_are() {
        let all = include_str!("../../../shared/runbook/kinds/ldap.yaml");
        let (_, after) = all.split_once("\ndialects:\n").unwrap();
        let lines = after.lines().take_while(|line| line.starts_with("  "));
        let said: BTreeSet<&str> = lines
            .map(|line| line.split_once(':').unwrap().0.trim())
            .collect();
        assert_eq!(said, super::dialects().into_iter().collect());
    }
}
