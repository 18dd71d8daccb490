//! What Latchkey has to be able to do in an organisation, tried without changing anything.

use latchkey_systems::{Fault, Faults, Probe};
use reqwest::Method;
use serde_json::json;

use crate::{
    answer::{is_gone, means},
    app::Key,
    choices::Identity,
    github::GitHub,
    queries,
};

/// No account is called so: there are never two hyphens side by side.
const NOBODY: &str = "latchkey--nobody";

impl GitHub {
    pub(crate) async fn try_all(&self) -> Vec<Probe> {
        let mut probes = Vec::new();
        let organization = self.graph(queries::ORGANIZATION, json!({})).await;
        let administers = organization
            .as_ref()
            .map(|o| o["viewerCanAdminister"] == true);
        let administers = administers.unwrap_or_default();
        let seen = organization.map(|_| ());
        let stop = seen.is_err();
        probes.push(Probe::of("read the organisation and its teams", seen));
        if stop {
            return probes;
        }
        let reads = [
            ("read members", "members", true),
            ("read invitations", "invitations", true),
            (
                "read outside collaborators",
                "outside_collaborators",
                self.choices.outside,
            ),
        ];
        for (what, path, _) in reads.into_iter().filter(|(_, _, wanted)| *wanted) {
            let read = self.page_of(&self.org(Method::GET, path), None, 1).await;
            let stop = read.is_err();
            probes.push(Probe::of(what, read));
            if stop {
                return probes;
            }
        }
        if let Some(probe) = self.try_identity().await {
            probes.push(probe);
        }
        let came = self.may_change(administers).await;
        probes.push(Probe::of("invite and remove members", came));
        for name in &self.choices.repositories {
            let variables = json!({ "name": name, "login": NOBODY });
            let came = self.graph(queries::REPOSITORY, variables).await;
            let came =
                came.and_then(
                    |said| match said["repository"]["collaborators"].is_object() {
                        true => Ok(()),
                        false => {
                            Err(self.unauthorized("the token does not administer the repository"))
                        }
                    },
                );
            let what = format!("read who was given the repository {name}");
            probes.push(Probe::of(what, came));
        }
        probes
    }

    async fn try_identity(&self) -> Option<Probe> {
        let (what, query) = match self.choices.identity {
            Identity::Login => return None,
            Identity::Saml => ("read who is who by SAML sign-on", queries::PROVIDER),
            Identity::Email => ("read who is who by verified addresses", queries::DOMAINS),
        };
        let came = self.graph(query, json!({})).await;
        let came = came.and_then(|said| match self.choices.identity {
            Identity::Email if said["domains"]["totalCount"].as_u64().unwrap_or(0) == 0 => {
                Err(self.rejected(
                    "the organisation has no verified domain, so GitHub tells nobody's work address; verify it there",
                ))
            }
            Identity::Saml if !said["samlIdentityProvider"].is_object() => Err(self.rejected(
                "the organisation shows no SAML sign-on of its own; choose another `identity` in the runbook",
            )),
            _ => Ok(()),
        });
        Some(Probe::of(what, came))
    }

    /// An app's token says what it may do. Of others the organisation says whether it is an owner's, and taking out who
    /// is not there is tried.
    async fn may_change(&self, administers: bool) -> Result<(), Fault> {
        if let Key::App(app) = &self.key {
            let may = app.permissions(&self.http).await?;
            if may["members"] != "write" {
                return Err(self.unauthorized(
                    "the app lacks the organisation permission Members (read and write)",
                ));
            }
            let administers = may["administration"] == "write";
            if !self.choices.repositories.is_empty() && !administers {
                return Err(self.unauthorized(
                    "the app lacks the repository permission Administration (read and write)",
                ));
            }
            return Ok(());
        }
        if !administers {
            return Err(self.unauthorized("the token is none of an owner of the organisation"));
        }
        let call = self.org(Method::DELETE, &format!("memberships/{NOBODY}"));
        let answer = self.ask(&call).await?;
        if is_gone(&answer) {
            return Ok(());
        }
        match means(&self.http, &call, answer) {
            Ok(_) | Err(Fault::Rejected { .. }) => Ok(()),
            Err(fault) => Err(fault),
        }
    }
}
