//! What is asked about one account at once: the user, the groups, what apps may do.

use std::vec;

use latchkey_systems::{Call, Found, Reply};

use crate::{
    answer::is_gone, app_access::list_app_access, find::get_user, google::Google,
    groups::list_groups,
};

/// What is known about an account already. What is not is asked for when it is needed.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// By which address or id it was asked.
    pub(crate) key: String,
    pub(crate) user: Option<Reply>,
    pub(crate) groups: Option<Reply>,
    /// What apps may do, list by list.
    pub(crate) apps: Vec<Option<Reply>>,
}

impl Google {
    /// All that may be needed of an account, by address or id. What apps may do counts only once it is suspended, which
    /// nobody knows yet.
    pub(crate) fn questions(&self, key: &str) -> Vec<Call> {
        let mut all = vec![get_user(key), list_groups(key)];
        if self.choices.app_access {
            all.extend(list_app_access(key));
        }
        all
    }

    /// What came of [`questions`](Google::questions), as the next of several answers.
    pub(crate) fn known(&self, key: &str, answers: &mut vec::IntoIter<Option<Reply>>) -> Known {
        let key = key.to_owned();
        let mut next = || answers.next().flatten();
        let (user, groups) = (next(), next());
        let apps = match self.choices.app_access {
            true => vec![next(), next()],
            false => Vec::new(),
        };
        Known {
            key,
            user,
            groups,
            apps,
        }
    }
}

impl Known {
    /// What was asked by an address and holds for the account that was found at it. Groups are asked for by a primary
    /// address, and may not know a new one yet. An address stays its user's as an alias when another becomes the
    /// primary one, so that it is nobody else's in between.
    pub(crate) fn of(self, found: &Found) -> Known {
        if !found.account.name.eq_ignore_ascii_case(&self.key) {
            return Known::default();
        }
        let is_known = |answer: &Reply| !is_gone(answer);
        Known {
            key: self.key,
            user: None,
            groups: self.groups.filter(is_known),
            apps: self
                .apps
                .into_iter()
                .map(|of| of.filter(is_known))
                .collect(),
        }
    }
}
