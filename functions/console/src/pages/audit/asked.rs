//! What is looked for, by what the form says.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use latchkey_ledger::{RecordPlace, RecordsAsked};
use latchkey_lifecycle::{Act, CaseId, EmployeeId, SystemId};
use latchkey_runtime::Failure;
use serde::Deserialize;

use super::one_person::OnePerson;
use crate::{Deps, sign_in::Signed, views::person::PersonView};

/// What the form says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Choice {
    /// On whom or what: an employee number, a name, a case.
    pub(super) on: String,
    pub(super) who: String,
    pub(super) system: String,
    pub(super) act: String,
    /// The first day, in the company's time zone.
    pub(super) from: String,
    /// The last day.
    pub(super) to: String,
    /// Where the page begins.
    pub(super) after: String,
}

impl Choice {
    /// As a link carries it, from a place on.
    pub(super) fn query(&self, after: Option<&RecordPlace>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.fields() {
            if !value.trim().is_empty() {
                query.append_pair(name, value.trim());
            }
        }
        if let Some(after) = after {
            query.append_pair("after", after.as_str());
        }
        query.finish()
    }

    /// What is filled in, but the place.
    pub(super) fn fields(&self) -> [(&'static str, &str); 6] {
        [
            ("on", &self.on),
            ("who", &self.who),
            ("system", &self.system),
            ("act", &self.act),
            ("from", &self.from),
            ("to", &self.to),
        ]
    }
}

/// The address of the list, from a place on.
pub(super) fn path(choice: &Choice, after: Option<&RecordPlace>) -> String {
    match choice.query(after).as_str() {
        "" => "/audit".to_owned(),
        query => format!("/audit?{query}"),
    }
}

/// What is looked for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// None where nothing can be: what is wrong stands in `problems`.
    pub(super) records: Option<RecordsAsked>,
    /// What of the form means nothing, in sentences.
    pub(super) problems: Vec<String>,
    /// Whether the last day lies before the first: what is wrong stands at its field, too.
    pub(super) ends_before_it_begins: bool,
    /// Several people who are called so, by number and name.
    pub(super) several: Vec<(EmployeeId, String)>,
    /// Who acted, by all that they are known as.
    pub(super) who: Option<OnePerson>,
    /// The choice in words, a part each.
    words: Vec<String>,
}

/// So many are shown of whom are called alike.
const ALIKE: u16 = 10;

impl Asked {
    pub(super) async fn of(
        deps: &Deps,
        viewer: &Signed,
        choice: &Choice,
    ) -> Result<Asked, Failure> {
        let mut asked = Asked::default();
        let mut records = RecordsAsked {
            who: asked.who(deps, viewer, choice.who.trim()).await?,
            system: asked.system(viewer, &choice.system),
            act: asked.act(&choice.act),
            ..RecordsAsked::default()
        };
        let zone = viewer.runbook.time_zone();
        let begin = |day: Date| instant(day, zone);
        let first = asked.day("From", &choice.from);
        let last = asked.day("To", &choice.to);
        if let (Some(first), Some(last)) = (first, last)
            && last < first
        {
            asked.ends_before_it_begins = true;
            let problem = format!("To: the last day, {last}, is before the first, {first}.");
            asked.problems.push(problem);
        }
        records.from = first.and_then(begin);
        records.until = last.and_then(|day| begin(day.tomorrow().ok()?));
        asked.on(deps, choice.on.trim(), &mut records).await?;
        asked.records = Some(records).filter(|_| asked.problems.is_empty());
        Ok(asked)
    }

    /// The choice in words.
    pub(super) fn in_words(&self) -> String {
        match self.words.as_slice() {
            [] => "all of it".to_owned(),
            words => words.join(", "),
        }
    }

    async fn who(
        &mut self,
        deps: &Deps,
        viewer: &Signed,
        text: &str,
    ) -> Result<BTreeSet<String>, Failure> {
        if text.is_empty() {
            return Ok(BTreeSet::new());
        }
        self.who = OnePerson::of(&deps.intake.ledger, &viewer.runbook, text).await?;
        let Some(who) = &self.who else {
            self.problems.push(format!(
                "“{text}” is a part of Latchkey, and signs too much to look through: choose a kind of act or a system."
            ));
            return Ok(BTreeSet::new());
        };
        self.words.push(format!("by {}", who.in_words()));
        Ok(who.found_by())
    }

    fn system(&mut self, viewer: &Signed, text: &str) -> Option<SystemId> {
        let id = SystemId::new(text.trim()).ok()?;
        let known = viewer.runbook.system(&id);
        let name = known.map_or_else(|| id.to_string(), |known| known.name.clone());
        self.words.push(format!("in {name}"));
        Some(id)
    }

    fn act(&mut self, text: &str) -> Option<Act> {
        let act = Act::named(text.trim())?;
        self.words.push(format!("kind “{}”", act.words()));
        Some(act)
    }

    fn day(&mut self, name: &str, text: &str) -> Option<Date> {
        let text = text.trim();
        match text.parse::<Date>() {
            _ if text.is_empty() => None,
            Ok(day) => {
                self.words.push(format!("{} {day}", name.to_lowercase()));
                Some(day)
            }
            Err(_) => {
                let problem = format!("{name}: “{text}” is no day; write one as 2026-11-30.");
                self.problems.push(problem);
                None
            }
        }
    }

    /// On whom or what: a case, or somebody.
    async fn on(
        &mut self,
        deps: &Deps,
        text: &str,
        records: &mut RecordsAsked,
    ) -> Result<(), Failure> {
        let ledger = &deps.intake.ledger;
        if text.is_empty() {
            return Ok(());
        }
        self.words.push(format!("on {text}"));
        if let Ok(case) = CaseId::new(text)
            && ledger.find_case(&case).await?.is_some()
        {
            records.case = Some(case);
            return Ok(());
        }
        let mut people = ledger.people_called(text).await?;
        if people.is_empty() {
            people = ledger.people_named(text, ALIKE, None).await?.people;
        }
        match people.as_slice() {
            [] => {
                let problem = format!("No case and nobody is called “{text}”.");
                self.problems.push(problem);
            }
            [(employee, _)] => records.person = Some(employee.clone()),
            several => {
                let problem = format!("Several people are called “{text}”: choose who is meant.");
                self.problems.push(problem);
                let named = several
                    .iter()
                    .map(|(id, known)| (id.clone(), PersonView::of(id, &known.record).name));
                self.several = named.collect();
            }
        }
        Ok(())
    }
}

/// When a day begins somewhere.
fn instant(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    Some(day.to_zoned(zone.clone()).ok()?.timestamp())
}
