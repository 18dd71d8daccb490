//! When somebody is away, and who stands in: `POST /me/away`, and `POST /me/away/take-out`.

use axum::{
    body::{Body, to_bytes},
    extract::State,
    response::Response,
};
use jiff::civil::Date;
use latchkey_ledger::LedgerError;
use latchkey_lifecycle::{
    Absence, AuditBody, Block, Content, Letter, LetterId, OwnLetter, OwnSettings, QueuedLetter,
    TeamId, What,
};
use latchkey_questions::{
    Absences, Acts, Away, MOST_ABSENCES, facts::day as in_words, named_in, shared_teams,
};
use maud::{Markup, html};
use serde_json::json;

use super::{Not, Own, answered, may_set};
use crate::{
    Deps,
    sign_in::{By, Signed, name_of},
    when::day,
};

/// More than any of these forms has.
pub(super) const MAX_FORM_BYTES: usize = 4 * 1024;

/// What was typed.
#[derive(Default)]
pub(super) struct Form {
    from: String,
    until: String,
    stand_in: String,
}

impl Form {
    async fn read(body: Body) -> Form {
        let bytes = to_bytes(body, MAX_FORM_BYTES).await.unwrap_or_default();
        let mut form = Form::default();
        for (name, value) in form_urlencoded::parse(&bytes) {
            let value = value.trim().to_owned();
            match &*name {
                "from" => form.from = value,
                "until" => form.until = value,
                "stand_in" => form.stand_in = value.to_lowercase(),
                _ => {}
            }
        }
        form
    }

    fn absence(&self) -> Result<Absence, Not> {
        let day = |text: &str, which: &str| -> Result<Date, Not> {
            text.parse()
                .map_err(|_| Not::Wrong(format!("The {which} day is missing, or is none.")))
        };
        Ok(Absence {
            from: day(&self.from, "first")?,
            until: day(&self.until, "last")?,
            stand_in: Some(self.stand_in.clone()).filter(|one| !one.is_empty()),
        })
    }
}

/// `POST /me/away`
pub(crate) async fn add(State(deps): State<Deps>, By(viewer): By, body: Body) -> Response {
    if let Err(refused) = may_set(&viewer) {
        return refused;
    }
    let form = Form::read(body).await;
    let done = match form.absence() {
        Ok(absence) => set_away(&deps, &viewer, &absence).await,
        Err(not) => Err(not),
    };
    answered(&deps, &viewer, "away", form, done).await
}

async fn set_away(deps: &Deps, viewer: &Signed, absence: &Absence) -> Result<(), Not> {
    let (ledger, runbook) = (&deps.intake.ledger, &viewer.runbook);
    let address = &viewer.actor.address;
    let teams = named_in(runbook, address);
    let absences = Absences::read(ledger, runbook, &teams, viewer.now).await?;
    if let Some(problem) = absences.problem(runbook, address, absence) {
        return Err(Not::Wrong(problem));
    }
    let today = viewer.today();
    let add = |before: &OwnSettings| {
        let mut after = of_viewer(viewer, before);
        after.absences.retain(|other| other.until >= today);
        if after.absences.iter().any(|other| other.overlaps(absence)) {
            let text = "Another window of yours set these days meanwhile: look below.";
            return Err(Not::Wrong(text.to_owned()));
        }
        if after.absences.len() >= MOST_ABSENCES {
            let text = format!("{MOST_ABSENCES} absences are the most: take one out first.");
            return Err(Not::Wrong(text));
        }
        after.absences.push(absence.clone());
        after.absences.sort_by_key(|absence| absence.from);
        Ok((after, record(viewer, What::Away, absence)))
    };
    ledger.change_own_settings(address, add).await?;
    tell(deps, viewer, absence).await?;
    Ok(())
}

/// `POST /me/away/take-out`
pub(crate) async fn take_out(State(deps): State<Deps>, By(viewer): By, body: Body) -> Response {
    if let Err(refused) = may_set(&viewer) {
        return refused;
    }
    let form = Form::read(body).await;
    let of = |settings: &OwnSettings| {
        let mut absences = settings.absences.iter();
        absences
            .find(|one| one.from.to_string() == form.from)
            .cloned()
    };
    let take = |before: &OwnSettings| {
        let Some(absence) = of(before) else {
            return Err(Not::Wrong("That absence was taken out already.".to_owned()));
        };
        let mut after = of_viewer(&viewer, before);
        after.absences.retain(|other| *other != absence);
        Ok((after, record(&viewer, What::NotAway, &absence)))
    };
    let ledger = &deps.intake.ledger;
    let done = ledger
        .change_own_settings(&viewer.actor.address, take)
        .await;
    answered(&deps, &viewer, "away", Form::default(), done.map(|_| ())).await
}

/// The settings as of whoever signed in, under the name that they have now.
pub(super) fn of_viewer(viewer: &Signed, before: &OwnSettings) -> OwnSettings {
    OwnSettings {
        address: viewer.actor.address.clone(),
        name: viewer.actor.name.clone(),
        ..before.clone()
    }
}

fn record(viewer: &Signed, what: What, absence: &Absence) -> AuditBody {
    let name = &viewer.actor.name;
    let days = days_in_words(absence);
    let stands_in = match &absence.stand_in {
        Some(address) => format!("{} stands in", name_of(address)),
        None => "nobody stands in by name".to_owned(),
    };
    let text = match what {
        What::NotAway => format!("{name} is not away {days} after all."),
        _ => format!("{name} is away {days}; {stands_in}."),
    };
    AuditBody {
        at: viewer.now,
        by: name.clone(),
        what,
        text,
        detail: json!({ "address": viewer.actor.address, "absence": absence }),
    }
}

fn days_in_words(absence: &Absence) -> String {
    match absence.from == absence.until {
        true => format!("on {}", in_words(absence.from)),
        false => format!(
            "from {} until {}",
            in_words(absence.from),
            in_words(absence.until)
        ),
    }
}

/// Tells whoever stands in that they do.
async fn tell(deps: &Deps, viewer: &Signed, absence: &Absence) -> Result<(), LedgerError> {
    let Some(stand_in) = &absence.stand_in else {
        return Ok(());
    };
    let runbook = &viewer.runbook;
    let shared = shared_teams(runbook, &viewer.actor.address, stand_in);
    let Some(team) = shared.first() else {
        return Ok(());
    };
    let (name, days) = (&viewer.actor.name, days_in_words(absence));
    let content = Content {
        blocks: vec![
            Block::Said(format!("Hello {}, {name} is away {days}, and you stand in.", name_of(stand_in)).into()),
            Block::Said(
                format!(
                    "What {name} has in hand then stands in your list as yours to take, and letters about it come to you. What you do \
                     counts as done by you: nobody confirms their own work, or decides about their own case, for somebody else either."
                )
                .into(),
            ),
            Block::Open {
                says: "Who is away, and who stands in:".to_owned(),
                link: "Look at it".to_owned(),
                url: deps.links.page("/me"),
            },
            Block::Small(format!("It ends by itself. If you cannot, tell {name}.")),
        ],
        company: runbook.company().to_owned(),
    };
    let as_of = (runbook.time_zone(), viewer.now);
    let subject = format!("You stand in for {name}, {days}");
    let mut letter = Letter::of(team.to_string(), stand_in, subject, content, as_of);
    letter.own = Some(OwnLetter::AtOnce);
    let id = LetterId::of(&[
        &"stand in",
        &viewer.actor.address,
        stand_in,
        &days,
        &viewer.now,
    ]);
    let letter = QueuedLetter::new(id, letter, None, viewer.now);
    deps.intake.ledger.write_letters(&[letter]).await
}

/// The viewer's own absences, and the form for one more.
pub(super) fn section(own: &Own<'_>, form: &Form) -> Markup {
    let today = own.viewer.today();
    let absences = own.settings.absences.iter();
    let to_come: Vec<&Absence> = absences.filter(|absence| absence.until >= today).collect();
    html! {
        section aria-labelledby="away" {
            h2 #away { "When you are away" }
            p {
                "Your stand-in sees what you have in hand as theirs to take, and gets the letters about it. "
                "What they do counts as theirs: nobody confirms their own work, or decides about their own case, for somebody else either."
            }
            @if !to_come.is_empty() { (table(own, &to_come)) }
            (add_form(own, form))
        }
    }
}

fn table(own: &Own<'_>, absences: &[&Absence]) -> Markup {
    html! {
        div.scroll role="region" aria-label="Absences" tabindex="0" {
            table.stack role="table" {
                caption.hidden { "Absences" }
                thead role="rowgroup" { tr role="row" {
                    @for head in ["From – until", "Stand-in", "Change"] { th scope="col" role="columnheader" { (head) } }
                } }
                tbody role="rowgroup" {
                    @for absence in absences {
                        tr role="row" {
                            th scope="row" role="rowheader" { (days(own.viewer, absence)) }
                            td role="cell" data-l="Stand-in" { (stand_in(own.viewer, absence)) }
                            td role="cell" data-l="Change" {
                                form method="post" action="/me/away/take-out" {
                                    input type="hidden" name="from" value=(absence.from);
                                    button."button little" type="submit" {
                                        "Take out" span.hidden { ": absence from " (day(own.viewer, absence.from)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn days(viewer: &Signed, absence: &Absence) -> Markup {
    html! {
        (day(viewer, absence.from))
        @if absence.until != absence.from { " – " (day(viewer, absence.until)) }
    }
}

fn stand_in(viewer: &Signed, absence: &Absence) -> Markup {
    html! {
        @match &absence.stand_in {
            Some(address) if *address == viewer.actor.address => "you",
            Some(address) => (name_of(address)),
            None => "the whole team",
        }
    }
}

fn add_form(own: &Own<'_>, form: &Form) -> Markup {
    let runbook = &own.viewer.runbook;
    let all = own.teams.iter().flat_map(|team| runbook.addresses_of(team));
    let mut colleagues: Vec<&str> = all.filter(|one| *one != own.viewer.actor.address).collect();
    colleagues.sort_unstable();
    colleagues.dedup();
    html! {
        form."panel gap" method="post" action="/me/away" novalidate {
            h3 { "One more" }
            div.pair {
                div.field { label for="from" { "From" } input #from type="date" name="from" value=(form.from) required; }
                div.field { label for="until" { "Until" } input #until type="date" name="until" value=(form.until) required; }
            }
            div.field {
                label for="stand-in" { "Stand-in" }
                p.hint #stand-in-h { "Somebody of your team. Both days are whole days, in the company’s time." }
                select #stand-in name="stand_in" aria-describedby="stand-in-h" {
                    option value="" { "Anybody of the team" }
                    @for address in colleagues {
                        option value=(address) selected[form.stand_in == address] { (name_of(address)) ", " (address) }
                    }
                }
            }
            div.buttons { button.button type="submit" { "Add" } }
        }
    }
}

/// Who of the viewer's teams is away, and for whom the viewer stands in.
pub(super) fn of_the_teams(own: &Own<'_>) -> Markup {
    let address = &own.viewer.actor.address;
    let all = own.absences.to_come();
    let mut others: Vec<Away<'_>> = all.filter(|away| away.address != address).collect();
    others.sort_by_key(|away| (away.absence.from, away.address));
    html! {
        section {
            h2 { "Away in your teams" }
            @if others.is_empty() { p.soft { "Nobody else has said so." } }
            @if !others.is_empty() {
                ul {
                    @for away in others {
                        li {
                            b { (away.name) } ", " (days(own.viewer, away.absence)) br;
                            @if own.stands_in_for(away) { "You stand in" } @else { (stand_in(own.viewer, away.absence)) " stands in" }
                        }
                    }
                }
            }
        }
    }
}

impl Own<'_> {
    /// Whether the viewer stands in: named, or today since whoever is named is away, too.
    fn stands_in_for(&self, away: Away<'_>) -> bool {
        let (runbook, address) = (&self.viewer.runbook, self.viewer.actor.address.as_str());
        if away.absence.stand_in.as_deref() == Some(address) {
            return true;
        }
        let today = away.absence.is_on(self.viewer.today());
        let acts = |team: &&TeamId| {
            self.absences.acts_for(runbook, team, away.address) == Acts::StandIn(address)
        };
        today
            && shared_teams(runbook, away.address, address)
                .iter()
                .any(acts)
    }
}
