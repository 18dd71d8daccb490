//! What the second look points at: what to know before anything else, and what was checked.

use jiff::{ToSpan, civil::Date};
use latchkey_decisions::{long_past, today};
use latchkey_lifecycle::{Case, CaseState, EventKind};
use latchkey_questions::facts::{team_name, the_day};
use maud::{Markup, html};

use super::{ahead::Ahead, checked::name, read::Report};
use crate::{
    glyph::Glyph,
    sign_in::Signed,
    views::{
        case::CaseView,
        person::{in_a_link, person_path},
        task::case_path,
    },
    when::day,
};

/// Something to know.
struct Note {
    warns: bool,
    glyph: Glyph,
    title: Markup,
    text: Markup,
}

impl Note {
    fn warns(glyph: Glyph, title: Markup, text: Markup) -> Note {
        Note {
            warns: true,
            glyph,
            title,
            text,
        }
    }
}

/// What to know before anything else.
pub(super) fn notes(viewer: &Signed, report: &Report, ahead: &Ahead) -> Markup {
    let record = report
        .known
        .as_ref()
        .map_or(&report.event.person, |known| &known.record);
    let today = today(record, &viewer.runbook, viewer.now);
    let said = ahead.foreseen.note.as_ref().map(|note| Note {
        warns: false,
        glyph: Glyph::Talk,
        title: html! { "What Latchkey would say or ask" },
        text: html! { (note) },
    });
    let all = [
        nothing(viewer, ahead),
        taken(viewer, report, today),
        not_here_then(viewer, report, today),
        not_on_leave(report, ahead),
        far_ahead(viewer, report, today),
        at_once(viewer, report, today),
        held(viewer, ahead),
        past(viewer, report, today),
        said,
    ];
    html! {
        @for note in all.into_iter().flatten() {
            section class=(if note.warns { "note warn gap" } else { "note gap" }) {
                (note.glyph)
                div { h2 { (note.title) } p { (note.text) } }
            }
        }
    }
}

fn nothing(viewer: &Signed, ahead: &Ahead) -> Option<Note> {
    let says_so = ahead
        .foreseen
        .case
        .as_ref()
        .filter(|_| !ahead.foreseen.news);
    ahead.is_nothing().then(|| Note {
        warns: false,
        glyph: Glyph::Info,
        title: html! { "Nothing would change" },
        text: html! {
            @match says_so {
                Some(case) => { (link(viewer, case)) " says so already." }
                None if ahead.foreseen.news => "All that was said is so already.",
                None => "It is known already.",
            }
        },
    })
}

/// The number of a hire is that of somebody who is known.
fn taken(viewer: &Signed, report: &Report, today: Date) -> Option<Note> {
    let known = report.known.as_ref();
    let known = known.filter(|_| report.event.kind == EventKind::Hire)?;
    let to_begin = known.record.start_date.filter(|first| today < *first);
    Some(Note::warns(
        Glyph::Trouble,
        html! {
            "Employee " (known.id) " is somebody who "
            @match to_begin {
                Some(first) => { "is to begin on " (day(viewer, first)) }
                None => "works here",
            }
            ": " (known.name())
        },
        html! {
            "If it is somebody else who starts, another number is meant: this one would change what is known of "
            (known.name()) "."
        },
    ))
}

/// The day of a change or of an exit lies before the first day: of whoever is to come, the hire may be what is meant.
fn not_here_then(viewer: &Signed, report: &Report, today: Date) -> Option<Note> {
    let (of, first) = (report.event.effective?, first_day(report)?);
    let name = name(report);
    let leaves = report.event.kind == EventKind::Exit || report.event.person.last_day.is_some();
    let early = of < first || (leaves && of == first && today < first);
    if !early || is_first_day(report) {
        return None;
    }
    let rescind = format!(
        "/report?kind=rescind&who={}",
        in_a_link(report.employee.as_str())
    );
    let title = match (leaves, today < first) {
        (true, true) => html! { "The last day is not after the first, " (day(viewer, first)) },
        _ => html! { (name) " was not here then: first day " (day(viewer, first)) },
    };
    let text = match (leaves, today < first) {
        (true, true) => html! {
            "Nothing is left of the work then: the hire is ended, and what was given is taken back. If " (name)
            " does not start at all, " a href=(rescind) { "report that the hire is rescinded" } " instead."
        },
        (true, false) => html! { "Was another day meant?" },
        (false, _) => html! {
            "It would count from the first day on, as if it had been told with the hire. Was another day meant?"
        },
    };
    Some(Note::warns(Glyph::Trouble, title, text))
}

/// Whether the day that is reported is the first one itself.
fn is_first_day(report: &Report) -> bool {
    let moves = report.event.kind == EventKind::DateMoved;
    report.event.kind.joins() || (moves && report.event.person.start_date.is_some())
}

/// The first day of who works here, or will.
fn first_day(report: &Report) -> Option<Date> {
    report.known.as_ref()?.record.start_date
}

fn not_on_leave(report: &Report, ahead: &Ahead) -> Option<Note> {
    let back = report.event.kind == EventKind::Return;
    (back && !ahead.is_on_leave()).then(|| {
        Note::warns(
            Glyph::Trouble,
            html! { (name(report)) " is not on leave, as far as HR told" },
            html! { "Is somebody else meant, or was the leave not reported?" },
        )
    })
}

fn far_ahead(viewer: &Signed, report: &Report, today: Date) -> Option<Note> {
    let far = report
        .event
        .effective
        .filter(|day| is_far_ahead(today, *day))?;
    let years = today.until((jiff::Unit::Year, far)).ok()?.get_years();
    Some(Note::warns(
        Glyph::Trouble,
        html! {
            "The day lies more than " @if years == 1 { "a year" } @else { (years) " years" }
            " ahead: " (day(viewer, far))
        },
        html! {
            "Was another year meant? "
            @if years < 2 { "Nothing of it is done before its time comes." }
            @else { "Of a day more than two years ahead HR is asked first whether it is meant." }
        },
    ))
}

/// How somebody is reached counts from the word on, and not only from the day of the change (STORY.md, A4).
fn at_once(viewer: &Signed, report: &Report, today: Date) -> Option<Note> {
    let of = report.event.effective.filter(|day| *day > today)?;
    if report.event.kind != EventKind::Transfer {
        return None;
    }
    let manager = report.new_manager();
    // That of another country counts where they work there.
    let zone = report
        .new_zone()
        .filter(|_| report.event.person.country.is_none());
    let what = match (&manager, zone) {
        (Some(_), Some(_)) => "manager and time zone count",
        (Some(_), None) => "manager counts",
        (None, Some(_)) => "time zone counts",
        (None, None) => return None,
    };
    let name = name(report);
    Some(Note::warns(
        Glyph::Trouble,
        html! { "The new " (what) " at once, and not only from " (day(viewer, of)) },
        html! {
            @if let Some(manager) = &manager {
                "From the moment it is confirmed, " (manager) " sees " (name) " and gets what is for the manager; "
                "whoever was the manager until then does not any more. "
            }
            "If it is to wait for the day, report that part on the day."
        },
    ))
}

/// Whether a day is more than a year ahead: as a rule the year is a slip.
fn is_far_ahead(today: Date, day: Date) -> bool {
    today
        .checked_add(1.year())
        .is_ok_and(|next_year| next_year < day)
}

fn held(viewer: &Signed, ahead: &Ahead) -> Option<Note> {
    let case = ahead.foreseen.case.as_ref()?;
    if case.state != CaseState::Held {
        return None;
    }
    let confirms = viewer.runbook.brake();
    let confirms = confirms.map(|rule| team_name(&viewer.runbook, &rule.confirm));
    Some(Note::warns(
        Glyph::Held,
        html! { "The brake would hold it" },
        html! {
            "More came in a short time than the runbook lets through. Nothing happens before "
            @match &confirms { Some(team) => b { (team) }, None => "somebody" } " confirms it."
            @if let Some((was, _)) = ahead.moves(case) {
                " Meanwhile neither day counts: nothing is done on " (day(viewer, was)) " either."
            }
        },
    ))
}

fn past(viewer: &Signed, report: &Report, today: Date) -> Option<Note> {
    let past = report.event.effective.filter(|day| *day < today)?;
    Some(Note::warns(
        Glyph::Trouble,
        html! { "The day has passed: " (day(viewer, past)) },
        html! {
            "When it is confirmed, it takes effect at once, and what was due by now is late from the beginning."
            @if long_past(&report.event, today).is_some() { " The day lies long back: was another one meant?" }
        },
    ))
}

/// A line of what was checked.
fn line(glyph: Glyph, text: &Markup) -> Markup {
    html! { li { (glyph) span { (text) } } }
}

/// What was checked, and what else is known.
pub(super) fn what_was_checked(viewer: &Signed, report: &Report, ahead: &Ahead) -> Markup {
    let foreseen = &ahead.foreseen;
    let case = foreseen.case.as_ref();
    let own = case.map(|case| &case.id);
    let unmatched = case.map(|case| ahead.runbook.unmatched_of(case));
    let missing = case.map(|case| case.missing.as_slice()).unwrap_or_default();
    let mut touched = foreseen.touched();
    let moved = case.filter(|own| touched.any(|(of, begins)| of.id == own.id && !begins));
    let others = foreseen.others.iter();
    let others = others.filter(|(other, _)| Some(&other.id) != own);
    let alone = ahead.beside().next().is_none() && foreseen.others.is_empty() && moved.is_none();
    html! {
        section {
            h2 { "What was checked" }
            ol."events bare" {
                (who(viewer, report, ahead))
                @if alone { (line(Glyph::Verified, &html! { "No other case is open" })) }
                @if let Some(own) = moved { (line(Glyph::Info, &anew(viewer, ahead, own))) }
                @for (other, begins) in others {
                    (line(Glyph::Info, &html! {
                        @match (other.state, begins) {
                            (CaseState::Superseded, _) => { "Ends the open case " (link(viewer, other)) }
                            (_, true) => { "Begins another case, " (link(viewer, other)) }
                            (_, false) => (anew(viewer, ahead, other)),
                        }
                    }))
                }
                @for case in ahead.beside() {
                    (line(Glyph::Info, &html! { "Goes on beside it: " (link(viewer, case)) }))
                }
                @if foreseen.load.is_some() && case.is_some_and(|case| case.state != CaseState::Held) {
                    (line(Glyph::Verified, &html! { "The brake lets it through" }))
                }
                @for value in unmatched.iter().flatten() { (line(Glyph::Trouble, &html! { (value.to_string()) })) }
                @if !missing.is_empty() {
                    (line(Glyph::Talk, &html! { "HR would be asked for: " (missing.join(", ")) }))
                }
            }
        }
    }
}

/// Whether the person is known, and who is like them.
fn who(viewer: &Signed, report: &Report, ahead: &Ahead) -> Markup {
    let not_here = first_day(report).zip(report.event.effective);
    let not_here = not_here.filter(|(first, day)| day < first && !is_first_day(report));
    html! {
        @match &report.known {
            Some(known) if report.event.kind == EventKind::Hire => (line(Glyph::Trouble, &html! {
                "Employee " (known.id) " is known, and has not left: " (known.name())
            })),
            Some(known) => (line(Glyph::Verified, &html! {
                "Known as employee " (known.id)
                @if let Some(first) = known.record.start_date { small { "first day " (day(viewer, first)) } }
            })),
            None => (line(Glyph::Verified, &html! { "Employee " (report.employee) " is not known yet" })),
        }
        @if not_here.is_some() { (line(Glyph::Trouble, &html! { (name(report)) " was not here then" })) }
        @if let Some(alike) = &ahead.alike {
            (line(Glyph::Trouble, &html! { (alike.to_string()) "; is that who is meant?" }))
        }
        @for other in &ahead.namesakes {
            (line(Glyph::Trouble, &html! {
                (name(report)) " is known as " a href=(person_path(other)) { "employee " (other) }
                ", too; is that who is meant?"
            }))
        }
    }
}

fn link(viewer: &Signed, case: &Case) -> Markup {
    html! { a href=(case_path(&case.id)) { (CaseView::of(case).happens(viewer)) } }
}

/// A case that would be planned anew, and from which day to which it moves.
fn anew(viewer: &Signed, ahead: &Ahead, case: &Case) -> Markup {
    let now = ahead.as_it_is(&case.id);
    let ended = now.is_some_and(|case| case.state.is_ended());
    let which = if ended {
        "Opens again the closed case "
    } else {
        "Plans anew the open case "
    };
    html! {
        (which) (link(viewer, now.unwrap_or(case)))
        @if let Some((was, then)) = ahead.moves(case) {
            small { (the_day(case.kind)) " moves from " (day(viewer, was)) " to " (day(viewer, then)) }
        }
    }
}
