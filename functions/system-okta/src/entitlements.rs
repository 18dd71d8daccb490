//! Groups, apps and administrator roles of one person.

use std::collections::BTreeSet;

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Call, Fault, Faults, Reply, Whole, query, quoted, segment};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    answer::{is_gone, is_refused},
    okta::Okta,
};

/// The group, app or role of an item as Okta lists it, and the item's id; `None` for what nobody can give or take by
/// hand.
pub(crate) fn group(item: &Value) -> Option<(Entitlement, &str)> {
    // BUILT_IN is everybody, APP_GROUP is another directory's (schema `GroupType`).
    let is_own = item["type"] == "OKTA_GROUP";
    named("group", &item["profile"]["name"], &item["id"]).filter(|_| is_own)
}

fn app(item: &Value) -> Option<(Entitlement, &str)> {
    named("app", &item["label"], &item["id"])
}

fn role(item: &Value) -> Option<(Entitlement, &str)> {
    // A role that a group gives is taken with the group; a custom one is bound to resources and not to a person alone.
    let is_own = item["assignmentType"] == "USER" && item["type"] != "CUSTOM";
    named("role", &item["type"], &item["id"]).filter(|_| is_own)
}

fn named<'a>(kind: &str, name: &Value, id: &'a Value) -> Option<(Entitlement, &'a str)> {
    let entitlement = Entitlement::from(format!("{kind}:{}", name.as_str()?));
    Some((entitlement, id.as_str()?))
}

impl Okta {
    /// What a user has been given, read afresh.
    pub(crate) async fn held(&self, id: &str) -> Result<Whole<BTreeSet<Entitlement>>, Fault> {
        let path = format!("users/{}/groups", segment(id));
        let mut held = BTreeSet::new();
        let see = |item: &Value| {
            if let Some((entitlement, id)) = group(item) {
                // Whoever is to lose it again need not ask for its id.
                self.ids.know(&entitlement, id);
                held.insert(entitlement);
            }
        };
        let mut whole = self.each(&path, Vec::new(), see).await?;
        if self.choices.apps {
            // The assignment comes with the app only so ("List all applications").
            let filter = format!("user.id eq {}", quoted(id));
            let expand = format!("user/{id}");
            let asked = query([("filter", &filter), ("expand", &expand), ("limit", "200")]);
            let see = |item: &Value| {
                let of = &item["_embedded"]["user"];
                if of["id"] == id
                    && of["scope"] == "USER"
                    && let Some((entitlement, app)) = app(item)
                {
                    self.ids.know(&entitlement, app);
                    held.insert(entitlement);
                }
            };
            whole = whole.and(self.each("apps", asked, see).await?);
        }
        if self.choices.roles {
            let mut roles = Vec::new();
            whole = whole.and(self.roles(id).await?.map(|all| roles = all));
            held.extend(roles.into_iter().map(|(entitlement, _)| entitlement));
        }
        Ok(whole.map(|()| held))
    }

    /// The administrator roles of a user, and the ids of their assignments.
    pub(crate) async fn roles(&self, id: &str) -> Result<Whole<Vec<(Entitlement, String)>>, Fault> {
        let path = format!("users/{}/roles", segment(id));
        let roles = self.all(&path, Vec::new()).await?;
        Ok(roles.map(|roles| {
            let roles = roles.iter().filter_map(role);
            roles.map(|(e, id)| (e, id.to_owned())).collect()
        }))
    }

    /// The id of a group or app.
    async fn id_of(&self, entitlement: &Entitlement) -> Result<String, Fault> {
        if let Some(id) = self.ids.of(entitlement) {
            return Ok(id);
        }
        let name = entitlement.name();
        let is_group = entitlement.kind() == "group";
        let items = if is_group {
            let search = format!("profile.name eq {}", quoted(name));
            self.all("groups", query([("search", &search)])).await?
        } else {
            // What begins like it: an app has no search.
            self.all("apps", query([("q", name), ("limit", "200")]))
                .await?
        };
        let items = items.into_inner();
        let of = if is_group { group } else { app };
        let matches: Vec<&str> = items
            .iter()
            .filter_map(of)
            .filter(|(found, _)| found == entitlement)
            .map(|(_, id)| id)
            .collect();
        match matches.as_slice() {
            [one] => {
                self.ids.know(entitlement, *one);
                Ok((*one).to_owned())
            }
            [] => Err(self.rejected(format!(
                "it has no {} `{name}` that can be given by hand; make it there, or correct its name in the runbook",
                entitlement.kind()
            ))),
            more => Err(self.conflict(format!("{} of its {}s are called `{name}`", more.len(), entitlement.kind()))),
        }
    }

    pub(crate) async fn grant(&self, id: &str, entitlement: &Entitlement) -> Result<(), Fault> {
        self.offers(entitlement)?;
        if entitlement.kind() == "role" {
            let call = self.post(format!("users/{}/roles", segment(id)));
            let call = call.with(json!({ "type": entitlement.name() }));
            return self.unless_so(id, entitlement, true, &call).await;
        }
        for _ in 0..2 {
            let of = segment(&self.id_of(entitlement).await?);
            let call = if entitlement.kind() == "group" {
                Call::new(Method::PUT, format!("groups/{of}/users/{}", segment(id)))
            } else {
                let call = self.post(format!("apps/{of}/users"));
                call.with(json!({ "id": id, "scope": "USER" }))
            };
            let answer = self.http.ask(&call).await?;
            if !is_gone(&answer) {
                return self
                    .unless_so_already(id, entitlement, true, &call, answer)
                    .await;
            }
            // The known id is of one that was made anew since.
            self.ids.forget(entitlement);
        }
        Err(self.rejected(format!(
            "its {} `{}`, or the account, goes away while it is being given",
            entitlement.kind(),
            entitlement.name()
        )))
    }

    /// What is to be taken from something that is not there any more is taken.
    pub(crate) async fn revoke(&self, id: &str, entitlement: &Entitlement) -> Result<(), Fault> {
        self.offers(entitlement)?;
        if entitlement.kind() == "role" {
            let roles = self.roles(id).await?.into_inner();
            let Some((_, assignment)) = roles.into_iter().find(|(e, _)| e == entitlement) else {
                return Ok(());
            };
            let path = format!("users/{}/roles/{}", segment(id), segment(&assignment));
            return self.call_if_there(&Call::delete(path)).await.map(|_| ());
        }
        for _ in 0..2 {
            let of = match self.id_of(entitlement).await {
                Err(Fault::Rejected { .. }) => return Ok(()),
                other => segment(&other?),
            };
            let path = format!("{}s/{of}/users/{}", entitlement.kind(), segment(id));
            let call = Call::delete(path);
            let answer = self.http.ask(&call).await?;
            if !is_gone(&answer) {
                return self
                    .unless_so_already(id, entitlement, false, &call, answer)
                    .await;
            }
            self.ids.forget(entitlement);
        }
        Ok(())
    }

    async fn unless_so(
        &self,
        id: &str,
        entitlement: &Entitlement,
        has: bool,
        call: &Call,
    ) -> Result<(), Fault> {
        let answer = self.http.ask(call).await?;
        self.unless_so_already(id, entitlement, has, call, answer)
            .await
    }

    /// A refusal is none where it stands as it should already: the role is assigned (E0000090), the group went with the
    /// account.
    async fn unless_so_already(
        &self,
        id: &str,
        entitlement: &Entitlement,
        has: bool,
        call: &Call,
        answer: Reply,
    ) -> Result<(), Fault> {
        let refused = is_refused(&answer);
        match self.means(call, answer) {
            Ok(_) => Ok(()),
            Err(_) if refused && self.held(id).await?.get().contains(entitlement) == has => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// Whether the runbook lets us give and take this.
    fn offers(&self, entitlement: &Entitlement) -> Result<(), Fault> {
        let kind = entitlement.kind();
        let missing = match kind {
            "group" => return Ok(()),
            "app" if self.choices.apps => return Ok(()),
            "role" if self.choices.roles => return Ok(()),
            "app" | "role" => format!("its setting `{kind}s` is not true in the runbook"),
            _ => "Okta has the kinds group, app and role".to_owned(),
        };
        Err(self.rejected(format!("it cannot give or take `{entitlement}`: {missing}")))
    }
}
