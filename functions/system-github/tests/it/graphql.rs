//! Answers to the questions in GraphQL, as far as the adapter asks them.

use serde_json::{Value, json};

/// What there is to be seen of an organisation.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    pub(crate) organization: String,
    pub(crate) administers: bool,
    /// Slug → who, and in which role (`MEMBER`, `MAINTAINER`).
    pub(crate) teams: Vec<(String, Vec<(String, &'static str)>)>,
    /// Repository → who, and the level that it gives itself.
    pub(crate) repositories: Vec<(String, Vec<(String, String)>)>,
    /// `None` where there is no SAML sign-on: NameID → who is linked.
    pub(crate) identities: Option<Vec<(String, Option<String>)>>,
    pub(crate) members: Vec<String>,
    /// Who → addresses on verified domains.
    pub(crate) addresses: Vec<(String, Vec<String>)>,
    /// How many of a connection come at once, where less than was asked for.
    pub(crate) page: Option<usize>,
}

impl Seen {
    /// The answer to a question.
    #[allow(
        clippy::too_many_lines,
        reason = "one answer for each call of the vendor"
    )]
    pub(crate) fn answer(&self, body: &Value) -> Value {
        let query = body["query"].as_str().unwrap();
        let variables = &body["variables"];
        let org = variables["org"].as_str().unwrap();
        if !org.eq_ignore_ascii_case(&self.organization) {
            let message =
                format!("Could not resolve to an Organization with the login of '{org}'.");
            return error("NOT_FOUND", &["organization"], &message);
        }
        let name = query.split(['(', ' ']).nth(1).unwrap();
        let organization = match name {
            "Person" => self.person(variables),
            "Teams" => {
                let teams = self.teams.iter().map(|(slug, people)| {
                    json!({ "slug": slug, "members": self.edges(members(people), &Value::Null) })
                });
                json!({ "teams": self.nodes(teams.collect(), &variables["after"]) })
            }
            "Team" => {
                let team = self
                    .teams
                    .iter()
                    .find(|(slug, _)| variables["slug"] == **slug);
                let members =
                    team.map(|(_, people)| self.edges(members(people), &variables["after"]));
                json!({ "team": { "members": members } })
            }
            "Repository" => {
                let name = variables["name"].as_str().unwrap();
                let Some((_, people)) = self.repositories.iter().find(|(n, _)| n == name) else {
                    let message =
                        format!("Could not resolve to a Repository with the name '{org}/{name}'.");
                    return error("NOT_FOUND", &["organization", "repository"], &message);
                };
                let login = variables["login"].as_str();
                let people = people
                    .iter()
                    .filter(|(l, _)| login.is_none_or(|login| login == l));
                let edges = people.map(|(login, level)| {
                    let own = json!({ "roleName": level, "permission": "READ", "source": { "__typename": "Repository" } });
                    let base = json!({ "roleName": "read", "permission": "READ", "source": { "__typename": "Organization" } });
                    json!({ "node": { "login": login }, "permissionSources": [base, own] })
                });
                let edges = self.edges(edges.collect(), &variables["after"]);
                json!({ "repository": { "collaborators": edges } })
            }
            "Identity" => {
                let name = variables["name"].as_str().unwrap().to_lowercase();
                self.provider(|all| {
                    let same = all.iter().filter(|(n, _)| n.to_lowercase() == name);
                    json!({ "externalIdentities": { "nodes": same.map(identity).collect::<Vec<_>>() } })
                })
            }
            "Identities" => self.provider(|all| {
                let mut said = json!({});
                for n in 0.. {
                    let Some(login) = variables[format!("l{n}")].as_str() else {
                        break;
                    };
                    let its = all.iter().filter(|(_, l)| l.as_deref() == Some(login));
                    said[format!("i{n}")] =
                        json!({ "nodes": its.map(identity).collect::<Vec<_>>() });
                }
                said
            }),
            "Addresses" => {
                let members = self.members.iter().map(|login| self.user(login));
                json!({ "membersWithRole": self.nodes(members.collect(), &variables["after"]) })
            }
            "AddressesOf" => json!({ "login": org }),
            "Organization" => {
                json!({ "login": org, "viewerCanAdminister": self.administers, "teams": { "totalCount": self.teams.len() } })
            }
            "Provider" => {
                self.provider(|all| json!({ "externalIdentities": { "totalCount": all.len() } }))
            }
            "Domains" => {
                let domains = usize::from(!self.addresses.is_empty());
                json!({ "domains": { "totalCount": domains } })
            }
            other => panic!("nobody knows the question {other}"),
        };
        let mut data = json!({ "organization": organization });
        if name == "AddressesOf" {
            for n in 0.. {
                let Some(login) = variables[format!("l{n}")].as_str() else {
                    break;
                };
                data[format!("u{n}")] = self.user(login);
            }
        }
        json!({ "data": data })
    }

    fn person(&self, variables: &Value) -> Value {
        let login = variables["login"].as_str().unwrap();
        let theirs = self
            .teams
            .iter()
            .filter(|(_, people)| people.iter().any(|(l, _)| l == login));
        let teams = theirs.map(|(slug, people)| {
            // A search also finds who is only called like it.
            let like = people.iter().filter(|(l, _)| l.contains(login)).cloned();
            let like: Vec<_> = like.collect();
            json!({ "slug": slug, "members": { "edges": members(&like) } })
        });
        json!({ "teams": self.nodes(teams.collect(), &variables["after"]) })
    }

    fn provider(&self, of: impl Fn(&[(String, Option<String>)]) -> Value) -> Value {
        json!({ "samlIdentityProvider": self.identities.as_deref().map(of) })
    }

    fn user(&self, login: &str) -> Value {
        let known = self.addresses.iter().find(|(l, _)| l == login);
        let addresses = known.map(|(_, all)| all.clone()).unwrap_or_default();
        json!({ "login": login, "organizationVerifiedDomainEmails": addresses })
    }

    fn nodes(&self, all: Vec<Value>, after: &Value) -> Value {
        self.connection("nodes", all, after)
    }

    fn edges(&self, all: Vec<Value>, after: &Value) -> Value {
        self.connection("edges", all, after)
    }

    fn connection(&self, name: &str, all: Vec<Value>, after: &Value) -> Value {
        let from = after.as_str().map_or(0, |a| a.parse().unwrap());
        let size = self.page.unwrap_or(100);
        let more = all.len() > from + size;
        let part: Vec<Value> = all.into_iter().skip(from).take(size).collect();
        let info = json!({ "hasNextPage": more, "endCursor": (from + size).to_string() });
        json!({ "pageInfo": info, name: part })
    }
}

fn members(people: &[(String, &'static str)]) -> Vec<Value> {
    let edges = people.iter();
    edges
        .map(|(login, role)| json!({ "role": role, "node": { "login": login } }))
        .collect()
}

fn identity((name, login): &(String, Option<String>)) -> Value {
    let user = login.as_ref().map(|login| json!({ "login": login }));
    json!({ "samlIdentity": { "nameId": name, "username": name }, "scimIdentity": null, "user": user })
}

/// An error as GitHub says it.
pub(crate) fn error(kind: &str, path: &[&str], message: &str) -> Value {
    json!({ "data": { "organization": null }, "errors": [{ "type": kind, "path": path, "message": message }] })
}
