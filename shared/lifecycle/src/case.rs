//! A case: one event being carried out for one person.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    EmployeeId, EventId, EventKind, Grounds, Names, Person, PersonDraft, Reason, Revision,
    RunbookVersion, Unread, ids::id,
};

id!(
    /// A case's identifier, e.g. `hire-1042-5f0c2a91`. Also the first part of its execution's name, so
    /// it keeps to the characters that Step Functions takes.
    CaseId, "case id", 64
);

impl CaseId {
    /// The identifier of the case that an event of this kind, for this person and day, belongs to.
    ///
    /// It depends on nothing else, so that the same event by another delivery is the same case.
    pub fn of(kind: EventKind, employee: &EmployeeId, effective: Option<Date>) -> CaseId {
        CaseId::of_nth(kind, employee, effective, 0)
    }

    /// The identifier of a case of the same kind, person and day as `nth` ended ones before it.
    pub fn of_nth(
        kind: EventKind,
        employee: &EmployeeId,
        effective: Option<Date>,
        nth: u32,
    ) -> CaseId {
        let day = effective.map(|d| d.to_string()).unwrap_or_default();
        let again = match nth {
            0 => String::new(),
            nth => format!("\n{nth}"),
        };
        let digest = Sha256::digest(format!("{kind}\n{employee}\n{day}{again}"));
        let readable: String = employee
            .as_str()
            .chars()
            .filter(|c| c.is_ascii_alphanumeric())
            .take(24)
            .collect::<String>()
            .to_ascii_lowercase();
        let kind = kind.as_str().replace('_', "-");
        CaseId(format!("{kind}-{readable}-{}", &hex::encode(digest)[..8]))
    }
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CaseState {
    /// Taken in; the checklist is not written yet.
    Received,
    /// Kept, and waiting for HR to complete the record.
    Incomplete,
    /// Held by the brake until a named person confirms it (promise 8).
    Held,
    /// The checklist is being worked through.
    Open,
    /// Everything on the checklist is verified or waived.
    Closed,
    /// A later decision took its place before it was closed (promise 5).
    Superseded,
}

impl CaseState {
    /// Whether nothing more will be done for it.
    pub fn is_ended(self) -> bool {
        matches!(self, CaseState::Closed | CaseState::Superseded)
    }
}

impl fmt::Display for CaseState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CaseState::Received => "received",
            CaseState::Incomplete => "incomplete",
            CaseState::Held => "held",
            CaseState::Open => "open",
            CaseState::Closed => "closed",
            CaseState::Superseded => "superseded",
        })
    }
}

/// An event of an HR system of which nobody has said what it means. Nothing is done by it; HR is asked once for each
/// name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnknownEvent {
    /// The source's name.
    pub source: String,
    /// What the source calls the event.
    pub name: String,
    /// Whether the company describes the source itself, so that it can say there what the event means.
    pub described: bool,
    /// Whom it is about, where that can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<EmployeeId>,
}

impl UnknownEvent {
    /// What stands in for a person in the case that asks about all events of this name.
    pub fn stand_in(&self) -> EmployeeId {
        let digest = Sha256::digest(format!("event\n{}\n{}", self.source, self.name));
        EmployeeId::stand_in(&hex::encode(digest))
    }

    /// The case that asks about all events of this name.
    pub fn case_id(&self) -> CaseId {
        CaseId::of(EventKind::DateMoved, &self.stand_in(), None)
    }
}

/// By whose word what the brake held is not carried out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOutBy {
    /// Who decided it, as they signed.
    pub by: String,
    /// Why, in their words.
    pub reason: String,
}

/// One event being carried out for one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Case {
    /// Its identifier.
    pub id: CaseId,
    /// What is being carried out.
    pub kind: EventKind,
    /// For whom.
    pub employee_id: EmployeeId,
    /// The person as of the case's current revision; absent while the record is incomplete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Person>,
    /// The person as the ledger knew them before the event, for transfers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Person>,
    /// What HR told by the event of a transfer, as earlier releases kept it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<PersonDraft>,
    /// What it stands on, in the person's story; absent for what is about no person, and while it is from an earlier
    /// release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grounds: Option<Grounds>,
    /// What the person is called in the systems, as of the case's current revision; absent until it is planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<Names>,
    /// First day of the new state, in the person's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<Date>,
    /// When the event was confirmed (UTC): the anchor of windows such as "within 15 minutes".
    pub confirmed_at: Timestamp,
    /// Where it stands.
    pub state: CaseState,
    /// The revision whose steps may act.
    pub revision: Revision,
    /// The runbook version it began with and keeps.
    pub runbook: RunbookVersion,
    /// Record fields that HR still has to give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// What HR told and nobody could read: those of the missing fields that have to be given in another form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// The later decision that an exit came too late for, as earlier releases kept it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_against: Option<CaseId>,
    /// The event that HR is asked about, since nobody has said what it means: the case is about no person then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_event: Option<UnknownEvent>,
    /// Cases whose place this one takes. One that has ended already stays as it is; what was done for it is
    /// looked at where this case takes it back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supersedes: Vec<CaseId>,
    /// The case that took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<CaseId>,
    /// Somebody left it out by name while the brake held it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOutBy>,
    /// The events that somebody left out by name while the brake held what they changed: what it stood on before goes on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes_left_out: Vec<EventId>,
    /// When it was taken in (UTC).
    pub opened_at: Timestamp,
    /// When it was closed or superseded (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// When it was retired (UTC): whom it was about by id, what it was and when is here, all else in an archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<Timestamp>,
    /// When the execution of the current revision failed (UTC), as the sweep saw it: the case stands still until an
    /// operator, or the sweep after a day, has it planned anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<Timestamp>,
    /// When the brake counted it last (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_at: Option<Timestamp>,
    /// Why, in HR's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What systems had verified before this revision is done again: an exit took it back, and was withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redone_from: Option<Revision>,
    /// Questions that were asked before this revision and stand are asked again: an operator had it so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_again_from: Option<Revision>,
    /// Whether the letters of the closing summary were written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub summary_sent: bool,
}

impl Case {
    /// A case as it is taken in: what is known of it stands beside, of nothing else is there anything yet.
    /// `confirmed_at`: when HR decided it, `opened_at`: when it came (both UTC).
    pub fn received(
        id: CaseId,
        kind: EventKind,
        employee_id: EmployeeId,
        runbook: RunbookVersion,
        confirmed_at: Timestamp,
        opened_at: Timestamp,
    ) -> Case {
        Case {
            id,
            kind,
            employee_id,
            person: None,
            before: None,
            told: None,
            grounds: None,
            names: None,
            effective: None,
            confirmed_at,
            state: CaseState::Received,
            revision: Revision::FIRST,
            runbook,
            missing: Vec::new(),
            unread: Vec::new(),
            stands_against: None,
            unknown_event: None,
            supersedes: Vec::new(),
            superseded_by: None,
            left_out: None,
            changes_left_out: Vec::new(),
            opened_at,
            closed_at: None,
            retired_at: None,
            failed_at: None,
            counted_at: None,
            reason: None,
            redone_from: None,
            asked_again_from: None,
            summary_sent: false,
        }
    }

    /// What is carried out, in words.
    pub fn words(&self) -> &'static str {
        match (&self.unknown_event, self.asks()) {
            (Some(_), _) => "question about an unknown event",
            (None, []) => self.kind.words(),
            (None, _) => "question for HR",
        }
    }

    /// Whom it is about, by name and employee id, as far as the name is known.
    pub fn called(&self) -> String {
        match self.name().filter(|_| self.unknown_event.is_none()) {
            None => self.about(),
            Some(name) => format!("{name} (employee {})", self.employee_id),
        }
    }

    /// The name of whom it is about, as far as HR told one: also of whom too little is told to plan for.
    pub fn name(&self) -> Option<String> {
        let planned = [&self.person, &self.before].into_iter().flatten();
        let planned = planned.map(Person::full_name);
        let from = self.grounds.as_ref().map(|grounds| &grounds.from);
        let told = from
            .into_iter()
            .flat_map(|from| [&from.after, &from.before]);
        let told = told.flatten().map(PersonDraft::full_name);
        planned.chain(told).find(|name| !name.is_empty())
    }

    /// What the case is about where no person is named: an employee id, or the HR system whose event nobody knows.
    pub fn about(&self) -> String {
        match &self.unknown_event {
            Some(unknown) => format!("the HR system {}", unknown.source),
            None => format!("employee {}", self.employee_id),
        }
    }

    /// What HR is asked to decide, where that is what the case is about: nothing is carried out by it then.
    pub fn asks(&self) -> &[Reason] {
        match &self.grounds {
            Some(grounds) if grounds.matter.asks() => &grounds.from.asks,
            _ => &[],
        }
    }

    /// Whether nothing is left to do about it: it has ended, and when it was closed, what that brings with it is done,
    /// too (an exit's leftovers are ended, the summary is sent).
    pub fn is_settled(&self) -> bool {
        match self.state {
            CaseState::Closed => self.summary_sent,
            other => other.is_ended(),
        }
    }

    /// What tells of the person goes, and with it what could be planned: what stays is the id, what was decided, and
    /// when.
    pub fn retire(&mut self, now: Timestamp) {
        (self.person, self.before, self.grounds) = (None, None, None);
        (self.told, self.names, self.reason) = (None, None, None);
        if let Some(left_out) = &mut self.left_out {
            left_out.reason.clear();
        }
        self.missing.clear();
        self.unread.clear();
        self.retired_at = Some(now);
    }

    /// The next revision: steps of this one are fenced from now on, and a checklist that is written already is planned
    /// anew.
    pub fn plan_anew(&mut self) {
        self.revision = self.revision.next();
        self.failed_at = None;
        if self.state == CaseState::Open {
            self.state = CaseState::Received;
        }
    }

    /// The same, and whoever has a question of it that stands is asked again: their letters are lost, or lead nowhere.
    pub fn plan_and_ask_anew(&mut self) {
        self.plan_anew();
        self.asked_again_from = Some(self.revision);
    }

    /// It is not wanted any more, since another case takes its place if there is one: nothing of it runs any more.
    pub fn end_for(&mut self, by: Option<&CaseId>, now: Timestamp) {
        self.state = CaseState::Superseded;
        self.revision = self.revision.next();
        self.failed_at = None;
        self.superseded_by = by.cloned();
        self.closed_at = Some(now);
    }

    /// The case that took this one's place is withdrawn: it goes on, and what systems had done of it is done again.
    pub fn go_on(&mut self) {
        self.revision = self.revision.next();
        self.state = match self.person {
            Some(_) => CaseState::Received,
            None => CaseState::Incomplete,
        };
        self.superseded_by = None;
        self.left_out = None;
        self.closed_at = None;
        self.redone_from = Some(self.revision);
        self.summary_sent = false;
    }

    /// The name of the execution that carries out the current revision.
    pub fn execution_name(&self) -> String {
        execution_name(&self.id, self.revision)
    }
}

/// The name of the execution of one revision of a case.
pub fn execution_name(case: &CaseId, revision: Revision) -> String {
    format!("{case}-r{revision}")
}

/// Whether the execution of that name goes before those that give access. A name begins with the kind of its case.
pub fn goes_first(execution: &str) -> bool {
    let kind = execution.rsplitn(4, '-').nth(3);
    let mut first = EventKind::ALL.into_iter().filter(|kind| kind.goes_first());
    kind.is_some_and(|name| first.any(|kind| kind.as_str().replace('_', "-") == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_event_is_the_same_case_and_another_day_is_not() {
        let who = EmployeeId::new("E 10/42".replace(' ', "")).unwrap();
        let day = |d| Some(Date::constant(2026, 12, d));
        let a = CaseId::of(EventKind::UrgentExit, &who, day(7));
        assert_eq!(a, CaseId::of(EventKind::UrgentExit, &who, day(7)));
        assert_ne!(a, CaseId::of(EventKind::UrgentExit, &who, day(8)));
        assert!(a.as_str().starts_with("urgent-exit-e1042-"));
    }

    #[test]
    fn executions_that_take_access_go_first() {
        for kind in EventKind::ALL {
            for who in ["E1042", "exit-1-leave-2", "-"] {
                let case = CaseId::of(kind, &EmployeeId::new(who).unwrap(), None);
                let name = execution_name(&case, Revision(12));
                assert_eq!(goes_first(&name), kind.goes_first(), "{name}");
            }
        }
        assert!(!goes_first("exit") && !goes_first(""));
    }

    #[test]
    fn execution_names_keep_to_what_step_functions_takes() {
        let who = EmployeeId::new("äöü<>?*\"#%\\^|~`$&,;:/-".repeat(2)).unwrap();
        let name = execution_name(
            &CaseId::of(EventKind::HireRescinded, &who, None),
            Revision(4_000_000),
        );
        assert!(name.len() <= 80, "{name}");
        assert!(
            name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'),
            "{name}"
        );
    }
}
