//! Letters about findings: one for all that is new in a system, one for what is urgent, one for what was missed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use latchkey_lifecycle::{
    AuditBody, EmployeeId, Finding, FindingId, FindingKind, FindingState, Letter, LetterId,
    QueuedLetter, TeamId, URGENT, What, instant_and_how_far, shown,
};
use latchkey_questions::findings::{advice_of_page, named, names_in};
use latchkey_runtime::Failure;

use crate::{
    Sweep, advice,
    record::{BY, SHOWN, Tally, Told, audit},
};

/// What a letter is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Urgent,
    New,
    Missed,
}

impl Sweep<'_> {
    /// Tells owners what they do not know yet. What could not be sent is told by the next sweep.
    pub(crate) async fn tell(&self, tally: &Tally) -> Result<(), Failure> {
        if self.dry_run {
            return Ok(());
        }
        let owner = self.owner(tally);
        for (about, told) in [
            (About::Urgent, &tally.urgent),
            (About::New, &tally.ordinary),
            (About::Missed, &tally.missed),
        ] {
            if told.ids.is_empty() {
                continue;
            }
            let mut letters = Vec::new();
            let names = names_in(self.deps.ledger, &told.shown).await?;
            for reader in self.readers(about, &owner, told) {
                letters.push(self.letter(about, tally, (told, &names), reader));
            }
            let now = self.deps.clock.now();
            let queued = |letter| queued(about, told, letter, now);
            let letters: Vec<QueuedLetter> = letters.into_iter().map(queued).collect();
            self.deps.ledger.write_letters(&letters).await?;
            self.mark(about, told).await?;
        }
        Ok(())
    }

    fn readers(&self, about: About, owner: &TeamId, told: &Told) -> Vec<(String, String)> {
        let address = |team: &TeamId| {
            let known = self.runbook.team(team);
            known.map(|t| t.email.clone()).unwrap_or_default()
        };
        let mut readers = vec![(owner.to_string(), address(owner))];
        let mut add = |team: String, to: String| {
            if readers.iter().all(|(_, known)| *known != to) {
                readers.push((team, to));
            }
        };
        let unread = told
            .shown
            .iter()
            .any(|f| f.seen.kind == FindingKind::NotRead);
        if unread {
            let operations = self.runbook.operations_team();
            add(operations.to_string(), address(operations));
        }
        if about == About::Missed {
            let contact = self.runbook.escalation(owner);
            add(contact.key(), contact.email.clone());
        }
        readers
    }

    fn letter(
        &self,
        about: About,
        tally: &Tally,
        (told, names): (&Told, &BTreeMap<EmployeeId, String>),
        (team, to): (String, String),
    ) -> Letter {
        let system = tally.swept.system.as_ref();
        let place = match system.and_then(|id| self.runbook.system(id)) {
            Some(system) => system.name.clone(),
            None => tally.concern.place().to_owned(),
        };
        let count = match told.ids.len() {
            1 => "1 finding".to_owned(),
            n => format!("{n} findings"),
        };
        let (subject, first) = match about {
            About::Urgent => (
                format!("{URGENT}{count} in {place}"),
                "This differs from what should be, and every minute counts:",
            ),
            About::New => (
                format!("{count} in {place}"),
                "This differs from what the ledger and the runbook say:",
            ),
            About::Missed => (
                format!("MISSED: {count} in {place}"),
                "This was found, and should be gone by now:",
            ),
        };
        let urgent = told.shown.iter().any(|one| one.seen.kind.is_urgent());
        let subject = match about {
            About::Missed if urgent => format!("{URGENT}{subject}"),
            _ => subject,
        };
        let text = self.text(first, told, names);
        Letter::new(team, to, subject, text)
    }

    fn text(&self, first: &str, told: &Told, names: &BTreeMap<EmployeeId, String>) -> String {
        let (zone, now) = (self.runbook.time_zone(), self.deps.clock.now());
        let mut text = format!("{first}\n");
        let mut kinds: Vec<FindingKind> = Vec::new();
        for finding in &told.shown {
            let due = instant_and_how_far(finding.window.due, zone, now);
            text.push_str(&format!(
                "\n- {}\n  Finding {}, due {due}\n",
                shown::line(&named(finding, &self.runbook, names)),
                finding.id,
            ));
            if let Some(pages) = self.deps.pages {
                text.push_str(&format!("  {pages}/findings#f-{}\n", finding.id));
            }
            if !kinds.contains(&finding.seen.kind) {
                kinds.push(finding.seen.kind);
            }
        }
        let more = told.ids.len().saturating_sub(SHOWN);
        match self.deps.pages {
            _ if more == 0 => {}
            Some(pages) => text.push_str(&format!("\nAnd {more} more: {pages}/findings\n")),
            None => text.push_str(&format!(
                "\nAnd {more} more: latchkey reconcile --dry-run lists them.\n"
            )),
        }
        text.push_str("\nWhat to do:\n");
        for kind in kinds {
            let advice = match self.deps.pages {
                Some(_) => advice_of_page(kind),
                None => advice(kind),
            };
            text.push_str(&format!("- {}: {advice}\n", kind.words()));
        }
        let how = match self.deps.pages {
            Some(_) => {
                "The page asks you to sign in. There Latchkey sets a finding right in your name (“Repair it”), or lets it stay for a reason \
                 (“Leave it as it is”); who cannot sign in asks whoever runs Latchkey.\n"
            }
            None => {
                "To have Latchkey set one right: latchkey reconcile --repair FINDING --by \"YOUR NAME\"\n\
                 To let one stay as it is: latchkey reconcile --accept FINDING --by \"YOUR NAME\" --reason \"WHY\"\n"
            }
        };
        text.push_str(&format!(
            "\n{how}A finding closes by itself as soon as the difference is gone.\n\n-- \nLatchkey for {}\n",
            self.runbook.company()
        ));
        text
    }

    async fn mark(&self, about: About, told: &Told) -> Result<(), Failure> {
        let now = self.deps.clock.now();
        for id in &told.ids {
            let change = |before: Option<&Finding>| {
                let before = before.filter(|f| f.state == FindingState::Open)?;
                marked(about, before, now)
            };
            self.deps.ledger.change_finding(id, change).await?;
        }
        Ok(())
    }
}

/// A letter for the queue: of the same findings, as they were opened then, there is one.
fn queued(about: About, told: &Told, letter: Letter, now: Timestamp) -> QueuedLetter {
    let word = match about {
        About::Urgent => "urgent",
        About::New => "new",
        About::Missed => "missed",
    };
    let findings: Vec<&str> = told.ids.iter().map(FindingId::as_str).collect();
    let since = told.shown.iter().map(|finding| finding.window.opens).max();
    let since = since.map(|at| at.to_string()).unwrap_or_default();
    let id = LetterId::of(&[
        &"findings",
        &word,
        &findings.join(" "),
        &since,
        &letter.team,
        &letter.to,
    ]);
    QueuedLetter::new(id, letter, None, now)
}

fn marked(about: About, before: &Finding, now: Timestamp) -> Option<(Finding, AuditBody)> {
    let mut after = before.clone();
    let (what, text) = match about {
        About::Missed => {
            after.missed = true;
            (
                What::Missed,
                "Its window has ended; the escalation contact was told.",
            )
        }
        About::Urgent | About::New => {
            after.told = true;
            (What::Told, "Its owner was told.")
        }
    };
    let changed = after != *before;
    let body = audit(now, BY, what, text.to_owned(), &after);
    changed.then_some((after, body))
}
