//! What Latchkey has to be able to do in Google Workspace, tried without changing anything.

use latchkey_systems::{Call, Probe, query};
use reqwest::Method;
use serde_json::json;

use crate::{answer::Api, google::Google, licences::path};

/// Ids of Google's form that nobody has: what is changed there is not there, unless changing is not allowed at all.
const NO_USER: &str = "100000000000000000001";
const NO_GROUP: &str = "00000000000001";

impl Google {
    pub(crate) async fn try_all(&self) -> Vec<Probe> {
        let ours = query([
            ("customer", self.choices.customer.as_str()),
            ("maxResults", "1"),
        ]);
        let mut probes = Vec::new();
        for (what, path) in [("read users", "users"), ("read groups", "groups")] {
            let read = self.directory.page(path, ours.clone(), path).await;
            let stop = read.is_err();
            probes.push(Probe::of(what, read));
            if stop {
                return probes;
            }
        }
        let user = format!("users/{NO_USER}");
        let directory = &self.directory;
        let change = Call::new(Method::PATCH, user.clone()).with(json!({}));
        probes.push(changes(directory, "change and suspend users", change).await);
        let end = Call::new(Method::POST, format!("{user}/signOut"));
        probes.push(changes(directory, "end sessions", end).await);
        let leave = Call::delete(format!("groups/{NO_GROUP}/members/{NO_USER}"));
        probes.push(changes(directory, "change the members of groups", leave).await);
        if self.choices.app_access {
            let tokens = Call::get(format!("{user}/tokens"));
            probes.push(changes(directory, "read what apps may do", tokens).await);
        }
        if let Some(of) = self.choices.licences.first() {
            let asked = query([
                ("customerId", self.choices.customer.as_str()),
                ("maxResults", "1"),
            ]);
            let list = format!("{}/users", path(of));
            let read = self.licensing.page(&list, asked, "items").await;
            probes.push(Probe::of("read licences", read));
        }
        if self.choices.heir.is_some() {
            let asked = query([("maxResults", "1")]);
            let read = self.transfers.page("transfers", asked, "dataTransfers");
            probes.push(Probe::of("hand files over", read.await));
        }
        probes
    }
}

async fn changes(api: &Api, what: &str, call: Call) -> Probe {
    Probe::of_trying(what, api.call(&call).await)
}
