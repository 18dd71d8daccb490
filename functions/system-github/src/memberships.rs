//! Who has what, read once for a whole list: the teams with a hundred members each in one call for twenty of them.

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Memberships};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    calls::{query, text},
    entitlements::in_repository,
    github::GitHub,
    identity::next,
    queries,
};

impl GitHub {
    /// Reads what everybody has.
    pub(crate) async fn read_memberships(&self) -> Result<Memberships, Fault> {
        let mut all = Memberships::default();
        let owner = all.place("role:admin".into());
        let mut owners = self.org(Method::GET, "members");
        owners.query = query([("role", "admin")]);
        self.each(&owners, |user| {
            if let Some(login) = text(user, "login") {
                all.add(&login.to_lowercase(), owner);
            }
            false
        })
        .await?;
        let mut after = Value::Null;
        loop {
            let said = self
                .graph(queries::TEAMS, json!({ "after": after }))
                .await?;
            let teams = &said["teams"];
            let nodes = teams["nodes"].as_array();
            let nodes = nodes.ok_or_else(|| self.no_answer("list of teams"))?;
            for team in nodes {
                self.read_team(team, &mut all).await?;
            }
            match next(teams, &after) {
                Some(next) => after = next,
                None => break,
            }
        }
        for name in &self.choices.repositories {
            self.read_repository(name, &mut all).await?;
        }
        Ok(all.complete())
    }

    async fn read_team(&self, team: &Value, all: &mut Memberships) -> Result<(), Fault> {
        let Some(slug) = text(team, "slug") else {
            return Ok(());
        };
        let member = all.place(Entitlement::from(format!("team:{slug}")));
        let maintainer = all.place(Entitlement::from(format!("maintainer:{slug}")));
        let mut add = |edges: &Value| {
            for edge in edges.as_array().into_iter().flatten() {
                let Some(login) = text(&edge["node"], "login") else {
                    continue;
                };
                let login = login.to_lowercase();
                all.add(&login, member);
                if edge["role"] == "MAINTAINER" {
                    all.add(&login, maintainer);
                }
            }
        };
        add(&team["members"]["edges"]);
        let mut after = next(&team["members"], &Value::Null);
        while let Some(from) = after {
            let variables = json!({ "slug": slug, "after": from });
            let said = self.graph(queries::TEAM, variables).await?;
            // A team that has been deleted meanwhile has nobody.
            let members = &said["team"]["members"];
            add(&members["edges"]);
            after = next(members, &from);
        }
        Ok(())
    }

    async fn read_repository(&self, name: &str, all: &mut Memberships) -> Result<(), Fault> {
        let mut after = Value::Null;
        loop {
            let variables = json!({ "name": name, "after": after });
            let said = self.graph(queries::REPOSITORY, variables).await?;
            let people = &said["repository"]["collaborators"];
            for edge in people["edges"].as_array().into_iter().flatten() {
                let login = text(&edge["node"], "login").unwrap_or_default();
                if let Some(entitlement) = in_repository(name, edge) {
                    let place = all.place(entitlement);
                    all.add(&login.to_lowercase(), place);
                }
            }
            match next(people, &after) {
                Some(next) => after = next,
                None => return Ok(()),
            }
        }
    }
}
