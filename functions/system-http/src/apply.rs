//! One change to an account.

use latchkey_http_api::{Request, Steps, Template, Without};
use latchkey_lifecycle::{Account, Change};
use latchkey_systems::{Fault, Faults, Found};
use serde_json::Value;

use crate::{answer::Came, api::Api, names};

impl Api {
    pub(crate) async fn change(
        &self,
        at: Option<&Found>,
        change: &Change,
    ) -> Result<Option<Found>, Fault> {
        if let Change::Create { account } = change {
            return self.create(account).await.map(Some);
        }
        let at = at.ok_or_else(|| self.no_account(change))?;
        let Some(Found { account: after, .. }) = at.after(change) else {
            self.delete(at).await?;
            return Ok(None);
        };
        match change {
            Change::Suspend => {
                if !self.suspend(at).await? {
                    return Ok(None);
                }
            }
            Change::Restore => {
                let there = self.steps(&self.description.restore, at).await?;
                if !there {
                    return Err(self.gone(change));
                }
            }
            Change::Adopt { .. } => self.update(at, &after, "employee_id").await?,
            Change::Rename { .. } => self.update(at, &after, "name").await?,
            Change::SetAttribute { name, .. } => self.update(at, &after, name).await?,
            Change::Grant { entitlement } => self.entitle(at, entitlement, true).await?,
            Change::Revoke { entitlement } => self.entitle(at, entitlement, false).await?,
            Change::Create { .. } | Change::Delete => {}
        }
        let handle = match change {
            Change::Rename { name } if self.handle_is_name() => name.clone(),
            _ => at.handle.clone(),
        };
        Ok(Some(Found::new(handle, after)))
    }

    /// Cuts sign-in and ends sessions; `false` when the account is gone then.
    async fn suspend(&self, at: &Found) -> Result<bool, Fault> {
        let description = &self.description;
        // Before and after: whoever is cut off half-way still counts as active, and is seen to again; and nobody begins
        // a session in between.
        self.steps(&description.sign_out, at).await?;
        if !description.suspends() {
            self.delete(at).await?;
            return Ok(false);
        }
        let there = self.steps(&description.suspend, at).await?;
        if there {
            self.steps(&description.sign_out, at).await?;
        }
        Ok(there)
    }

    /// Deletes the account; one that is gone already is deleted.
    async fn delete(&self, at: &Found) -> Result<(), Fault> {
        let steps = &self.description.delete;
        if steps.0.is_empty() {
            return Err(self.rejected(
                "the description of its API does not say how an account is deleted; delete it there",
            ));
        }
        self.steps(steps, at).await.map(|_| ())
    }

    /// Whether the account was there at each step.
    async fn steps(&self, steps: &Steps, at: &Found) -> Result<bool, Fault> {
        let mut there = true;
        for request in &steps.0 {
            let values = names::of_account(Some(&at.handle), &at.account, None);
            let came = self.send(request, Without::LeftOut, &values).await?;
            there &= matches!(came, Came::Done(_));
        }
        Ok(there)
    }

    async fn update(&self, at: &Found, after: &Account, what: &str) -> Result<(), Fault> {
        let request = self.description.update_of(what).ok_or_else(|| {
            self.rejected(format!(
                "the description of its API does not say how `{what}` is changed; change it there"
            ))
        })?;
        self.write(request, &at.handle, after).await
    }

    async fn write(&self, request: &Request, handle: &str, account: &Account) -> Result<(), Fault> {
        let values = names::of_account(Some(handle), account, None);
        match self.send(request, Without::Null, &values).await? {
            Came::Done(_) => Ok(()),
            Came::NotThere => {
                Err(self.not_yet("an account that was there goes away while it is being changed"))
            }
        }
    }

    fn gone(&self, change: &Change) -> Fault {
        self.not_yet(format!(
            "the account goes away while Latchkey is to {change}"
        ))
    }

    async fn create(&self, account: &Account) -> Result<Found, Fault> {
        let request = &self.description.create;
        let values = names::of_account(None, account, None);
        let Came::Done(answer) = self.send(request, Without::LeftOut, &values).await? else {
            return Err(self.rejected(format!(
                "`{}` is answered with not found; check the address in the runbook",
                request.call
            )));
        };
        let place = request.at.as_deref().unwrap_or_default();
        let made = answer.body.as_ref().and_then(|body| self.at(place, body));
        let handle = self.description.account.handle.as_str();
        let handle = made.and_then(|made| self.at(handle, made));
        let handle = handle.and_then(latchkey_http_api::text_of);
        let handle = match handle {
            Some(handle) => handle,
            None if self.handle_is_name() => account.name.clone(),
            // It was made and is not shown: it is looked for.
            None => match self.by_name(account).await? {
                Some((found, _)) => found.handle,
                None => {
                    return Err(
                        self.not_yet(format!("the account {} that was just made", account.name))
                    );
                }
            },
        };
        for update in self.not_made_with(account) {
            self.write(update, &handle, account).await?;
        }
        Ok(Found::new(handle, account.clone()))
    }

    /// What writes that of a new account which its making does not.
    fn not_made_with(&self, account: &Account) -> Vec<&Request> {
        let description = &self.description;
        let made_with = names_in(&description.create);
        let attributes = account.attributes.keys().map(String::as_str);
        let written = attributes.map(|name| (name, format!("attribute.{name}")));
        let id = account.employee_id.iter();
        let id = id.map(|_| ("employee_id", "account.employee_id".to_owned()));
        let mut updates: Vec<&Request> = Vec::new();
        for (what, name) in id.chain(written) {
            if made_with.contains(&name) {
                continue;
            }
            let update = description.update_of(what);
            // One that writes everything is sent once.
            updates.extend(update.filter(|update| !updates.contains(update)));
        }
        updates
    }
}

/// The names in the texts of a request.
fn names_in(request: &Request) -> Vec<String> {
    fn texts<'v>(value: &'v Value, all: &mut Vec<&'v str>) {
        match value {
            Value::String(text) => all.push(text),
            Value::Array(each) => each.iter().for_each(|value| texts(value, all)),
            Value::Object(map) => map.values().for_each(|value| texts(value, all)),
            _ => {}
        }
    }
    let mut all = vec![request.call.as_str()];
    all.extend(request.query.values().map(String::as_str));
    let form = request.form.iter().flat_map(|form| form.values());
    all.extend(form.map(String::as_str));
    if let Some(body) = &request.json {
        texts(body, &mut all);
    }
    let templates = all
        .into_iter()
        .filter_map(|text| Template::parse(text).ok());
    let names = templates.flat_map(|t| t.names().map(str::to_owned).collect::<Vec<_>>());
    names.collect()
}
