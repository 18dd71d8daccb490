//! What Latchkey has to be able to do in such a system, tried without changing anything.

use latchkey_http_api::{Try, Without, text_of};
use latchkey_lifecycle::EmployeeId;
use latchkey_systems::{Fault, Faults, Probe, Sought};
use serde_json::Value;

use crate::{answer::Came, api::Api};

/// An account name that nobody has.
const NOBODY: &str = "latchkey-nobody";

impl Api {
    pub(crate) async fn try_all(&self) -> Vec<Probe> {
        let lines = match self.page_of_all(None).await {
            Ok(read) => read.lines,
            Err(fault) => return vec![Probe::failed("list its accounts", fault)],
        };
        let list = &self.description.list;
        let accounts = self.accounts(list, lines.clone(), false).await;
        let mut probes = vec![Probe::of("list its accounts", accounts)];
        probes.extend(self.try_what_they_have(&lines).await);
        if let Some(nobody) = nobody() {
            let came = match self.find(&nobody).await {
                // A name that cannot be one is refused, and that is an answer.
                Ok(_)
                | Err(Fault::Rejected { .. } | Fault::Conflict { .. } | Fault::Taken { .. }) => {
                    Ok(())
                }
                Err(fault) => Err(fault),
            };
            probes.push(Probe::of("look for an account", came));
        }
        for (kind, rules) in &self.description.entitlements {
            if let Some(catalogue) = &rules.catalogue {
                let came = self.try_catalogue(kind, catalogue).await;
                probes.push(Probe::of(format!("read what it can give: {kind}"), came));
            }
        }
        for each in &self.description.tries {
            probes.push(Probe::of(each.can.clone(), self.try_one(each).await));
        }
        probes
    }

    /// Whether accounts show what they have. Where the place may be missing and nobody's account has it, the place may
    /// be wrong, and everybody would seem to have nothing.
    async fn try_what_they_have(&self, lines: &[Value]) -> Vec<Probe> {
        let Some(first) = lines.first() else {
            return Vec::new();
        };
        // Where a list shows a part, one account is asked for itself.
        let whole = match self.found(first) {
            Some(found) if self.description.read.is_some() => {
                self.whole(&found, first.clone()).await
            }
            _ => Ok(None),
        };
        let whole = match whole {
            Ok(whole) => whole.map(|(_, value)| value),
            Err(fault) => return vec![Probe::failed("read an account", fault)],
        };
        let kinds = self.description.entitlements.iter();
        let tried = kinds.filter_map(|(kind, rules)| {
            let place = rules.at.as_deref()?;
            let shows = |value: &Value| self.at(place, value).is_some_and(|v| !v.is_null());
            // Where accounts are read themselves, what a list shows of them does not count.
            let shown: Vec<&Value> = match &whole {
                Some(whole) => vec![whole],
                None => lines.iter().collect(),
            };
            let came = match rules.may_be_missing {
                false if shown.iter().all(|value| shows(value)) => Ok(()),
                false => Err(self.not_told(kind, place)),
                true if lines.iter().chain(&whole).any(shows) => Ok(()),
                true => Err(self.rejected(format!(
                    "none of the accounts that were looked at shows anything at `{place}`; if they leave it out only while it is empty, \
                     give one of them something and try again, or else correct the description of its API"
                ))),
            };
            Some(Probe::of(format!("see what accounts have: {kind}"), came))
        });
        tried.collect()
    }

    async fn try_one(&self, each: &Try) -> Result<(), Fault> {
        let request = &each.request;
        let came = self.send(request, Without::LeftOut, &|_| None).await?;
        let Came::Done(answer) = came else {
            return Err(self.rejected(format!("`{}` is answered with not found", request.call)));
        };
        let Some(wanted) = &each.has else {
            return Ok(());
        };
        let body = self.json(request, answer)?;
        let place = request.at.as_deref().unwrap_or_default();
        let rights = self.at(place, &body).and_then(|v| v.as_array());
        let mut rights = rights.into_iter().flatten();
        match rights.any(|right| text_of(right).as_ref() == Some(wanted)) {
            true => Ok(()),
            false => Err(self.unauthorized(format!("the secret lacks the right `{wanted}`"))),
        }
    }
}

fn nobody() -> Option<Sought> {
    Some(Sought {
        employee_id: EmployeeId::new(NOBODY).ok()?,
        name: Some(NOBODY.to_owned()),
        email: None,
        previous_id: None,
        known: None,
    })
}
