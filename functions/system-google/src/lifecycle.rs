//! The life of an account: made, changed, suspended, restored, deleted.

use latchkey_lifecycle::{Account, EmployeeId};
use latchkey_systems::{Call, Fault, Faults, Found, query, segment, unknown_password};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    google::Google,
    user::{Field, TOP, field_of, new_user, org_unit, with_employee_id, with_work},
};

/// What changes a user.
fn patch(id: &str, body: Value) -> Call {
    let call = Call::new(Method::PATCH, format!("users/{}", segment(id)));
    call.with(body).asking(query([("fields", "id")]))
}

impl Google {
    pub(crate) async fn create(&self, account: &Account) -> Result<Found, Fault> {
        let body = new_user(account, &self.choices, &unknown_password(self)?);
        let call = Call::new(Method::POST, "users").with(body);
        let call = call.asking(query([("fields", "id")]));
        let answer = self.directory.call(&call).await?;
        let id = answer.body.as_ref().and_then(|user| user["id"].as_str());
        Found::made(self, id, account)
    }

    async fn patch(&self, id: &str, body: Value) -> Result<(), Fault> {
        let answer = self.directory.call_if_there(&patch(id, body)).await?;
        answer.map(|_| ()).ok_or_else(|| self.unseen())
    }

    async fn there(&self, id: &str) -> Result<Value, Fault> {
        self.user(id).await?.ok_or_else(|| self.unseen())
    }

    /// An account that was made a moment ago is not always shown at once.
    fn unseen(&self) -> Fault {
        self.not_yet("the account was made a moment ago, or is not there any more")
    }

    pub(crate) async fn adopt(&self, id: &str, employee: Option<&EmployeeId>) -> Result<(), Fault> {
        let user = self.there(id).await?;
        let ids = with_employee_id(&user, &self.choices, employee);
        self.patch(id, json!({ "externalIds": ids })).await
    }

    /// The address of before stays as an alias.
    pub(crate) async fn rename(&self, id: &str, name: &str) -> Result<(), Fault> {
        self.patch(id, json!({ "primaryEmail": name })).await
    }

    pub(crate) async fn set(&self, id: &str, name: &str, value: Option<&str>) -> Result<(), Fault> {
        let body = match field_of(name) {
            Some(Field::Name(field)) => json!({"name": {field: value}}),
            Some(Field::Work(field)) => {
                let user = self.there(id).await?;
                json!({"organizations": with_work(&user, field, value)})
            }
            None => {
                let problem = format!("Google has no attribute for `{name}`");
                return Err(self.rejected(problem));
            }
        };
        self.patch(id, body).await
    }

    /// Ends sessions, and cuts sign-in. In this order: whoever is cut off in between does both again, since the account
    /// still works, and a suspended account's services are closed to sessions that began in between.
    pub(crate) async fn suspend(&self, id: &str) -> Result<(), Fault> {
        let path = format!("users/{}/signOut", segment(id));
        let end = Call::new(Method::POST, path);
        let ended = self.directory.call_if_there(&end).await.map(|_| ());
        match &ended {
            Err(fault) if fault.is_retryable() => return ended,
            // Without the right to end sessions, sign-in is cut all the same; the owner hears of the rest.
            _ => {}
        }
        let mut body = json!({ "suspended": true });
        if let Some(path) = &self.choices.leavers {
            body["orgUnitPath"] = json!(path);
        }
        let cut = self.directory.call_if_there(&patch(id, body)).await?;
        if cut.is_none() {
            return Ok(());
        }
        if self.choices.app_access {
            self.take_app_access(id).await?;
        }
        ended
    }

    /// Who was archived is taken out of the archive, too, and who was moved away comes back to the top.
    pub(crate) async fn restore(&self, id: &str) -> Result<(), Fault> {
        let user = self.there(id).await?;
        let mut body = json!({ "suspended": false });
        if user["archived"] == true {
            body["archived"] = json!(false);
        }
        if self.choices.leavers.as_deref() == Some(org_unit(&user)) {
            body["orgUnitPath"] = json!(TOP);
        }
        self.patch(id, body).await
    }

    /// Moves somebody to an organizational unit.
    pub(crate) async fn move_to(&self, id: &str, path: &str) -> Result<(), Fault> {
        self.patch(id, json!({ "orgUnitPath": path })).await
    }

    pub(crate) async fn delete(&self, id: &str) -> Result<(), Fault> {
        if let Some(heir) = &self.choices.heir {
            let Some(user) = self.user(id).await? else {
                return Ok(());
            };
            self.hand_over(id, &user, heir).await?;
        }
        let call = Call::delete(format!("users/{}", segment(id)));
        self.directory.call_if_there(&call).await.map(|_| ())
    }
}
