//! The life of an account: made, activated, suspended, restored, deleted. Which status allows which step stands in the
//! reference, "User Lifecycle"; steps are not idempotent there, so a refusal is followed by a look whether it stands so
//! already.

use latchkey_lifecycle::Account;
use latchkey_systems::{Call, Fault, Faults, Found, query, segment};
use serde_json::{Value, json};

use crate::{
    answer::{ALREADY_ACTIVE, NOT_IN_THIS_STATUS, code, is_gone, is_refused},
    okta::Okta,
    user::{profile, status, transition, works},
};

impl Okta {
    pub(crate) async fn create(&self, account: &Account) -> Result<Found, Fault> {
        let mails = self.choices.mails;
        // Whoever is activated with this call, and has no password, is written to ("Create a user").
        let activate = account.active && mails;
        let call = self
            .post("users")
            .asking(query([("activate", flag(activate))]));
        let profile = profile(account, &self.choices.holder);
        let call = call.with(json!({ "profile": profile }));
        let answer = self.call(&call).await?;
        let id = answer.body.as_ref().and_then(|user| user["id"].as_str());
        let found = Found::made(self, id, account)?;
        if account.active && !mails {
            self.activate(&found.handle, false).await?;
        }
        Ok(found)
    }

    /// Only STAGED and DEPROVISIONED can be activated.
    async fn activate(&self, id: &str, mails: bool) -> Result<(), Fault> {
        let call = self.step(id, "activate");
        let call = call.asking(query([("sendEmail", flag(mails))]));
        let answer = self.http.ask(&call).await?;
        match code(&answer) {
            ALREADY_ACTIVE => Ok(()),
            _ => self.means(&call, answer).map(|_| ()),
        }
    }

    /// Ends sessions and tokens, and cuts sign-in. In this order: whoever is cut off in between does both again, since
    /// the account still works. Okta ends the sessions that began in between when it suspends
    /// (<https://help.okta.com/oie/en-us/content/topics/security/custom-admin-role/about-role-permissions.htm>).
    pub(crate) async fn suspend(&self, id: &str) -> Result<(), Fault> {
        let ended = self.end_sessions(id).await;
        match &ended {
            Err(fault) if fault.is_retryable() => return ended,
            // Without the right to end sessions, sign-in is cut all the same; the owner hears of the rest.
            _ => {}
        }
        self.cut(id).await?;
        ended
    }

    /// Reference, "Revoke all user sessions".
    async fn end_sessions(&self, id: &str) -> Result<(), Fault> {
        let call = Call::delete(format!("users/{}/sessions", segment(id)));
        let call = call.asking(query([("oauthTokens", "true")]));
        self.call_if_there(&call).await.map(|_| ())
    }

    /// Only ACTIVE can be suspended; who works in another way is deactivated.
    async fn cut(&self, id: &str) -> Result<(), Fault> {
        let call = self.step(id, "suspend");
        let answer = self.http.ask(&call).await?;
        if answer.status.is_success() || is_gone(&answer) {
            return Ok(());
        }
        if !is_refused(&answer) {
            return self.means(&call, answer).map(|_| ());
        }
        let Some(user) = self.raw_user(id).await?.filter(works) else {
            return Ok(());
        };
        if !transition(&user).is_empty() {
            return Err(self.not_yet(format!(
                "the account is on the way to {}",
                transition(&user)
            )));
        }
        if status(&user) == "ACTIVE" {
            return self.means(&call, answer).map(|_| ());
        }
        let call = self.step(id, "deactivate");
        let call = call.asking(query([("sendEmail", "false")]));
        self.call_if_there(&call).await.map(|_| ())
    }

    pub(crate) async fn restore(&self, id: &str) -> Result<(), Fault> {
        let user = self.raw_user(id).await?;
        let user = user.ok_or_else(|| self.rejected("the account is not there any more"))?;
        let mails = self.choices.mails;
        match status(&user) {
            "SUSPENDED" => self.call(&self.step(id, "unsuspend")).await.map(|_| ()),
            "STAGED" | "DEPROVISIONED" => self.activate(id, mails).await,
            // Activated a moment ago, so that its profile could be changed: now the link goes out.
            "PROVISIONED" if mails => {
                let call = self.step(id, "reactivate");
                let call = call.asking(query([("sendEmail", "true")]));
                self.call(&call).await.map(|_| ())
            }
            _ => Ok(()),
        }
    }

    /// Sets one attribute of the profile, or clears it with `null` ("Update a user", partial).
    pub(crate) async fn set(&self, id: &str, field: &str, value: Value) -> Result<(), Fault> {
        let call = self.post(format!("users/{}", segment(id)));
        let call = call.with(json!({ "profile": { field: value } }));
        let answer = self.http.ask(&call).await?;
        if code(&answer) == NOT_IN_THIS_STATUS {
            let user = self.raw_user(id).await?;
            if user.is_some_and(|user| status(&user) == "DEPROVISIONED") {
                // A deactivated profile cannot be changed unless the organisation chose so. An activated one without a
                // link can, and nobody can sign in with it: deactivation removed the password. The link goes out when
                // it is restored.
                self.activate(id, false).await?;
                return self.call(&call).await.map(|_| ());
            }
        }
        self.means(&call, answer).map(|_| ())
    }

    /// The first call deactivates, the second one deletes; who was deactivated already is gone after the first ("Delete
    /// a user").
    pub(crate) async fn delete(&self, id: &str) -> Result<(), Fault> {
        let call = Call::delete(format!("users/{}", segment(id)));
        let call = call.asking(query([("sendEmail", "false")]));
        for _ in 0..2 {
            if self.call_if_there(&call).await?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn step(&self, id: &str, name: &str) -> Call {
        self.post(format!("users/{}/lifecycle/{name}", segment(id)))
    }
}

fn flag(is: bool) -> &'static str {
    if is { "true" } else { "false" }
}
