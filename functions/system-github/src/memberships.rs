//! Who has what, read once for a whole list: the teams with a hundred members each in one call for twenty of them.

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Faults, Memberships, Whole, query, text};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    entitlements::in_repository,
    github::GitHub,
    identity::{edges, next},
    queries,
};

impl GitHub {
    /// Reads what everybody has.
    pub(crate) async fn read_memberships(&self) -> Result<Whole<Memberships>, Fault> {
        let mut all = Memberships::default();
        let owner = all.place("role:admin".into());
        let mut owners = self.org(Method::GET, "members");
        owners.query = query([("role", "admin")]);
        let see = |user: &Value| {
            if let Some(login) = text(&user["login"]) {
                all.add(&login.to_lowercase(), owner);
            }
            false
        };
        let mut whole = self.each(&owners, see).await?;
        let mut after = Value::Null;
        let mut list = self.connection("teams");
        loop {
            let said = self
                .graph(queries::TEAMS, json!({ "after": after }))
                .await?;
            let teams = &said["teams"];
            let nodes = teams["nodes"].as_array();
            let nodes = nodes.ok_or_else(|| self.odd("something that is no list of teams"))?;
            for team in nodes {
                whole = whole.and(self.read_team(team, &mut all).await?);
            }
            match next(&mut list, teams)? {
                Ok(next) => after = next,
                Err(teams) => {
                    whole = whole.and(teams);
                    break;
                }
            }
        }
        for name in &self.choices.repositories {
            whole = whole.and(self.read_repository(name, &mut all).await?);
        }
        Ok(all.complete(whole))
    }

    async fn read_team(&self, team: &Value, all: &mut Memberships) -> Result<Whole, Fault> {
        let slug = text(&team["slug"]).ok_or_else(|| self.odd("something that is no team"))?;
        let member = all.place(Entitlement::from(format!("team:{slug}")));
        let maintainer = all.place(Entitlement::from(format!("maintainer:{slug}")));
        let mut add = |edges: &[Value]| {
            for edge in edges {
                let Some(login) = text(&edge["node"]["login"]) else {
                    continue;
                };
                let login = login.to_lowercase();
                all.add(&login, member);
                if edge["role"] == "MAINTAINER" {
                    all.add(&login, maintainer);
                }
            }
        };
        let mut list = self.connection("members of a team");
        add(edges(&list, &team["members"])?);
        let mut after = next(&mut list, &team["members"])?;
        loop {
            let from = match after {
                Ok(from) => from,
                Err(whole) => return Ok(whole),
            };
            let variables = json!({ "slug": slug, "after": from });
            let said = self.graph(queries::TEAM, variables).await?;
            // A team that has been deleted meanwhile shows no members: the list is read anew.
            let members = &said["team"]["members"];
            add(edges(&list, members)?);
            after = next(&mut list, members)?;
        }
    }

    async fn read_repository(&self, name: &str, all: &mut Memberships) -> Result<Whole, Fault> {
        let mut after = Value::Null;
        let mut list = self.connection("collaborators of a repository");
        loop {
            let variables = json!({ "name": name, "after": after });
            let said = self.graph(queries::REPOSITORY, variables).await?;
            let people = &said["repository"]["collaborators"];
            for edge in edges(&list, people)? {
                let login = text(&edge["node"]["login"]).unwrap_or_default();
                if let Some(entitlement) = in_repository(name, edge) {
                    let place = all.place(entitlement);
                    all.add(&login.to_lowercase(), place);
                }
            }
            match next(&mut list, people)? {
                Ok(next) => after = next,
                Err(whole) => return Ok(whole),
            }
        }
    }
}
