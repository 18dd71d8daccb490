//! One Slack workspace.

use async_trait::async_trait;
use latchkey_lifecycle::Change;
use latchkey_systems::{
    Fault, Faults, Found, Http, KeptMemberships, Known, Page, PageToken, Probe, Settings, Sight,
    Sought, System, Whole,
};
use tokio::sync::Mutex;

use crate::paging::{self, PAGE};

/// What the runbook chooses.
#[derive(Debug)]
pub(crate) struct Choices {
    /// Accounts asked for at once.
    pub(crate) page: usize,
    /// Whether user groups are read and changed.
    pub(crate) usergroups: bool,
    /// The channels that are read and changed; all when empty.
    channels: Vec<String>,
    /// The workspace, where it is named.
    pub(crate) team: Option<String>,
    /// Whether the admin API invites and removes people.
    admin: bool,
    /// The channel into which people are invited; the general one when `None`.
    pub(crate) invite_to: Option<String>,
    /// The custom profile field that holds the employee id.
    pub(crate) holder: Option<String>,
}

impl Choices {
    /// The choices that the settings make.
    pub(crate) fn of(settings: &Settings) -> Result<Choices, Fault> {
        let id = |name: &str, first: &str, example: &str| match settings.text(name) {
            None => Ok(None),
            Some(id) if id.starts_with(first) && id.chars().all(|c| c.is_ascii_alphanumeric()) => {
                Ok(Some(id.to_owned()))
            }
            Some(other) => Err(settings.rejected(format!(
                "its setting `{name}` is `{other}`, which is no such id; it looks like {example}"
            ))),
        };
        let (team, admin) = (id("team", "T", "T0123ABCD")?, settings.flag("admin"));
        if admin && team.is_none() {
            return Err(settings.rejected(
                "its setting `admin` needs the setting `team`, the id of the workspace",
            ));
        }
        let bare = |name: &str| name.trim_start_matches('#').to_owned();
        let channels = settings.list("channels").into_iter().map(bare).collect();
        Ok(Choices {
            page: settings.number("page").unwrap_or(PAGE).clamp(1, 1000),
            usergroups: settings.flag("usergroups"),
            channels,
            team,
            admin,
            invite_to: settings.text("invite_to").map(bare),
            holder: id("employee_id", "Xf", "Xf0123ABCD")?,
        })
    }

    /// Whether a channel is read and changed.
    pub(crate) fn sees(&self, channel: &str) -> bool {
        self.channels.is_empty() || self.channels.iter().any(|name| name == channel)
    }

    /// The workspace that the admin API changes; `None` when people do that.
    pub(crate) fn administers(&self) -> Option<&str> {
        self.team.as_deref().filter(|_| self.admin)
    }
}

/// A channel or user group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Venue {
    pub(crate) id: String,
    /// Whether only members see it.
    pub(crate) private: bool,
}

/// One Slack workspace.
#[derive(Debug)]
pub(crate) struct Slack {
    pub(crate) http: Http,
    pub(crate) choices: Choices,
    /// Channels and user groups, whose ids do not change.
    pub(crate) places: Known<Venue>,
    /// Held while the list of a user group is changed, which Slack only takes whole.
    pub(crate) turn: Mutex<()>,
    /// What everybody has, while a list is read.
    members: KeptMemberships,
}

impl Slack {
    pub(crate) fn new(http: Http, choices: Choices) -> Slack {
        Slack {
            http,
            choices,
            places: Known::default(),
            turn: Mutex::default(),
            members: KeptMemberships::default(),
        }
    }
}

#[async_trait]
impl System for Slack {
    fn name(&self) -> &str {
        self.http.system()
    }

    /// Who is deactivated is not found by e-mail address ("users.lookupByEmail"), and counts as not there.
    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
        let found = self.find(who).await?;
        Ok(Sight::part_of(found, Whole::asked_for_itself(())))
    }

    async fn look_at(&self, handle: &str, _: &Sought) -> Result<Sight, Fault> {
        let found = self.user(handle).await?;
        Ok(Sight::part_of(found, Whole::asked_for_itself(())))
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        let held = self.held(&found.handle).await?;
        Ok(held.map(|held| found.with(held)))
    }

    /// Reads whoever can sign in: no bots, nobody deactivated, nobody of another company.
    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        let users = paging::users(self.choices.page);
        let cursor = page.map(|token| token.0.clone());
        let lines = self.lines(&users, cursor).await?;
        let users = lines.items.iter().filter_map(|user| self.member(user));
        let (accounts, read) = (users.collect(), self.read_memberships());
        self.members.page(page, accounts, lines.part(), read).await
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        if let Change::Create { account } = change {
            return self.create(account).await.map(Some);
        }
        let at = at.ok_or_else(|| self.no_account(change))?;
        match change {
            // What they had goes with the account.
            Change::Suspend | Change::Delete => {
                self.cut_off(at).await?;
                return Ok(None);
            }
            Change::Rename { name } => self.rename(at, name).await?,
            Change::Grant { entitlement } => self.grant(&at.handle, entitlement).await?,
            Change::Revoke { entitlement } => self.revoke(&at.handle, entitlement).await?,
            Change::Adopt { .. } | Change::SetAttribute { .. } => {
                return Err(self.rejected(format!(
                    "Latchkey keeps nothing about people in Slack, so it does not {change}"
                )));
            }
            // Whoever is found can sign in.
            Change::Restore | Change::Create { .. } => {}
        }
        Ok(at.after(change))
    }

    async fn probe(&self) -> Vec<Probe> {
        self.try_all().await
    }
}
