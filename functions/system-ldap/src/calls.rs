//! What is said to a server.

use std::{collections::HashSet, time::Duration};

use ldap3::{
    Ldap, LdapError, LdapResult, Mod, Scope,
    controls::{MatchedValues, PagedResults, RawControl},
    result::Result,
};

use crate::{
    answers::code,
    dn::Dn,
    entry::{ENTRY, Entry, references},
};

/// MS-ADTS 3.1.1.3.4.1.8, which OpenLDAP knows, too: a value that is there already, or is not there to be removed, is
/// no error. Who does not know it ignores it, and says 20 or 16.
const PERMISSIVE_MODIFY: &str = "1.2.840.113556.1.4.1413";

/// One change of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Set {
    /// This value as well.
    Add(String, Vec<u8>),
    /// Not this value.
    Remove(String, Vec<u8>),
    /// This value alone, or none at all.
    To(String, Option<Vec<u8>>),
}

impl Set {
    /// This text alone, or none at all.
    pub(crate) fn to(name: &str, value: Option<&str>) -> Set {
        Set::To(
            name.to_owned(),
            value.map(|value| value.as_bytes().to_vec()),
        )
    }

    /// This text as well.
    pub(crate) fn add(name: &str, value: &str) -> Set {
        Set::Add(name.to_owned(), value.as_bytes().to_vec())
    }

    /// Not this text.
    pub(crate) fn remove(name: &str, value: &str) -> Set {
        Set::Remove(name.to_owned(), value.as_bytes().to_vec())
    }

    fn on_the_wire(&self) -> Mod<Vec<u8>> {
        match self {
            Set::Add(name, value) => Mod::Add(name.clone().into(), [value.clone()].into()),
            Set::Remove(name, value) => Mod::Delete(name.clone().into(), [value.clone()].into()),
            Set::To(name, value) => {
                let value: HashSet<Vec<u8>> = value.iter().cloned().collect();
                Mod::Replace(name.clone().into(), value)
            }
        }
    }
}

/// Which entries of an answer are kept: what was asked for, whatever the server makes of the filter.
pub(crate) type Keep = Box<dyn Fn(&Entry) -> bool + Send + Sync>;

/// Where a page begins, as the server said (RFC 2696). It means something on the connection only on which it was said:
/// on another one OpenLDAP refuses it, and 389 Directory Server takes it for a list without anything.
#[derive(Clone)]
pub(crate) struct Cookie {
    pub(crate) bytes: Vec<u8>,
    pub(crate) on: u64,
}

/// A search.
pub(crate) struct Search {
    pub(crate) base: String,
    pub(crate) scope: Scope,
    pub(crate) filter: String,
    pub(crate) attributes: Vec<String>,
    pub(crate) keep: Keep,
    /// Entries on a page, and where it begins; `None` for the first.
    pub(crate) page: Option<(usize, Option<Cookie>)>,
    /// Only values that this filter lets through, where the server can (RFC 3876).
    pub(crate) values: Option<String>,
}

/// A call.
pub(crate) enum Call {
    /// Look for entries.
    Search(Search),
    /// Make an entry.
    Add(String, Vec<(String, HashSet<Vec<u8>>)>),
    /// Change an entry; the flag lets what is so already be no error.
    Modify(String, Vec<Set>, bool),
    /// Name an entry anew, and move it.
    Rename {
        dn: String,
        relative: String,
        to: Option<String>,
    },
    /// Remove an entry.
    Delete(String),
}

/// What came.
pub(crate) struct Came {
    pub(crate) answer: LdapResult,
    pub(crate) entries: Vec<Entry>,
    /// Addresses at which the server says that more is (RFC 4511 section 4.5.3).
    pub(crate) elsewhere: Vec<String>,
    /// What an entry is called whose name cannot be taken apart, whether it was to be kept or not: nobody can tell
    /// where it is.
    pub(crate) unnamed: Option<String>,
    /// Where the next page begins; `None` on the last.
    pub(crate) next: Option<Cookie>,
}

impl Call {
    /// Where the page begins that it asks for, unless it is the first.
    pub(crate) fn begins_at(&self) -> Option<&Cookie> {
        match self {
            Call::Search(search) => search.page.as_ref()?.1.as_ref(),
            _ => None,
        }
    }

    /// Makes the call on the connection of a number. It, and each further entry of a search, may take so long.
    pub(crate) async fn on(&self, ldap: &mut Ldap, number: u64, limit: Duration) -> Result<Came> {
        ldap.with_timeout(limit);
        let answer = match self {
            Call::Search(search) => return search.on(ldap, number).await,
            Call::Add(dn, attributes) => {
                let attributes = attributes.iter().cloned();
                let attributes = attributes.map(|(name, values)| (name.into_bytes(), values));
                ldap.add(dn, attributes.collect()).await?
            }
            Call::Modify(dn, changes, permissive) => {
                if *permissive {
                    ldap.with_controls(RawControl {
                        ctype: PERMISSIVE_MODIFY.to_owned(),
                        crit: false,
                        val: None,
                    });
                }
                let changes = changes.iter().map(Set::on_the_wire).collect();
                ldap.modify(dn, changes).await?
            }
            Call::Rename { dn, relative, to } => {
                ldap.modifydn(dn, relative, true, to.as_deref()).await?
            }
            Call::Delete(dn) => ldap.delete(dn).await?,
        };
        Ok(Came {
            answer,
            entries: Vec::new(),
            elsewhere: Vec::new(),
            unnamed: None,
            next: None,
        })
    }
}

impl Search {
    /// A search that keeps every entry, and of each its name.
    pub(crate) fn new(base: &str, scope: Scope, filter: impl Into<String>) -> Search {
        Search {
            base: base.to_owned(),
            scope,
            filter: filter.into(),
            attributes: vec!["1.1".to_owned()],
            keep: Box::new(|_| true),
            page: None,
            values: None,
        }
    }

    async fn on(&self, ldap: &mut Ldap, number: u64) -> Result<Came> {
        let mut controls: Vec<RawControl> = Vec::new();
        if let Some((size, cookie)) = &self.page {
            controls.push(RawControl::from(PagedResults {
                size: i32::try_from(*size).unwrap_or(i32::MAX),
                cookie: cookie.as_ref().map_or_else(Vec::new, |at| at.bytes.clone()),
            }));
        }
        if let Some(values) = &self.values {
            controls.push(MatchedValues::new(values.as_str()));
        }
        if !controls.is_empty() {
            ldap.with_controls(controls);
        }
        let attributes = self.attributes.clone();
        let mut stream = ldap
            .streaming_search(&self.base, self.scope, &self.filter, attributes)
            .await?;
        let (mut entries, mut elsewhere, mut unnamed) = (Vec::new(), Vec::new(), None);
        while let Some(item) = stream.next().await? {
            if let Some(addresses) = references(&item.0) {
                elsewhere.extend(addresses);
                continue;
            }
            let is_entry = item.0.id == ENTRY;
            match Entry::of(item.0) {
                Some(entry) => {
                    if Dn::parse(&entry.dn).is_none() {
                        unnamed.get_or_insert_with(|| entry.dn.clone());
                    }
                    entries.extend(Some(entry).filter(|entry| (self.keep)(entry)));
                }
                // One that cannot be read is one that would be left out.
                None if is_entry => return Err(LdapError::DecodingUTF8),
                None => {}
            }
        }
        let answer = stream.finish().await;
        let next = match answer.rc {
            code::SUCCESS => next(&answer)?.map(|bytes| Cookie { bytes, on: number }),
            _ => None,
        };
        Ok(Came {
            answer,
            entries,
            elsewhere,
            unnamed,
            next,
        })
    }
}

/// Where the next page begins. The crate panics on a control without a value.
fn next(answer: &LdapResult) -> Result<Option<Vec<u8>>> {
    let control = answer
        .ctrls
        .iter()
        .find(|control| control.1.ctype == "1.2.840.113556.1.4.319");
    let Some(control) = control else {
        return Ok(None);
    };
    if control.1.val.is_none() {
        return Err(LdapError::DecodingUTF8);
    }
    let cookie = control.1.parse::<PagedResults>().cookie;
    Ok(Some(cookie).filter(|cookie| !cookie.is_empty()))
}
