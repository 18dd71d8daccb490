//! Findings are opened, kept, changed and closed.

use std::{
    collections::{BTreeMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use jiff::{SignedDuration, Timestamp};
use latchkey_decisions::Expected;
use latchkey_ledger::{Held, Shelf, Where};
use latchkey_lifecycle::{
    Account, AuditBody, Entitlement, Finding, FindingId, FindingKind, FindingState, Seen, SystemId,
    TeamId, What, Window,
};
use latchkey_runbook::instant;
use latchkey_runtime::Failure;
use serde_json::json;

use crate::{Met, Sweep, Swept, in_words};

/// What records are signed with.
pub(crate) const BY: &str = "sweep";

/// Working days until an ordinary difference should be gone.
const WORKING_DAYS: i32 = 2;
/// Until one should be gone that is urgent.
const URGENT: SignedDuration = SignedDuration::from_mins(60);
/// Findings that a letter shows; it counts the rest.
pub(crate) const SHOWN: usize = 25;

/// Eight bytes that stand for a text within this process. Two of a million texts share them once in 30 million runs.
pub(crate) fn short(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Findings that a letter is about.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) ids: Vec<FindingId>,
    pub(crate) shown: Vec<Finding>,
}

impl Told {
    fn push(&mut self, finding: Finding) {
        if !self.ids.contains(&finding.id) {
            self.ids.push(finding.id.clone());
            if self.shown.len() < SHOWN {
                self.shown.push(finding);
            }
        }
    }
}

/// What a pass is about. What one found about another concern is not its to close.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Concern {
    /// Accounts in systems, and people.
    #[default]
    Accounts,
    /// The audit trails.
    Trails,
    /// Whom letters reach.
    Readers,
}

impl Concern {
    fn of(kind: FindingKind) -> Concern {
        match kind {
            FindingKind::Tampered => Concern::Trails,
            FindingKind::NoReader => Concern::Readers,
            _ => Concern::Accounts,
        }
    }

    /// What differs where it is in no single system.
    pub(crate) fn place(self) -> &'static str {
        match self {
            Concern::Accounts => "people",
            Concern::Trails => "the audit trail",
            Concern::Readers => "whom letters reach",
        }
    }
}

/// What a pass has met so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) swept: Swept,
    /// What it is about.
    pub(crate) concern: Concern,
    /// The team that sees to it, where it is not a system's owner.
    team: Option<TeamId>,
    met: HashSet<u64>,
    /// How many of the accounts that were read somebody can sign in with.
    pub(crate) active: usize,
    /// How many people have what the runbook gives there.
    pub(crate) held: BTreeMap<Entitlement, Held>,
    pub(crate) urgent: Told,
    pub(crate) ordinary: Told,
    pub(crate) missed: Told,
}

impl Tally {
    pub(crate) fn of(system: Option<&SystemId>) -> Tally {
        Tally {
            swept: Swept {
                system: system.cloned(),
                ..Swept::default()
            },
            ..Tally::default()
        }
    }

    /// About something else than accounts, for a team to see to.
    pub(crate) fn about(concern: Concern, team: TeamId) -> Tally {
        Tally {
            concern,
            team: Some(team),
            ..Tally::of(None)
        }
    }

    /// What was counted of a system's accounts counts for nothing: it is read anew.
    pub(crate) fn begin_anew(&mut self) {
        (self.swept.accounts, self.active) = (0, 0);
        self.held
            .values_mut()
            .for_each(|held| *held = Held::default());
    }

    /// An account of the system.
    pub(crate) fn read(&mut self, account: &Account) {
        self.swept.accounts += 1;
        self.active += usize::from(account.active);
        for entitlement in &account.entitlements {
            if let Some(held) = self.held.get_mut(entitlement) {
                held.is += 1;
            }
        }
    }

    /// What somebody should have there. What a team decides on for each person is as it should be where they have it.
    pub(crate) fn expects(&mut self, expected: &Expected, actual: Option<&Account>) {
        let Expected::Account {
            account, decided, ..
        } = expected
        else {
            return;
        };
        let has = actual.map(|actual| &actual.entitlements);
        let kept = has.into_iter().flat_map(|has| decided.intersection(has));
        for entitlement in account.entitlements.union(&kept.cloned().collect()) {
            if let Some(held) = self.held.get_mut(entitlement) {
                held.should += 1;
            }
        }
    }

    fn untold(&mut self, finding: Finding) {
        if finding.seen.kind.is_urgent() {
            self.urgent.push(finding);
        } else {
            self.ordinary.push(finding);
        }
    }
}

impl Sweep<'_> {
    /// The team that sees to what a pass finds: the system's owner; HR for what is about people and no single system.
    pub(crate) fn owner(&self, tally: &Tally) -> TeamId {
        let system = tally.swept.system.as_ref();
        let owner = system.and_then(|id| self.runbook.system(id));
        let owner = owner.map(|system| system.owner.clone());
        let team = owner.or_else(|| tally.team.clone());
        team.unwrap_or_else(|| self.runbook.hr_team().clone())
    }

    fn window(&self, seen: &Seen, now: Timestamp) -> Window {
        let zone = self.runbook.time_zone();
        let calendar = self.runbook.calendar();
        let due = if seen.kind.is_urgent() {
            now.saturating_add(URGENT).unwrap_or(Timestamp::MAX)
        } else {
            let today = now.to_zoned(zone.clone()).date();
            let day = calendar.working_days_from(today, WORKING_DAYS, "");
            instant(day, calendar.closes(), zone)
        };
        Window { opens: now, due }
    }

    /// Notes a difference: the same one keeps its finding.
    pub(crate) async fn note(
        &self,
        tally: &mut Tally,
        seen: Seen,
        problem: Option<String>,
    ) -> Result<(), Failure> {
        let id = seen.id();
        if !tally.met.insert(short(id.as_str())) {
            return Ok(());
        }
        let now = self.deps.clock.now();
        let fresh = || Finding {
            id: id.clone(),
            seen: seen.clone(),
            owner: self.owner(tally),
            window: self.window(&seen, now),
            state: FindingState::Open,
            told: false,
            missed: false,
            problem: problem.clone(),
            closed_at: None,
            accepted: None,
            repair: None,
        };
        let change = |before: Option<&Finding>| match before {
            None => Some((fresh(), What::Opened)),
            Some(before) if before.state == FindingState::Closed => {
                Some((fresh(), What::OpenedAgain))
            }
            Some(before) if before.seen == seen && before.problem == problem => None,
            // It was accepted as it was, not as it is.
            Some(before) if before.state == FindingState::Accepted => {
                Some((fresh(), What::OpenedAgain))
            }
            Some(before) => {
                let grown = !seen.entitlements.is_subset(&before.seen.entitlements);
                let after = Finding {
                    seen: seen.clone(),
                    problem: problem.clone(),
                    told: before.told && !grown,
                    ..before.clone()
                };
                Some((after, What::Changed))
            }
        };
        let (finding, word) = if self.dry_run {
            let before = self
                .deps
                .ledger
                .find_finding(&id)
                .await?
                .map(|row| row.item);
            match change(before.as_ref()) {
                None => (before, None),
                Some((after, word)) => (Some(after), Some(word)),
            }
        } else {
            let record = |before: Option<&Finding>| {
                let (after, word) = change(before)?;
                let body = audit(now, BY, word, in_words(&after), &after);
                Some((after, body))
            };
            let (finding, body) = self.deps.ledger.change_finding(&id, record).await?;
            (finding, body.map(|body| body.what))
        };
        self.count(tally, finding, word);
        Ok(())
    }

    /// Counts a finding that was met, and gathers it where its owner is still to be told.
    fn count(&self, tally: &mut Tally, finding: Option<Finding>, word: Option<What>) {
        let accepted = |f: &Finding| f.state == FindingState::Accepted;
        let met = match word {
            None if finding.as_ref().is_some_and(accepted) => Met::Accepted,
            None => Met::Kept,
            Some(What::Changed) => Met::Changed,
            Some(_) => Met::Opened,
        };
        match met {
            Met::Opened => tally.swept.opened += 1,
            Met::Accepted => tally.swept.accepted += 1,
            _ => tally.swept.kept += 1,
        }
        if let Some(finding) = finding {
            self.hear(met, &finding);
            if met != Met::Accepted && !finding.told {
                tally.untold(finding);
            }
        }
    }

    pub(crate) fn hear(&self, met: Met, finding: &Finding) {
        if let Some(heard) = self.deps.heard {
            heard(met, finding);
        }
    }

    /// Closes the open findings of a place that were not met, and gathers those that nobody was told of or whose
    /// window has ended. Where not everything was read, nothing is closed.
    pub(crate) async fn close_the_rest(
        &self,
        tally: &mut Tally,
        read_to_its_end: bool,
    ) -> Result<(), Failure> {
        let place = tally.swept.system.clone();
        let now = self.deps.clock.now();
        let mut from = None;
        loop {
            let page = self
                .deps
                .ledger
                .findings(Shelf::Open, Where::In(place.as_ref()), from)
                .await?;
            for finding in page.findings {
                if tally.concern != Concern::of(finding.seen.kind) {
                    continue;
                }
                let met = tally.met.contains(&short(finding.id.as_str()));
                if !met && read_to_its_end {
                    self.close(&finding, now).await?;
                    tally.swept.closed += 1;
                    continue;
                }
                if finding.state == FindingState::Accepted {
                    tally.swept.accepted += usize::from(!met);
                    continue;
                }
                tally.swept.kept += usize::from(!met);
                if finding.window.due < now && !finding.missed {
                    tally.missed.push(finding.clone());
                }
                if !finding.told {
                    tally.untold(finding);
                }
            }
            match page.next {
                Some(next) => from = Some(next),
                None => return Ok(()),
            }
        }
    }

    async fn close(&self, finding: &Finding, now: Timestamp) -> Result<(), Failure> {
        let closed = finding.closed(now);
        if !self.dry_run {
            let change = |before: Option<&Finding>| {
                let open = before.filter(|f| f.state != FindingState::Closed)?;
                let after = open.closed(now);
                let body = audit(
                    now,
                    BY,
                    What::Closed,
                    "The difference is gone.".into(),
                    &after,
                );
                Some((after, body))
            };
            self.deps.ledger.change_finding(&finding.id, change).await?;
        }
        self.hear(Met::Closed, &closed);
        Ok(())
    }
}

pub(crate) fn audit(
    at: Timestamp,
    by: &str,
    what: What,
    text: String,
    finding: &Finding,
) -> AuditBody {
    AuditBody {
        at,
        by: by.to_owned(),
        what,
        text,
        detail: json!({ "seen": finding.seen, "due": finding.window.due }),
    }
}
