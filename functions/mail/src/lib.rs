//! **mail**: sends the letters that steps wrote to the ledger: first come, first served, at most one a second to each
//! address, what a team is asked at one instant as one e-mail. What is not taken is tried again for a day; what is
//! given up is told.

mod alert;
mod envelope;
mod gather;
mod html;
mod own;
mod refused;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use latchkey_ledger::{Ledger, Row, TaskRow};
use latchkey_lifecycle::{LetterId, LetterState, QueuedLetter, TaskState, TeamId};
use latchkey_questions::Absences;
use latchkey_runbook::Runbook;
use latchkey_runtime::{Clock, Envelope, Failure, Mail, MailError, NotTaken, Runbooks};
use serde::{Deserialize, Serialize};

pub use alert::Alert;

/// What sending needs.
#[derive(Clone, Copy)]
pub struct Deps<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// The present instant.
    pub clock: &'a dyn Clock,
    /// Checked runbooks.
    pub runbooks: &'a Runbooks,
    /// How e-mails go out.
    pub mail: &'a dyn Mail,
    /// How long to rest between two e-mails to one address; nothing where nobody reads them.
    /// SNS suspends a mailbox that gets more than 10 messages a second.
    /// Source: AWS, "Amazon SNS endpoints and quotas", email subscription delivery rate.
    pub rest: Duration,
}

/// The rest between two e-mails to one address.
pub const REST: Duration = Duration::from_secs(1);

/// What is asked of the function. The schedule asks for nothing in particular.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Request {
    /// Seconds after which nothing more is sent.
    pub limit_seconds: Option<u32>,
    /// What an operator is to be told of. Its letter is written, and nothing is sent by this call.
    pub alert: Option<Alert>,
}

/// What was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// E-mails that were taken.
    pub sent: usize,
    /// Letters that they brought.
    pub letters: usize,
    /// Letters that nobody needs any more.
    pub not_needed: usize,
    /// E-mails that were not taken.
    pub failed: usize,
    /// Letters that were given up.
    pub given_up: usize,
    /// When a letter that waits is tried next (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
    /// Since when the oldest letter that waits was tried in vain (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<Timestamp>,
    /// What was said last when one was not taken.
    #[serde(skip)]
    pub problem: Option<String>,
}

/// How many letters are looked at at once.
const BATCH: usize = 500;

/// After so many waves the queue is looked at again: a question that was written meanwhile does not stand behind
/// hundreds of letters of which the last ones can wait.
const WAVES: usize = 10;

/// Sends what is due. Running it twice sends nothing twice, unless it is cut off between a letter and the note of it:
/// then the letter has the same Message-ID.
///
/// # Errors
/// [`Failure::Busy`] and the like when the ledger does not answer. Mail that is not taken is no failure.
pub async fn handle(deps: &Deps<'_>, request: &Request) -> Result<Report, Failure> {
    if let Some(alert) = &request.alert {
        alert::write(deps, alert).await?;
        return Ok(Report::default());
    }
    let limit = request
        .limit_seconds
        .map(|s| SignedDuration::from_secs(s.into()));
    let until = limit.and_then(|limit| deps.clock.now().checked_add(limit).ok());
    let mut run = Run {
        deps,
        until,
        report: Report::default(),
        down: false,
        seen: BTreeSet::new(),
        noted: (0, 0),
    };
    loop {
        let waiting = deps.ledger.letters_waiting(BATCH).await?;
        let (due, later): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|row| row.item.is_due(deps.clock.now()) && !run.seen.contains(&row.item.id));
        if due.is_empty() || run.is_over() {
            let waiting: Vec<&QueuedLetter> =
                due.iter().chain(&later).map(|row| &row.item).collect();
            let tried = waiting.iter().filter(|letter| letter.tries > 0);
            run.report.waiting_since = tried.map(|letter| letter.written_at).min();
            run.report.next = waiting.iter().map(|letter| letter.next).min();
            return Ok(run.end());
        }
        run.waves(due).await?;
        run.note().await?;
    }
}

/// One run of the function.
struct Run<'a> {
    deps: &'a Deps<'a>,
    /// Nothing more is sent from then on (UTC).
    until: Option<Timestamp>,
    report: Report,
    /// Nothing is taken at present: the others need not be tried.
    down: bool,
    /// Letters that this run is through with: what could not be noted is not sent again at once.
    seen: BTreeSet<LetterId>,
    /// How many e-mails were taken, and how many were not, when it was noted last.
    noted: (usize, usize),
}

impl Run<'_> {
    fn is_over(&self) -> bool {
        self.down
            || self
                .until
                .is_some_and(|until| self.deps.clock.now() >= until)
    }

    /// Sends of what is due the first waves, one after the other, each of at most one e-mail to an address.
    async fn waves(&mut self, due: Vec<Row<QueuedLetter>>) -> Result<(), Failure> {
        let overtaken = gather::overtaken(&due);
        let (old, mut due): (Vec<_>, Vec<_>) = due
            .into_iter()
            .partition(|row| overtaken.contains(&row.item.id));
        for row in old {
            self.not_needed(row).await?;
        }
        let runbook = self.runbook().await?;
        let absences = self.absences(&runbook, &due).await?;
        for _ in 0..WAVES {
            if due.is_empty() || self.is_over() {
                break;
            }
            let (wave, left) = gather::wave(due);
            self.wave(wave, &runbook, &absences).await?;
            due = left;
            if !self.deps.rest.is_zero() && !self.down {
                tokio::time::sleep(self.deps.rest).await;
            }
        }
        Ok(())
    }

    async fn wave(
        &mut self,
        groups: Vec<Vec<Row<QueuedLetter>>>,
        runbook: &Runbook,
        absences: &Absences,
    ) -> Result<(), Failure> {
        for group in groups {
            let mut wanted = Vec::with_capacity(group.len());
            for row in group {
                match self.wanted(&row.item).await? {
                    Some(task) => {
                        self.write_own(&row.item, task.as_ref(), (runbook, absences))
                            .await?;
                        wanted.push(row);
                    }
                    None => self.not_needed(row).await?,
                }
            }
            self.begin(&mut wanted).await?;
            let now = self.deps.clock.now();
            if let Some(envelope) = envelope::envelope(&wanted, runbook, now) {
                self.send(&envelope, wanted, runbook).await?;
            }
            if self.down {
                break;
            }
        }
        Ok(())
    }

    async fn not_needed(&mut self, row: Row<QueuedLetter>) -> Result<(), Failure> {
        self.report.not_needed += 1;
        self.end_letter(row, LetterState::NotNeeded).await
    }

    async fn runbook(&self) -> Result<Arc<Runbook>, Failure> {
        Ok(self.deps.runbooks.current(self.deps.ledger).await?.1)
    }

    /// Who is away, and which letters people chose: read where any of these could come to somebody of a team, too.
    async fn absences(
        &self,
        runbook: &Runbook,
        due: &[Row<QueuedLetter>],
    ) -> Result<Absences, Failure> {
        let asks = |row: &Row<QueuedLetter>| {
            let letter = &row.item.letter;
            letter.brief.is_some() && letter.own.is_none()
        };
        let reads = self.deps.mail.reaches_people() && due.iter().any(asks);
        let teams = runbook.teams().map(|(team, _)| team).filter(|_| reads);
        let teams: Vec<&TeamId> = teams.collect();
        let (ledger, now) = (self.deps.ledger, self.deps.clock.now());
        Ok(Absences::read(ledger, runbook, &teams, now).await?)
    }

    /// The task of a letter whose question is still open; nothing of it, where it is about none. `None` where nobody
    /// needs the letter any more, or it cannot be brought to whose own it is.
    async fn wanted(&self, letter: &QueuedLetter) -> Result<Option<Option<TaskRow>>, Failure> {
        if letter.letter.own.is_some() && !self.deps.mail.reaches_people() {
            return Ok(None);
        }
        let about = letter.about.as_ref();
        let Some((about, task)) = about.and_then(|about| Some((about, about.task.as_ref()?)))
        else {
            return Ok(Some(None));
        };
        let Some(row) = self.deps.ledger.find_task(&about.case, task).await? else {
            return Ok(None);
        };
        let task = &row.item.task;
        let stands = |serial: u32| {
            let asking = row.item.asking.as_ref();
            let declined = task.state == TaskState::Declined;
            asking.is_some_and(|a| a.serial == serial && (!a.answered || declined))
        };
        let needed = !task.state.is_ended() && about.question.is_none_or(stands);
        Ok(needed.then_some(Some(row.item)))
    }

    /// Writes the letters of people's own that come of a team's. Before that one goes out: whoever is cut off in between
    /// writes them again, by the same ids.
    async fn write_own(
        &self,
        letter: &QueuedLetter,
        task: Option<&TaskRow>,
        (runbook, absences): (&Runbook, &Absences),
    ) -> Result<(), Failure> {
        let Some(task) = task.filter(|_| self.deps.mail.reaches_people()) else {
            return Ok(());
        };
        let now = self.deps.clock.now();
        let own = own::own_letters(runbook, absences, (letter, task), now);
        self.deps.ledger.write_letters(&own).await?;
        Ok(())
    }

    /// Notes in which e-mail the letters of a morning go out, before they do: after a restart it is the same one.
    async fn begin(&mut self, rows: &mut Vec<Row<QueuedLetter>>) -> Result<(), Failure> {
        let begins = |row: &Row<QueuedLetter>| gather::is_digest(&row.item);
        if !rows.first().is_some_and(begins) {
            return Ok(());
        }
        let id = gather::id(rows);
        for mut row in std::mem::take(rows) {
            if row.item.tried_in.is_none() {
                row.item.tried_in = Some(id.clone());
                if !self.deps.ledger.note_letter(row.clone()).await? {
                    continue;
                }
                row.version += 1;
            }
            rows.push(row);
        }
        Ok(())
    }

    async fn send(
        &mut self,
        envelope: &Envelope,
        rows: Vec<Row<QueuedLetter>>,
        runbook: &Runbook,
    ) -> Result<(), Failure> {
        match self.deps.mail.send(envelope).await {
            Ok(()) => {
                self.report.sent += 1;
                self.report.letters += rows.len();
                for row in rows {
                    self.end_letter(row, LetterState::Sent).await?;
                }
            }
            Err(error) => {
                tracing::warn!(
                    letter = envelope.id,
                    team = envelope.team,
                    problem = error.problem,
                    "letter not sent"
                );
                self.report.failed += 1;
                self.report.problem = Some(error.problem.clone());
                self.down = error.why == NotTaken::Down;
                for mut row in rows {
                    row.item.tried_in = Some(envelope.id.clone());
                    self.not_taken(row, &error, runbook).await?;
                }
            }
        }
        Ok(())
    }

    async fn end_letter(
        &mut self,
        mut row: Row<QueuedLetter>,
        state: LetterState,
    ) -> Result<(), Failure> {
        self.seen.insert(row.item.id.clone());
        row.item.end(state, self.deps.clock.now());
        // Somebody else's note is as true.
        let _noted = self.deps.ledger.note_letter(row).await?;
        Ok(())
    }

    async fn not_taken(
        &mut self,
        mut row: Row<QueuedLetter>,
        error: &MailError,
        runbook: &Runbook,
    ) -> Result<(), Failure> {
        self.seen.insert(row.item.id.clone());
        let refused = error.why == NotTaken::Refused;
        row.item
            .not_taken(&error.problem, refused, self.deps.clock.now());
        if row.item.state == LetterState::GivenUp {
            self.report.given_up += 1;
            tracing::error!(letter = %row.item.id, team = row.item.letter.team, "letter given up");
            // First, so that whoever is cut off here tells it all the same, and only once.
            let whom = self.whom(&row.item).await?;
            if let Some(told) = refused::told(runbook, &row.item, &whom) {
                self.deps.ledger.write_letters(&[told]).await?;
            }
        }
        let _noted = self.deps.ledger.note_letter(row).await?;
        Ok(())
    }

    /// The person of a letter's case, by name.
    async fn whom(&self, letter: &QueuedLetter) -> Result<String, Failure> {
        let Some(about) = &letter.about else {
            return Ok(String::new());
        };
        let case = self.deps.ledger.find_case(&about.case).await?;
        let whom = case.map(|row| {
            let called = row.item.person.as_ref().map(|person| person.called());
            called.unwrap_or_else(|| row.item.about())
        });
        Ok(whom.unwrap_or_default())
    }

    /// Notes how the mail goes: a run that finds thousands of letters lasts for hours.
    async fn note(&mut self) -> Result<(), Failure> {
        let Report { sent, failed, .. } = self.report;
        if (sent, failed) == self.noted {
            return Ok(());
        }
        let now = self.deps.clock.now();
        let mut log = self.deps.ledger.mail_log().await?;
        if sent > self.noted.0 {
            log.sent_at = Some(now);
        }
        if failed > self.noted.1 {
            log.failed_at = Some(now);
            log.problem.clone_from(&self.report.problem);
        }
        self.deps.ledger.note_mail(&log).await?;
        self.noted = (sent, failed);
        Ok(())
    }

    fn end(self) -> Report {
        let report = self.report;
        if report.sent > 0 || report.failed > 0 {
            tracing::info!(
                sent = report.sent,
                letters = report.letters,
                not_needed = report.not_needed,
                failed = report.failed,
                given_up = report.given_up,
                "letters"
            );
        }
        report
    }
}
