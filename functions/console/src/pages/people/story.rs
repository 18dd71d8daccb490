//! Somebody's story: everything that HR confirmed, what it did, or why it did nothing and what counts instead.

use jiff::{Timestamp, civil::Date};
use latchkey_access::{Action, On};
use latchkey_decisions::Whole;
use latchkey_lifecycle::{Case, CaseState, EventId, HeardKind, Matter, PersonDraft};
use latchkey_story::{Confirmed, Heard, Human, Story, Want};
use maud::{Markup, html};

use crate::{
    glyph::Glyph,
    pages::people::access::case_link,
    sign_in::Signed,
    views::case::{left_out, on},
    when::{day, instant, short_day, to_the_second},
};

/// How many events a page shows.
pub(crate) const SHOWN: usize = 50;

/// What the story is told from.
pub(crate) struct Told<'a> {
    pub(crate) viewer: &'a Signed,
    pub(crate) whole: &'a Whole,
    pub(crate) story: &'a Story<'a>,
    pub(crate) human: &'a Human<'a>,
    /// Whether the reader may know why somebody leaves or is away.
    pub(crate) reasons: bool,
}

/// An event, where it counts.
struct Said<'a> {
    id: EventId,
    heard: &'a Heard,
    decided: Timestamp,
    /// Somebody left it out by name while it was held: it tells the story nothing.
    left_out: bool,
}

/// Where an event stands on its person's page.
pub(crate) fn anchor(event: EventId) -> String {
    format!("event-{event}")
}

/// What an event is called.
fn words(kind: HeardKind) -> &'static str {
    match (kind, kind.event()) {
        (HeardKind::There, _) => "was here already",
        (HeardKind::Identity, _) => "answer about two employee ids",
        (_, Some(kind)) => kind.words(),
        (_, None) => kind.as_str(),
    }
}

/// The same at the beginning of a line.
fn title(kind: HeardKind) -> String {
    let words = words(kind);
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// The day that an event is for.
fn day_of(heard: &Heard) -> Option<Date> {
    let person = &heard.person;
    let by_record = match heard.kind {
        HeardKind::There | HeardKind::Hire | HeardKind::Rehire => person.start_date,
        HeardKind::Exit | HeardKind::UrgentExit => person.last_day,
        HeardKind::DateMoved => person.start_date.or(person.last_day),
        _ => None,
    };
    heard.effective.or(by_record)
}

impl<'a> Told<'a> {
    /// All events, the last decision first.
    fn events(&self) -> Vec<Said<'a>> {
        let left_out = self.whole.left_out();
        let counts = self.human.events().map(|event: Confirmed<'a>| Said {
            id: event.id,
            heard: event.heard,
            decided: event.decided,
            left_out: false,
        });
        let mine = |heard: &&Heard| self.human.has(&heard.employee_id);
        let others = self.whole.heard().iter().filter(mine);
        let others = others.filter(|heard| left_out.contains(&heard.id()));
        let others = others.map(|heard| Said {
            id: heard.id(),
            heard,
            decided: heard.occurred_at,
            left_out: true,
        });
        // Those of one instant stay as the story takes them.
        let mut all: Vec<Said<'a>> = counts.chain(others).collect();
        all.sort_by_key(|said| said.decided);
        all.reverse();
        all
    }

    fn wants_with(&self, event: EventId) -> impl Iterator<Item = &'a Want> {
        let wants = self.story.wants().iter();
        wants.filter(move |want| want.events.contains(&event))
    }

    /// The cases that stand on an event, those that count first.
    fn cases_with(&self, event: EventId) -> Vec<&'a Case> {
        let on_it = |case: &&Case| {
            let grounds = case.grounds.as_ref();
            grounds.is_some_and(|grounds| grounds.events.contains(&event))
        };
        let mut cases: Vec<&Case> = self.whole.cases().filter(on_it).collect();
        cases.sort_by_key(|case| case.superseded_by.is_some());
        cases
    }

    /// An event in a few words: `the exit of 18 Dec, decided yesterday, 08:16`.
    fn named(&self, event: EventId) -> Markup {
        let found = self.human.events().find(|other| other.id == event);
        html! {
            @match found {
                Some(other) => {
                    "the " (words(other.heard.kind))
                    @if let Some(on) = day_of(other.heard) { " of " (day(self.viewer, on)) }
                    ", decided " (instant(self.viewer, other.decided))
                }
                None => "another event",
            }
        }
    }

    /// What an event did, or why it did nothing.
    fn effect(&self, said: &Said<'_>) -> Markup {
        let asked = self.human.questions().find(|(event, _)| *event == said.id);
        let why = self.human.why(said.id);
        let cases = self.cases_with(said.id);
        let wants: Vec<&Want> = self.wants_with(said.id).collect();
        let carried = wants
            .iter()
            .any(|want| matches!(want.from.matter, Matter::Carry(_)));
        html! {
            @if said.left_out { small { "Left out by name while the brake held it: it counts as never said." } }
            @if let Some((_, reason)) = asked { small { "HR is asked about it. " (reason) } }
            @if let Some(why) = why.as_ref().filter(|_| asked.is_none()) {
                small { "Does nothing by itself. " (why.reason) }
            }
            @if let Some(by) = why.as_ref().and_then(|why| why.by) {
                small { "What counts instead: " (self.named(by)) "." }
            }
            @for want in &wants {
                @if let Some(over) = want.over {
                    small { "Not carried out any more: ended by " (self.named(over)) "." }
                }
            }
            @for case in &cases { small { (self.case(case)) } }
            @if cases.is_empty() && !carried && why.is_none() && asked.is_none() && !said.left_out {
                small { (tells(said.heard)) }
            }
        }
    }

    fn case(&self, case: &Case) -> Markup {
        let may = self.viewer.can(Action::SeeCases, &on(case, []));
        html! {
            "Case: " (case_link(self.viewer, case)) " · "
            @match (&case.superseded_by, case.closed_at) {
                (Some(_), _) => "another one took its place",
                (None, Some(at)) if case.state == CaseState::Closed => {
                    "carried out " (instant(self.viewer, at))
                }
                (None, Some(at)) => {
                    @match left_out(case).filter(|_| may) {
                        Some(said) => (said),
                        None => { "ended " (instant(self.viewer, at)) }
                    }
                }
                (None, None) => (case.state),
            }
        }
    }

    fn event(&self, said: &Said<'_>) -> Markup {
        let heard = said.heard;
        let glyph = match heard.kind {
            _ if said.left_out => Glyph::Left,
            HeardKind::UrgentExit => Glyph::Escalated,
            HeardKind::Identity => Glyph::Talk,
            HeardKind::There => Glyph::Info,
            _ => Glyph::Hr,
        };
        let reason = heard.reason.as_ref().filter(|_| self.reasons);
        let several = self.human.ids().len() > 1;
        html! {
            li id=(anchor(said.id)) {
                (short_day(self.viewer, said.decided))
                (glyph)
                span {
                    (title(heard.kind))
                    @if let Some(on) = day_of(heard) {
                        (if heard.kind == HeardKind::There { ", since " } else { ", for " }) (day(self.viewer, on))
                    }
                    @if let Some(same) = heard.same { (if same { ": one human" } else { ": not one human" }) }
                    small {
                        "Decided " (instant(self.viewer, said.decided)) " · by " (heard.source)
                        @if let Some(by) = &heard.confirmed_by { ", " (by) }
                        @if several { " · employee " (heard.employee_id) }
                    }
                    small { (self.as_it_came(heard)) }
                    @if let Some(told) = what_it_tells(&heard.person) { small { "Told: " (told) } }
                    @if let Some(reason) = reason { small { "HR's reason: " (reason) } }
                    (self.effect(said))
                }
            }
        }
    }

    /// When an event came, and by which delivery, for who reads trails.
    fn as_it_came(&self, heard: &Heard) -> Markup {
        let source = self.viewer.can(Action::SeeAudit, &On::default());
        html! {
            "Came " (to_the_second(self.viewer, heard.received_at))
            @if source { " as delivery " code { (heard.delivery_id) } }
        }
    }

    /// The section of somebody's page, from so many events on. `path`: the page's own.
    pub(crate) fn section(&self, from: usize, path: &str) -> Markup {
        let all = self.events();
        let shown: Vec<&Said<'_>> = all.iter().skip(from).take(SHOWN).collect();
        let next = from + shown.len();
        html! {
            section aria-labelledby="story" {
                h2 #story { "Story" }
                p."soft small" { "What HR confirmed, the last decision first, and what came of it." }
                @if shown.is_empty() { p { "Nothing that is kept here." } }
                ol."events days" { @for said in shown { (self.event(said)) } }
                @if next < all.len() {
                    nav.pages aria-label="Older events" {
                        span.soft { (all.len() - next) " more" }
                        ul { li { a href=(format!("{path}?from={next}#story")) rel="next" { "Older" } } }
                    }
                }
            }
        }
    }
}

/// What an event without a case of its own is good for.
fn tells(heard: &Heard) -> &'static str {
    match heard.kind {
        HeardKind::There => "Nothing is carried out: no case gave what was there then.",
        HeardKind::Identity => "Says which employee ids are read together.",
        _ => "Is part of what is known, and asks for no case of its own.",
    }
}

/// What HR told by an event of what somebody is: nothing private, and no days.
fn what_it_tells(person: &PersonDraft) -> Option<String> {
    let by_number = person.manager.as_ref().map(|id| format!("employee {id}"));
    let manager = person.manager_email.clone().or(by_number);
    let all = [
        ("department", &person.department),
        ("title", &person.title),
        ("level", &person.level),
        ("employment type", &person.employment_type),
        ("country", &person.country),
        ("location", &person.location),
        ("manager", &manager),
    ];
    let told = all
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)));
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join(", "))
}
