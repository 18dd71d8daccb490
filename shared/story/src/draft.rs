//! A want while it is put together: by places of events, and with texts that are borrowed.

use std::cmp::Ordering;

use latchkey_lifecycle::{EmployeeId, EventId, EventKind, Matter, PlannedFrom, Reason, Until};

use crate::{
    day::Day,
    human::{Human, Said},
    spell::SaidNo,
    told::Told,
    want::Want,
};

pub(crate) struct Draft<'a> {
    pub(crate) matter: Matter,
    pub(crate) id: &'a EmployeeId,
    pub(crate) day: Option<Day>,
    pub(crate) said: Vec<SaidNo>,
    pub(crate) before: Option<Told<'a>>,
    pub(crate) after: Option<Told<'a>>,
    pub(crate) undoes: Vec<SaidNo>,
    pub(crate) missing: Vec<&'static str>,
    pub(crate) asks: Vec<Reason>,
    pub(crate) until: Option<Day>,
    pub(crate) over: Option<SaidNo>,
}

impl<'a> Draft<'a> {
    /// Of something that takes: what it gives is added by whoever makes it.
    pub(crate) fn new(
        kind: EventKind,
        id: &'a EmployeeId,
        day: impl Into<Option<Day>>,
        said: Vec<SaidNo>,
    ) -> Draft<'a> {
        Draft {
            matter: Matter::Carry(kind),
            id,
            day: day.into(),
            said,
            before: None,
            after: None,
            undoes: Vec::new(),
            missing: Vec::new(),
            asks: Vec::new(),
            until: None,
            over: None,
        }
    }

    /// What HR is asked about an event.
    pub(crate) fn ask(said: Said<'a>, s: SaidNo, asks: Vec<Reason>) -> Draft<'a> {
        let id = &said.heard.employee_id;
        Draft {
            matter: Matter::Ask(said.kind()),
            asks,
            ..Draft::new(EventKind::DateMoved, id, said.day(), vec![s])
        }
    }

    pub(crate) fn is_of(&self, kind: EventKind, id: &EmployeeId, day: Day) -> bool {
        self.matter.is(kind) && self.id == id && self.day == Some(day)
    }

    /// Whether an exit can end it at once (O7): what gives, and leaves.
    pub(crate) fn can_be_over(&self) -> bool {
        self.matter.gives() || self.matter.is(EventKind::Leave)
    }
}

impl Human<'_> {
    /// The order of wants: any will do, as long as it is one.
    pub(crate) fn order_of(&self, a: &Draft<'_>, b: &Draft<'_>) -> Ordering {
        let by_words = || {
            let words = |draft: &Draft<'_>| -> Vec<usize> {
                draft
                    .said
                    .iter()
                    .map(|s| self.say(*s).decided.rank)
                    .collect()
            };
            words(a).cmp(&words(b))
        };
        (a.day.cmp(&b.day))
            .then_with(|| a.matter.place().cmp(&b.matter.place()))
            .then_with(|| a.id.cmp(b.id))
            .then_with(by_words)
    }

    pub(crate) fn want_of(&self, mut draft: Draft<'_>) -> Want {
        let ids = |said: &[SaidNo]| -> Vec<EventId> {
            said.iter().map(|s| self.say(*s).decided.id).collect()
        };
        for said in [&mut draft.said, &mut draft.undoes] {
            said.sort_unstable();
            said.dedup();
        }
        Want {
            from: PlannedFrom {
                matter: draft.matter,
                employee_id: draft.id.clone(),
                day: draft.day.map(Day::date),
                before: draft.before.map(|told| told.draft()),
                after: draft.after.map(|told| told.draft()),
                missing: draft
                    .missing
                    .iter()
                    .map(|&label| label.to_owned())
                    .collect(),
                asks: draft.asks,
            },
            events: ids(&draft.said),
            undoes: ids(&draft.undoes),
            until: draft
                .until
                .map_or(Until::Ever, |day| Until::Day(day.date())),
            over: draft.over.map(|s| self.say(s).decided.id),
        }
    }
}
