//! The life of an account: made, cut off, let in again, changed, deleted, brought back.

use latchkey_lifecycle::{Account, EmployeeId};
use latchkey_systems::{Fault, Faults, Found, segment, unknown_password};
use serde_json::{Value, json};

use crate::{
    answer::{UNSUPPORTED, code, is_gone, is_name_taken},
    ask::{Ask, Order, literal},
    entra::Entra,
    user::new,
};

impl Entra {
    pub(crate) async fn create(&self, account: &Account) -> Result<Found, Fault> {
        if self.choices.restore_deleted
            && let Some(id) = &account.employee_id
        {
            self.bring_back(id).await?;
        }
        let password = unknown_password(self)?;
        let user = new(account, &password, self.choices.usage_location.as_deref());
        let ask = Ask::post("users".to_owned(), Some(user));
        let answer = self.ask(&ask).await?;
        if is_name_taken(&answer) {
            let path = format!("users/{}?$select=id", segment(&account.name));
            let holder = self.ask(&Ask::get(path)).await?;
            if is_gone(&holder) {
                // Made a moment ago, perhaps by a call of ours whose answer was lost.
                return Err(self.not_yet("an account of that name is there and not shown"));
            }
        }
        let answer = self.means(&ask, answer)?;
        let id = answer.body.as_ref().and_then(|user| user["id"].as_str());
        Found::made(self, id, account)
    }

    /// Brings back the account that somebody had until it was deleted, at most 30 days ago ("Restore deleted item"). It
    /// comes with what it had, so that what is to change has to be worked out again.
    async fn bring_back(&self, employee_id: &EmployeeId) -> Result<(), Fault> {
        let all = "directory/deletedItems/microsoft.graph.user?$select=id,employeeId";
        let id = literal(employee_id.as_str());
        let mut ask = Ask::get(format!("{all}&$filter=employeeId%20eq%20{id}"));
        let mut answer = self.ask(&ask).await?;
        if code(&answer) == UNSUPPORTED {
            // Whether deleted users can be asked for by employee id is not documented; there are those of 30 days.
            ask = Ask::get(format!("{all}&$top=999"));
            answer = self.ask(&ask).await?;
        }
        let mut ids = Vec::new();
        let see = |user: &Value| {
            if user["employeeId"] == employee_id.as_str() {
                ids.extend(user["id"].as_str().map(str::to_owned));
            }
        };
        let whole = self.each_after(&ask, answer, see).await?;
        match whole.map(|()| ids).get().as_slice() {
            [] => Ok(()),
            [id] => {
                let path = format!("directory/deletedItems/{}/restore", segment(id));
                let restore = Ask::post(path, None);
                let answer = self.ask(&restore).await?;
                if is_gone(&answer) {
                    return Ok(());
                }
                self.means(&restore, answer)?;
                Err(self.not_yet("the deleted account is on its way back"))
            }
            more => Err(self.conflict(format!(
                "{} deleted accounts have the employee id {employee_id}; restore the right one there, or delete them for good",
                more.len()
            ))),
        }
    }

    /// Ends sessions, and cuts sign-in, in one call. In this order, and the second only when the first is done: whoever
    /// is cut off in between does both again, since the account still works. A session that began in between ends when
    /// its token does, since an account that is cut off gets no other ("Revoke user access in Microsoft Entra ID").
    pub(crate) async fn suspend(&self, id: &str) -> Result<(), Fault> {
        let user = segment(id);
        let end = Ask::post(format!("users/{user}/revokeSignInSessions"), None);
        let cut = Ask::patch(format!("users/{user}"), json!({ "accountEnabled": false }));
        let asks = [end, cut];
        let mut answers = self.batch(&asks, Order::OneByOne).await?.into_iter();
        let [end, cut] = asks;
        let (Some(ended), Some(was_cut)) = (answers.next(), answers.next()) else {
            return Err(self.odd("a batch that lacks an answer"));
        };
        if is_gone(&ended) || is_gone(&was_cut) {
            return Ok(());
        }
        match self.means(&end, ended) {
            Ok(_) => self.means(&cut, was_cut).map(|_| ()),
            Err(fault) if fault.is_retryable() => Err(fault),
            // Without the right to end sessions, sign-in is cut all the same; the owner hears of the rest.
            Err(fault) => {
                let answer = self.ask(&cut).await?;
                if !is_gone(&answer) {
                    self.means(&cut, answer)?;
                }
                Err(fault)
            }
        }
    }

    /// Sets one property, or clears it with `null` ("Update user").
    pub(crate) async fn set(&self, id: &str, property: &str, value: Value) -> Result<(), Fault> {
        let path = format!("users/{}", segment(id));
        let ask = Ask::patch(path, json!({ property: value }));
        let answer = self.ask(&ask).await?;
        if is_gone(&answer) {
            return Err(self.lost());
        }
        self.means(&ask, answer).map(|_| ())
    }

    /// The account can be restored for 30 days ("Delete a user").
    pub(crate) async fn delete(&self, id: &str) -> Result<(), Fault> {
        let ask = Ask::delete(format!("users/{}", segment(id)));
        let answer = self.ask(&ask).await?;
        if is_gone(&answer) {
            return Ok(());
        }
        self.means(&ask, answer).map(|_| ())
    }
}
