//! Everybody: members, then who was invited, then outside collaborators.

use latchkey_systems::{Fault, Found, Lines, Page, PageToken, Part, text};
use reqwest::Method;

use crate::{
    choices::Identity,
    find::{OUTSIDE, PENDING, account, invited},
    github::GitHub,
    invitations::Invitation,
};

const MEMBERS: &str = "members";
const INVITATIONS: &str = "invitations";
const COLLABORATORS: &str = "outside_collaborators";

impl GitHub {
    pub(crate) async fn page(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        let (list, from) = match page {
            None if self.choices.members => (MEMBERS, None),
            None => (COLLABORATORS, None),
            Some(token) => match token.0.split_once('?') {
                Some((list, from)) => (list, Some(from)),
                None => (token.0.as_str(), None),
            },
        };
        let call = self.org(Method::GET, list);
        let part = self.page_of(&call, from, self.choices.page).await?;
        let accounts = match list {
            INVITATIONS => self.invitations(&part),
            _ => self.people(list, &part, page.is_none()).await?,
        };
        let further = match list {
            MEMBERS => Some(INVITATIONS),
            INVITATIONS if self.choices.outside => Some(COLLABORATORS),
            _ => None,
        };
        // Members, the invited and outsiders are one list to us, whose lines do not repeat.
        let next = part.next.as_ref().map(|next| format!("{list}?{next}"));
        let next = next.or(further.map(str::to_owned));
        if next.is_none() {
            self.members.forget();
        }
        let lines = part.items.iter().map(|line| (list, line["id"].to_string()));
        Ok(Page::new(accounts, Part::of(lines, next)))
    }

    async fn people(&self, list: &str, part: &Lines, anew: bool) -> Result<Vec<Found>, Fault> {
        let logins = part.items.iter().filter_map(|user| text(&user["login"]));
        let logins = logins.filter(|login| !self.choices.ignores(login));
        let logins: Vec<String> = logins.map(str::to_owned).collect();
        let memberships = self.members.or_read(anew, self.read_memberships()).await?;
        // SAML sign-on and verified domains are about members.
        let known = match list {
            MEMBERS => self.names_of(&logins).await?,
            _ => Default::default(),
        };
        let found = logins.into_iter().map(|login| {
            let name = self.choices.name_of(&login);
            let name = name.or(known.get(&login).map(String::as_str));
            let held = memberships.of(&login.to_lowercase());
            Found {
                account: account(name.unwrap_or(&login), held),
                version: (list == COLLABORATORS).then(|| OUTSIDE.to_owned()),
                handle: login,
            }
        });
        Ok(found.collect())
    }

    fn invitations(&self, part: &Lines) -> Vec<Found> {
        let invitations = part.items.iter().filter_map(Invitation::of);
        let found = invitations.filter_map(|invitation| match &invitation.login {
            Some(login) if self.choices.ignores(login) => None,
            Some(login) => {
                let name = self.choices.name_of(login).unwrap_or(login);
                Some(Found {
                    account: account(name, [].into()),
                    version: Some(PENDING.to_owned()),
                    handle: login.clone(),
                })
            }
            None => {
                let address = invitation.address.as_deref()?;
                let name = match self.choices.identity {
                    Identity::Login => address.to_owned(),
                    Identity::Saml | Identity::Email => self.choices.name_at(address),
                };
                Some(invited(&invitation, &name))
            }
        });
        found.collect()
    }
}
