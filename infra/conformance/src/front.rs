//! What stands between Latchkey and a server, and shows a part of what the server shows.

use crate::{Habit, JsonPages, Lists, Proxy, Shows, ldap::LdapProxy};

/// A proxy that speaks what the server speaks.
pub(crate) enum Front {
    Json(Proxy, JsonPages),
    Ldap(LdapProxy),
}

impl Front {
    /// Before a server of this machine; `None` where there are no pages to spoil.
    pub(crate) async fn before(server: u16, lists: Lists) -> std::io::Result<Option<Front>> {
        Ok(match lists {
            Lists::Json(json) => Some(Front::Json(Proxy::before(server).await?, json)),
            Lists::Ldap => Some(Front::Ldap(LdapProxy::before(server).await?)),
            Lists::Whole(_) => None,
        })
    }

    pub(crate) fn port(&self) -> u16 {
        match self {
            Front::Json(proxy, _) => proxy.port,
            Front::Ldap(proxy) => proxy.port(),
        }
    }

    /// From now on it shows lists like this.
    pub(crate) fn shows(&self, shows: Shows) {
        match self {
            Front::Json(proxy, json) => proxy.has(Habit::Shows(shows, *json)),
            Front::Ldap(proxy) => proxy.shows(shows),
        }
    }

    /// How many answers it has spoiled since.
    pub(crate) fn spoiled(&self) -> usize {
        match self {
            Front::Json(proxy, _) => proxy.spoiled(),
            Front::Ldap(proxy) => proxy.spoiled(),
        }
    }
}
