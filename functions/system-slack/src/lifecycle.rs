//! The life of an account. Only the admin API of Enterprise plans lets a program invite and remove people
//! (<https://docs.slack.dev/reference/methods/admin.users.invite>, `.assign`, `.remove`, `.session.reset`). Without it
//! the owner is told whom, and at which page: the refusal is theirs to mend, and then everything is tried again.

use latchkey_lifecycle::Account;
use latchkey_systems::{Fault, Faults, Found};

use crate::{find::Seen, slack::Slack};

/// Why people have to do it.
const BY_HAND: &str =
    "Slack lets programs do this only on its Enterprise plans, with the setting `admin`";

impl Slack {
    pub(crate) async fn create(&self, account: &Account) -> Result<Found, Fault> {
        let address = account.name.as_str();
        if !address.contains('@') {
            return Err(self.rejected(format!(
                "people sign in to Slack with their e-mail address, and `{address}` is none; leave `account_name` out of the \
                 runbook"
            )));
        }
        let Some(team) = self.choices.administers() else {
            let page = self.page("admin/invites").await?;
            return Err(self.rejected(format!(
                "somebody has to invite {address} at {page}, or to activate the account again if there was one before; as soon \
                 as they have accepted, say that it is done, and Latchkey goes on. {BY_HAND}"
            )));
        };
        match self.by_address(address).await? {
            // Made a moment ago.
            Seen::Here(found) => return Ok(*found),
            Seen::Outside(id) => self.assign(team, &id).await?,
            Seen::Nobody => self.invite(team, address).await?,
        }
        match self.by_address(address).await? {
            Seen::Here(found) => Ok(*found),
            Seen::Outside(_) | Seen::Nobody => Err(self.waits(address)),
        }
    }

    async fn invite(&self, team: &str, address: &str) -> Result<(), Fault> {
        let landing = self.landing().await?;
        let invite = [
            ("team_id", team),
            ("email", address),
            ("channel_ids", landing.as_str()),
        ];
        let Err(refused) = self.ask("admin.users.invite", &invite).await? else {
            return Ok(());
        };
        match refused.code.as_str() {
            "already_in_team_invited_user" => Err(self.waits(address)),
            // There is an account that no address brings: one that was taken out of the workspace.
            "already_in_team" | "user_disabled" => match self.formerly(address).await? {
                Some(id) => self.assign(team, &id).await,
                // Another step may have invited them a moment ago: whoever asked looks again.
                None => Err(self.conflict(refused.fault.problem())),
            },
            _ => Err(refused.fault),
        }
    }

    /// Lets somebody of the organisation into the workspace.
    async fn assign(&self, team: &str, id: &str) -> Result<(), Fault> {
        let assign = [("team_id", team), ("user_id", id)];
        let fine = ["user_already_team_member"];
        self.call_unless("admin.users.assign", &assign, &fine)
            .await
            .map(|_| ())
    }

    fn waits(&self, address: &str) -> Fault {
        self.not_yet(format!(
            "{address} is invited and has not accepted the invitation yet"
        ))
    }

    /// Ends sessions, and takes the account out of the workspace. In this order: whoever is interrupted in between does
    /// both again, since the account is still there.
    pub(crate) async fn cut_off(&self, at: &Found) -> Result<(), Fault> {
        let (id, name) = (at.handle.as_str(), &at.account.name);
        let Some(team) = self.choices.administers() else {
            let page = self.page("admin").await?;
            return Err(self.rejected(format!(
                "somebody has to deactivate the account {name} at {page}, which ends its sessions and takes it out of all \
                 channels; then say that it is done. {BY_HAND}"
            )));
        };
        let fine = ["user_not_found", "user_already_deleted"];
        let reset = [("user_id", id)];
        let ended = self
            .call_unless("admin.users.session.reset", &reset, &fine)
            .await;
        match &ended {
            Err(fault) if fault.is_retryable() => return ended.map(|_| ()),
            // Where sessions may not be ended, the account is taken out all the same; the owner hears of the rest.
            _ => {}
        }
        let remove = [("team_id", team), ("user_id", id)];
        self.call_unless("admin.users.remove", &remove, &fine)
            .await?;
        ended.map(|_| ())
    }

    /// Changes the e-mail address ("users.profile.set"; only administrators may change another's).
    pub(crate) async fn rename(&self, at: &Found, address: &str) -> Result<(), Fault> {
        if self.choices.administers().is_none() {
            let page = self.page("admin").await?;
            return Err(self.rejected(format!(
                "somebody has to change the e-mail address of {} to {address} at {page}; then say that it is done. {BY_HAND}",
                at.account.name
            )));
        }
        let set = [
            ("user", at.handle.as_str()),
            ("name", "email"),
            ("value", address),
        ];
        self.call("users.profile.set", &set).await.map(|_| ())
    }

    /// A page of the workspace, for people ("auth.test" tells where it is).
    async fn page(&self, path: &str) -> Result<String, Fault> {
        let body = self.call("auth.test", &[]).await?;
        let workspace = body["url"].as_str().unwrap_or_default();
        match workspace.trim_end_matches('/') {
            workspace if workspace.starts_with("https://") => Ok(format!("{workspace}/{path}")),
            _ => Ok("Manage members in Slack's administration".to_owned()),
        }
    }
}
