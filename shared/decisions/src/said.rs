//! What the HR system and people are told about an event that was taken in, in sentences. Pure.

use jiff::civil::Date;
use latchkey_ledger::Row;
use latchkey_lifecycle::{Case, CaseState, EmployeeId, EventKind, HeardKind, Reason};
use latchkey_story::{Heard, Human, Story};

use crate::{
    asked::day_field,
    known::Known,
    notices::{Notice, named},
};

/// What an answer says of a question to HR.
const HR_HAS_A_TASK: &str = "HR has been given a task to look at it.";

/// What an answer would say, before the event is taken in.
pub(crate) fn as_foreseen(note: &str) -> String {
    note.replace(HR_HAS_A_TASK, "HR would be given a task to look at it.")
}

/// An event that was decided about.
pub(crate) struct Said<'a> {
    pub(crate) heard: &'a Heard,
    /// The case that it is about, as it is from now on.
    pub(crate) case: Option<&'a Case>,
    /// Whether any case begins, changes or ends by it.
    pub(crate) news: bool,
    /// The day that it is in the company's time zone.
    pub(crate) today: Date,
}

impl Said<'_> {
    /// What people are told at once.
    pub(crate) fn notices(&self, known: &Known, story: &Story<'_>) -> Vec<Notice> {
        let (heard, id) = (self.heard, self.heard.id());
        let mut notices = Vec::new();
        if story.wrong_clocks().any(|wrong| wrong.id() == id) {
            notices.push(Notice::WrongClock(heard.source.clone()));
        }
        notices.extend(self.cuts_nobody(story));
        let takes = self.case.filter(|case| self.news && case.kind.takes_all());
        let Some(case) = takes else {
            return notices;
        };
        let employee = &heard.employee_id;
        let human = story.human_of(id);
        let others = human.map_or_else(Vec::new, |human| perhaps_the_same(human, story));
        // Nothing else was ever told of that id, or of another one that is the same human's.
        let events = human.map_or(0, |human| human.events().count());
        let has_case = |case: &Row<Case>| case.item.employee_id == *employee;
        let alone = events == 1 && !known.cases.iter().any(has_case);
        if !others.is_empty() {
            let (employee, case_id) = (employee.clone(), case.id.clone());
            notices.push(Notice::PerhapsTheSame(employee, others, case.kind, case_id));
        } else if alone && !employee.is_stand_in() {
            let (employee, case_id) = (employee.clone(), case.id.clone());
            notices.push(Notice::NobodyKnown(employee, case.kind, case_id));
        }
        if case.kind == EventKind::UrgentExit && case.state == CaseState::Held {
            notices.push(Notice::HeldUrgent(employee.clone(), case.id.clone()));
        }
        notices
    }

    /// U2: what is decided later than an urgent exit it does not end. Whoever sends one means somebody who works here
    /// now.
    fn cuts_nobody(&self, story: &Story<'_>) -> Option<Notice> {
        let heard = self.heard;
        let id = heard.id();
        let human = story.human_of(id)?;
        let event = human.events().find(|event| event.id == id)?;
        let day = event.today.max(self.today);
        let works = heard.kind == HeardKind::UrgentExit && human.works_on(day).is_some();
        works.then(|| Notice::CutsNobody(heard.employee_id.clone(), event.decided))
    }

    /// What the answer says beside the case; nothing where that says it all.
    pub(crate) fn note(
        &self,
        story: &Story<'_>,
        notices: &[Notice],
        unmatched: Option<String>,
    ) -> Option<String> {
        let known = || (!self.news).then(|| self.known_already());
        let effect = self.without_effect(story).or_else(known);
        let nobody = notices.iter().find_map(|notice| match notice {
            Notice::NobodyKnown(id, ..) => Some(format!(
                "Nobody is known as employee {id}: whatever that id has in a system is taken. Look whether it is right."
            )),
            Notice::PerhapsTheSame(id, others, ..) => Some(format!(
                "Nothing is taken from {}, whom HR was asked about: it may be the same person as {id}. HR is told.",
                named(others)
            )),
            Notice::CutsNobody(id, _) => Some(format!(
                "It says that it was decided before employee {id} was hired, and takes nothing of what they have. HR is told."
            )),
            _ => None,
        });
        let all = [effect, self.held(), nobody, unmatched];
        let all: Vec<String> = all.into_iter().flatten().collect();
        (!all.is_empty()).then(|| all.join(" "))
    }

    fn held(&self) -> Option<String> {
        let held = self.case?.state == CaseState::Held;
        let words = "The runbook's brake holds it: nothing of it is carried out before somebody confirms it.";
        held.then(|| words.to_owned())
    }

    /// What stands behind an urgent exit that is held has cut off nobody yet.
    fn stands_behind_what_is_held(&self) -> Option<String> {
        let words =
            "This changes nothing by itself: an urgent exit of theirs was confirmed before.";
        self.held().map(|_| words.to_owned())
    }

    /// Why an event has no effect of its own, and what HR is asked about it.
    fn without_effect(&self, story: &Story<'_>) -> Option<String> {
        let id = self.heard.id();
        let human = story.human_of(id)?;
        let asked = human.questions().find(|(event, _)| *event == id);
        let why = human.why(id).map(|why| why.reason);
        let behind = why.filter(|why| **why == Reason::CutOffAlready);
        if let Some(words) = behind.and_then(|_| self.stands_behind_what_is_held()) {
            return Some(words);
        }
        match (asked, why) {
            (Some((_, reason)), _) => {
                let day = self.day_not_taken().filter(|_| reason.asks_for_the_day());
                let reason = day.unwrap_or_else(|| reason.to_string());
                Some(format!("{reason} {HR_HAS_A_TASK}"))
            }
            (None, Some(why)) => Some(format!("This changes nothing by itself. {why}")),
            (None, None) => None,
        }
    }

    /// Why the day that was told is not taken as it is.
    fn day_not_taken(&self) -> Option<String> {
        let kind = self.heard.kind.event()?;
        let mut unread = self.heard.person.unread.iter();
        let one = unread.find(|one| one.field == day_field(kind))?;
        Some(format!(
            "The {} has to be {}. Until then nothing follows from it.",
            one.field, one.wanted
        ))
    }

    /// What counts where an event changes nothing: another word, or the same one.
    fn known_already(&self) -> String {
        let Some(case) = self.case else {
            return "This is kept, and changes nothing.".to_owned();
        };
        let told = self.heard.effective;
        match case
            .effective
            .filter(|day| told.is_some_and(|told| told != *day))
        {
            Some(day) => {
                let later = case.confirmed_at > self.heard.occurred_at;
                format!(
                    "This changes nothing: the {} of {day} counts{} (case {}).",
                    case.words(),
                    if later {
                        ", which was decided later"
                    } else {
                        ""
                    },
                    case.id
                )
            }
            None => format!(
                "This changes nothing: it is known already (case {}).",
                case.id
            ),
        }
    }
}

/// The ids of whoever may be the same human, as a record says that HR was asked about.
fn perhaps_the_same(human: &Human<'_>, story: &Story<'_>) -> Vec<EmployeeId> {
    let questions = story.humans().iter().flat_map(Human::questions);
    let mut others: Vec<EmployeeId> = questions
        .filter_map(|(_, reason)| match reason {
            Reason::OneHuman { employee, previous } => Some([employee, previous]),
            _ => None,
        })
        .filter(|pair| pair.iter().any(|id| human.has(id)))
        .flatten()
        .filter(|id| !human.has(id))
        .cloned()
        .collect();
    others.sort_unstable();
    others.dedup();
    others
}
