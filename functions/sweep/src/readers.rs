//! Whose letters nobody gets: where letters go to a topic, a team's address has to be subscribed there and to have
//! confirmed it.

use std::collections::BTreeSet;

use latchkey_lifecycle::{FindingKind, Seen, TeamId};
use latchkey_runbook::Runbook;
use latchkey_runtime::{Failure, Gets, MANAGERS, Subscription, Subscriptions};

use crate::{
    Sweep, Swept,
    record::{Concern, Tally},
};

impl Sweep<'_> {
    /// Opens a finding for each team, each escalation contact and the managers whose letters reach nobody.
    ///
    /// # Errors
    /// [`Failure`] of the topic, the ledger or mail.
    pub(crate) async fn subscribed(
        &self,
        subscriptions: &dyn Subscriptions,
    ) -> Result<Swept, Failure> {
        let all = subscriptions.subscriptions().await?;
        let mut tally = Tally::about(Concern::Readers, hears(&self.runbook, &all));
        for team in written_to(&self.runbook) {
            if !all.iter().any(|one| one.gets(&team)) {
                let problem = why(&self.runbook, &team, &all);
                self.note(&mut tally, seen(team), Some(problem)).await?;
            }
        }
        self.close_the_rest(&mut tally, true).await?;
        self.tell(&tally).await?;
        Ok(tally.swept)
    }
}

/// Everybody whom letters are written to, by what subscriptions are filtered by.
fn written_to(runbook: &Runbook) -> BTreeSet<String> {
    let mut all = BTreeSet::from([MANAGERS.to_owned()]);
    for (id, _) in runbook.teams() {
        all.insert(id.to_string());
        all.insert(runbook.escalation(id).key());
        all.extend(runbook.backup(id).map(|contact| contact.key()));
    }
    all
}

/// Who is told: the operations team, and where its own letters reach nobody the first team whose do.
fn hears(runbook: &Runbook, all: &[Subscription]) -> TeamId {
    let first = [runbook.operations_team(), runbook.hr_team()];
    let every = first.into_iter().chain(runbook.teams().map(|(id, _)| id));
    let mut reached = every.filter(|team| all.iter().any(|one| one.gets(team.as_str())));
    reached
        .next()
        .unwrap_or_else(|| runbook.operations_team())
        .clone()
}

fn why(runbook: &Runbook, team: &str, all: &[Subscription]) -> String {
    let address = match TeamId::new(team).ok().and_then(|id| runbook.team(&id)) {
        Some(team) => team.email.as_str(),
        None => team,
    };
    let unconfirmed = |one: &&Subscription| one.gets == Gets::Unconfirmed;
    let pending: Vec<&str> = all
        .iter()
        .filter(unconfirmed)
        .map(|one| one.endpoint.as_str())
        .collect();
    if pending.iter().any(|one| one.eq_ignore_ascii_case(address)) {
        return format!("the subscription of {address} is not confirmed");
    }
    if pending.is_empty() {
        return "no subscription is for them".to_owned();
    }
    // Whose letters an unconfirmed one is for cannot be seen.
    format!(
        "no confirmed subscription is for them; not confirmed: {}",
        pending.join(", ")
    )
}

fn seen(team: String) -> Seen {
    Seen {
        kind: FindingKind::NoReader,
        system: None,
        employee_id: None,
        account: None,
        handle: Some(team),
        entitlements: BTreeSet::new(),
    }
}
