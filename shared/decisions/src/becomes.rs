//! The cases of a human as the story wants them: what begins, is planned anew, goes on after all, or ends. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use latchkey_ledger::{HeardBy, Row};
use latchkey_lifecycle::{
    AuditBody, Case, CaseId, CaseState, EmployeeId, EventId, EventKind, Grounds, Matter, Person,
    PlannedFrom, RunbookVersion, What, told_by,
};
use latchkey_story::{Becomes, Heard, KnownCase, Story, Verb, difference};
use serde_json::json;

use crate::{known::Known, told::Told};

/// A case that changes, and how.
pub(crate) struct Changed {
    pub(crate) row: Row<Case>,
    pub(crate) was: Option<Case>,
    pub(crate) verb: Verb,
    pub(crate) audit: AuditBody,
}

impl Changed {
    /// Whether its execution begins, and the one before it ends.
    pub(crate) fn runs_anew(&self) -> bool {
        matches!(self.verb, Verb::Begin | Verb::Anew | Verb::Revive)
    }
}

/// What the cases become by, and when.
pub(crate) struct Because<'a> {
    /// The event; none where nothing new was heard.
    pub(crate) heard: Option<&'a Heard>,
    /// The runbook that new cases begin with.
    pub(crate) runbook: RunbookVersion,
    /// Now (UTC).
    pub(crate) now: Timestamp,
}

/// What becomes of the cases by the story. Those that are not mentioned stay as they are.
pub(crate) fn become_of(known: &Known, story: &Story<'_>, because: &Because<'_>) -> Vec<Changed> {
    let place_of = |id: &CaseId| known.cases.iter().position(|row| row.item.id == *id);
    let cases = known.cases.iter().map(|row| {
        let by = row.item.superseded_by.as_ref().and_then(place_of);
        KnownCase::of(&row.item, by)
    });
    // All of them have grounds: `Known` keeps no others.
    let cases: Vec<KnownCase> = cases.flatten().collect();
    let all = difference(&cases, story);
    Work {
        known,
        story,
        because,
        ids: ids(known, &cases, &all),
    }
    .all(cases, all)
}

/// The id of each case by its place: new ones are given theirs.
fn ids(known: &Known, cases: &[KnownCase], all: &[Becomes]) -> Vec<CaseId> {
    let mut ids: Vec<CaseId> = known.cases.iter().map(|row| row.item.id.clone()).collect();
    let mut begun: Vec<&Becomes> = all.iter().filter(|one| one.case >= cases.len()).collect();
    begun.sort_by_key(|one| one.case);
    for one in begun {
        let from = &one.now.from;
        let kind = kind_of(one.now.matter, from);
        let id = |nth| CaseId::of_nth(kind, &from.employee_id, from.day, nth);
        let free = (0..)
            .map(id)
            .find(|id| !ids.contains(id) && !known.taken.contains(id));
        ids.push(free.unwrap_or_else(|| id(u32::MAX)));
    }
    ids
}

/// What is carried out by the kinds of the runbook. A question is of the kind that changes nothing by itself; who works
/// on under another id when a hire is rescinded changes into what they are by that.
fn kind_of(matter: Matter, from: &PlannedFrom) -> EventKind {
    match matter {
        Matter::Ask(_) => EventKind::DateMoved,
        Matter::Carry(EventKind::HireRescinded) if from.after.is_some() => EventKind::Transfer,
        Matter::Carry(kind) => kind,
    }
}

struct Work<'w> {
    known: &'w Known,
    story: &'w Story<'w>,
    because: &'w Because<'w>,
    ids: Vec<CaseId>,
}

impl Work<'_> {
    fn all(&self, mut cases: Vec<KnownCase>, all: Vec<Becomes>) -> Vec<Changed> {
        let mut verbs: BTreeMap<usize, Verb> = BTreeMap::new();
        for one in all {
            verbs.insert(one.case, one.verb);
            match cases.get_mut(one.case) {
                Some(case) => *case = one.now,
                None => cases.push(one.now),
            }
        }
        self.heirs_look_again(&cases, &mut verbs);
        for (place, row) in self.known.cases.iter().enumerate() {
            if self.known.grounded.contains(&row.item.id) {
                verbs.entry(place).or_insert(Verb::Refresh);
            }
        }
        let changed = verbs.into_iter().filter_map(|(place, verb)| {
            let case = cases.get(place)?;
            let mut changed = self.changed(place, case, verb)?;
            let by = case.by.and_then(|by| self.ids.get(by));
            let supersedes = cases
                .iter()
                .enumerate()
                .filter(|(_, other)| other.by == Some(place));
            let supersedes = supersedes.filter_map(|(other, _)| self.ids.get(other).cloned());
            let row = &mut changed.row.item;
            row.supersedes = supersedes.collect();
            row.superseded_by = by.cloned();
            Some(changed)
        });
        changed.collect()
    }

    /// A case that takes the place of one which ends now is planned anew: what people did of that is undone by its
    /// tasks.
    fn heirs_look_again(&self, cases: &[KnownCase], verbs: &mut BTreeMap<usize, Verb>) {
        let ended: Vec<usize> = verbs
            .iter()
            .filter(|(_, verb)| **verb == Verb::End)
            .filter_map(|(place, _)| cases.get(*place))
            .filter(|case| !case.matter.asks())
            .filter_map(|case| case.by)
            .collect();
        for heir in ended {
            let open = self
                .known
                .cases
                .get(heir)
                .is_some_and(|row| !row.item.state.is_ended());
            let as_it_is = verbs.get(&heir).is_none_or(|verb| *verb == Verb::Refresh);
            if open && as_it_is {
                verbs.insert(heir, Verb::Anew);
            }
        }
    }

    fn changed(&self, place: usize, case: &KnownCase, verb: Verb) -> Option<Changed> {
        let Some(was) = self.known.cases.get(place) else {
            return self.begun(self.ids.get(place)?, case);
        };
        let mut row = was.clone();
        let now = self.because.now;
        let over = was
            .item
            .grounds
            .as_ref()
            .is_some_and(|grounds| grounds.over);
        let mut grounds = self.grounds(case);
        grounds.over = over && verb == Verb::Refresh;
        row.item.grounds = Some(grounds);
        match verb {
            Verb::Begin | Verb::Refresh => {}
            Verb::End => row.item.end_for(None, now),
            Verb::Anew | Verb::Revive => self.plan_anew(&mut row.item, case, verb)?,
        }
        let audit = self.told_of(verb, &was.item, &row.item, case);
        Some(Changed {
            audit,
            verb,
            was: Some(was.item.clone()),
            row,
        })
    }

    fn grounds(&self, case: &KnownCase) -> Grounds {
        let human = self.story.human(&case.employee_id);
        let founder = human
            .zip(case.events.first())
            .and_then(|(human, founder)| human.events().find(|event| event.id == *founder));
        Grounds {
            decided: founder.map(|event| event.decided),
            ..case.grounds()
        }
    }

    fn begun(&self, id: &CaseId, case: &KnownCase) -> Option<Changed> {
        let human = self.story.human(&case.from.employee_id)?;
        let (from, kind) = (&case.from, kind_of(case.matter, &case.from));
        let told = Told::of(human, case, kind, self.because.now);
        let new = Case {
            state: told.state(case.matter),
            person: told.person,
            before: told.before,
            effective: from.day,
            missing: told.missing,
            unread: told.unread,
            reason: told.reason,
            grounds: Some(self.grounds(case)),
            ..Case::received(
                id.clone(),
                kind,
                from.employee_id.clone(),
                self.because.runbook.clone(),
                told.confirmed_at,
                self.because.now,
            )
        };
        let text = match case.matter {
            Matter::Ask(_) => "HR is asked what was meant.".to_owned(),
            Matter::Carry(kind) => capital(&format!("{} was confirmed.", kind.with_article())),
        };
        Some(Changed {
            audit: self.body(What::Received, text),
            verb: Verb::Begin,
            was: None,
            row: Row::new(new),
        })
    }

    /// The next revision, as the story wants it now.
    fn plan_anew(&self, row: &mut Case, case: &KnownCase, verb: Verb) -> Option<()> {
        let human = self.story.human(&case.from.employee_id)?;
        let kind = kind_of(case.matter, &case.from);
        let told = Told::of(human, case, kind, self.because.now);
        let held = row.state == CaseState::Held;
        // What an exit had taken and is wanted again is given again; an exit that moved is carried out on its new day;
        // and what was done to the account of another id was not done to this one.
        let again = verb == Verb::Revive
            || row.employee_id != case.from.employee_id
            || (row.state == CaseState::Closed && kind == EventKind::Exit);
        row.revision = row.revision.next();
        row.failed_at = None;
        row.state = match told.state(case.matter) {
            CaseState::Received if held => CaseState::Held,
            state => state,
        };
        if again {
            row.redone_from = Some(row.revision);
        }
        row.closed_at = None;
        row.left_out = None;
        row.summary_sent = false;
        row.kind = kind;
        row.employee_id.clone_from(&case.from.employee_id);
        row.person = told.person;
        row.before = told.before;
        row.effective = case.from.day;
        row.missing = told.missing;
        row.unread = told.unread;
        row.confirmed_at = told.confirmed_at;
        Some(())
    }

    /// What is recorded of a case that changes.
    fn told_of(&self, verb: Verb, was: &Case, is: &Case, case: &KnownCase) -> AuditBody {
        let revision = is.revision;
        match verb {
            Verb::Begin => self.body(What::Received, String::new()),
            Verb::Refresh => self.body(
                What::Noted,
                "What HR confirmed since changes nothing of it.".to_owned(),
            ),
            Verb::Revive => self.body(
                What::GoesOn,
                "What took this one's place is withdrawn: it goes on.".to_owned(),
            ),
            Verb::End => self.body(
                What::Superseded,
                match case.by.and_then(|by| self.ids.get(by)) {
                    Some(by) => format!("Case {by} took this one's place."),
                    None => "What HR says does not ask for it any more.".to_owned(),
                },
            ),
            Verb::Anew => match was
                .effective
                .zip(is.effective)
                .filter(|(was, is)| was != is)
            {
                Some((was, is)) => self.body(
                    What::Moved,
                    format!("Moved from {was} to {is}; planned anew as revision {revision}."),
                ),
                None if same_but_contacts(was, is) => self.body(
                    What::Changed,
                    format!(
                        "The manager or an address changed; planned anew as revision {revision}."
                    ),
                ),
                None => self.body(
                    What::Changed,
                    format!("The record changed; planned anew as revision {revision}."),
                ),
            },
        }
    }

    fn body(&self, what: What, text: String) -> AuditBody {
        audit_of(self.because.now, self.because.heard, what, text)
    }
}

fn same_but_contacts(was: &Case, is: &Case) -> bool {
    let same = |was: &Option<Person>, is: &Option<Person>| match (was, is) {
        (Some(was), Some(is)) => was.works_like(is) && was.full_name() == is.full_name(),
        (None, None) => true,
        _ => false,
    };
    same(&was.person, &is.person) && same(&was.before, &is.before) && was.person != is.person
}

/// A record of what HR said.
pub(crate) fn audit_of(
    now: Timestamp,
    heard: Option<&Heard>,
    what: What,
    text: String,
) -> AuditBody {
    let by = match heard {
        None => "intake".to_owned(),
        Some(heard) => told_by(&heard.source, heard.confirmed_by.as_deref()),
    };
    let detail = heard.map_or(serde_json::Value::Null, |heard| {
        json!({
            "source": heard.source,
            "delivery": heard.delivery_id,
            "occurredAt": heard.occurred_at,
            "effective": heard.effective,
            "reason": heard.reason,
            "heard": HeardBy::of(heard),
        })
    });
    AuditBody {
        at: now,
        by,
        what,
        text,
        detail,
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// The case that an event is about: one that it founds or changes, a question about it, the one of the event that
/// counts instead, or else the person's latest.
pub(crate) fn case_of<'c>(
    event: EventId,
    employee: &EmployeeId,
    story: &Story<'_>,
    cases: &'c [Case],
) -> Option<&'c Case> {
    let stands_on = |event: EventId| {
        let mut on_it: Vec<&Case> = cases
            .iter()
            .filter(|case| {
                let grounds = case.grounds.as_ref();
                grounds.is_some_and(|grounds| grounds.events.contains(&event))
            })
            .collect();
        on_it.sort_by_key(|case| (case.superseded_by.is_some(), !case.asks().is_empty()));
        on_it.into_iter().next()
    };
    let instead = || {
        let why = story.human(employee)?.why(event)?;
        stands_on(why.by?)
    };
    let latest = || cases.iter().max_by_key(|case| (case.opened_at, &case.id));
    stands_on(event).or_else(instead).or_else(latest)
}
