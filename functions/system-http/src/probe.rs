//! What Latchkey has to be able to do in such a system, tried without changing anything.

use latchkey_http_api::{Try, Without, text_of};
use latchkey_lifecycle::EmployeeId;
use latchkey_systems::{Fault, Probe, Sought};

use crate::{answer::Came, api::Api};

/// An account name that nobody has.
const NOBODY: &str = "latchkey-nobody";

impl Api {
    pub(crate) async fn try_all(&self) -> Vec<Probe> {
        let read = self.page_of(&self.description.list, &|_| None, None).await;
        let stop = read.is_err();
        let mut probes = vec![Probe::of("list its accounts", read.map(|_| ()))];
        if stop {
            return probes;
        }
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
            false => Err(Fault::Unauthorized {
                system: self.http.system().to_owned(),
                problem: format!("the secret lacks the right `{wanted}`"),
            }),
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
