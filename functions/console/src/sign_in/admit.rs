//! The check before every route that needs somebody: a session that is good, a form of our own, and the route's action.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use jiff::{SignedDuration, Timestamp};
use latchkey_access::{Action, Actor, Reach, Refused, Role, reach};
use latchkey_decisions::who_is;
use latchkey_ledger::Session;
use latchkey_lifecycle::TeamId;
use latchkey_runbook::{Runbook, Team};
use latchkey_runtime::Failure;
use maud::html;

use crate::{
    Deps,
    frame::{alone, home, message, page_with, what_they_are},
    glyph::Glyph,
    sign_in::{Signed, cookie::Ticket},
};

/// A session ends this long after it began, whatever is done in it.
pub(crate) const LASTS: SignedDuration = SignedDuration::from_hours(8);
/// A session ends when nothing is done in it for so long.
pub(crate) const IDLE: SignedDuration = SignedDuration::from_hours(2);
/// How exactly it is kept when somebody was last seen: a write in so many minutes, not one a page.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// Lets somebody who may come to the page, and says to everybody else what to do.
pub(crate) async fn admit(
    State((deps, action)): State<(Deps, Action)>,
    mut request: Request,
    next: Next,
) -> Response {
    if request.method() == Method::POST && !is_own_form(request.headers()) {
        return from_elsewhere();
    }
    let signed = match who(&deps, request.headers()).await {
        Ok(Some(signed)) => signed,
        Ok(None) => return to_sign_in(request.method(), request.uri()),
        Err(failure) => return out_of_order(&failure),
    };
    // Whoever is nothing here any more can still sign out.
    if signed.actor.roles.is_empty() && action != Action::BeOneself {
        return nobody_here(&signed);
    }
    if !signed.actor.ever(action) {
        // Where everybody lands who signs in.
        if request.uri().path() == "/" {
            return Redirect::to(home(&signed)).into_response();
        }
        return refused(&signed, &Refused::not_theirs(action));
    }
    request.extensions_mut().insert(Arc::new(signed));
    next.run(request).await
}

/// Whether a form was sent by one of our own pages. A browser says where it comes from; what does not say so is no
/// browser that keeps our cookie.
/// Source: Fetch Metadata Request Headers, W3C; RFC 6454 section 7.
pub(crate) fn is_own_form(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let origin = text("origin").and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, host)| text("host") == Some(host))
}

/// The page for whoever was led here by a form of another site.
pub(crate) fn from_elsewhere() -> Response {
    let text = "A form of another site asked for something here. Nothing was done. Open the page here, and send its form.";
    message(StatusCode::FORBIDDEN, "", "That came from elsewhere", text)
}

/// Whether a form is of somebody whom Latchkey knows: by a letter's link that is ours, or by a session that is good.
/// For whoever has to know it before the body is read; what they may the page asks, which also says what does not work.
pub async fn knows(deps: &Deps, path: &str, headers: &HeaderMap) -> bool {
    if path.starts_with("/tasks/") {
        return deps.links.open_url(path).is_some();
    }
    is_own_form(headers) && matches!(who(deps, headers).await, Ok(Some(_)))
}

/// Whoever a request is of, if their session is good.
async fn who(deps: &Deps, headers: &HeaderMap) -> Result<Option<Signed>, Failure> {
    let Some(ticket) = Ticket::of(headers) else {
        return Ok(None);
    };
    let (ledger, now) = (&deps.intake.ledger, deps.intake.clock.now());
    let digest = ticket.secret.digest();
    let found = ledger.find_session(&ticket.address, &digest).await?;
    let Some(row) = found.filter(|row| is_good(&row.item, now)) else {
        return Ok(None);
    };
    let session = row.item.clone();
    if now.duration_since(session.seen) >= SEEN_EVERY {
        ledger.note_seen(&digest, row, now).await?;
    }
    let (version, runbook) = deps.intake.runbooks.current(ledger).await?;
    // Also a moment ago. Of whom HR told nothing, the runbook alone says what they may.
    let known = who_is(ledger, &runbook, &session.address, now).await?;
    if known.has_left {
        return Ok(None);
    }
    let belongs = runbook.belongs(&session.address, &session.groups);
    let mut roles: BTreeSet<Role> = belongs.roles;
    if ledger.has_reports(&session.address).await? {
        roles.insert(Role::Manager);
    }
    let actor = Actor {
        name: session.name,
        address: session.address,
        teams: belongs.teams,
        roles,
        themselves: known.themselves,
    };
    Ok(Some(Signed {
        actor,
        session: digest,
        version,
        runbook,
        now,
    }))
}

fn is_good(session: &Session, now: Timestamp) -> bool {
    session.ended.is_none()
        && now.duration_since(session.began) < LASTS
        && now.duration_since(session.seen) < IDLE
}

fn to_sign_in(method: &Method, asked: &Uri) -> Response {
    if method == Method::GET {
        let asked = asked.path_and_query().map_or("/", |path| path.as_str());
        let to: String = form_urlencoded::byte_serialize(asked.as_bytes()).collect();
        return Redirect::to(&format!("/sign-in?to={to}")).into_response();
    }
    let text = "Nothing was done. Sign in again in another window, come back here, and send it once more: what you wrote is still there.";
    message(
        StatusCode::UNAUTHORIZED,
        "",
        "You are not signed in any more",
        text,
    )
}

fn nobody_here(signed: &Signed) -> Response {
    let hr = signed.runbook.team(signed.runbook.operations_team());
    let content = html! {
        h1 { "Nothing here is yours" }
        p.lede { "You are signed in as " b { (signed.actor.name) } ", " (signed.actor.address) ". The runbook names you in no team." }
        @if let Some(team) = hr {
            section.note.gap { (Glyph::Person) div { h2 { "Who can help" } p { (team.name) ", " (team.email) } } }
        }
        form.gap method="post" action="/sign-out" { button.button type="submit" { "Sign in as somebody else" } }
    };
    alone(
        StatusCode::FORBIDDEN,
        signed.runbook.company(),
        "Nothing here is yours",
        &content,
    )
}

/// The page that says why somebody may not, and who can help.
pub(crate) fn refused(signed: &Signed, why: &Refused) -> Response {
    refused_by(signed, why, None)
}

/// The same, where a team has what it is about.
pub(crate) fn not_of_the_team(signed: &Signed, action: Action, team: &TeamId) -> Response {
    refused_by(signed, &Refused::not_theirs(action), Some(team))
}

/// It is about themselves, and a team has it: its other people can.
pub(crate) fn about_themselves(signed: &Signed, action: Action, team: &TeamId) -> Response {
    refused_by(signed, &Refused::AboutThemselves(action), Some(team))
}

fn refused_by(signed: &Signed, why: &Refused, team: Option<&TeamId>) -> Response {
    let runbook = &signed.runbook;
    let helps = match (why, team) {
        (Refused::NotTheirs { .. }, Some(team)) => vec![team],
        (Refused::NotTheirs { action, who_can }, None) => {
            vec![asked_about(runbook, *action, who_can)]
        }
        (Refused::AboutThemselves(action), team) => others_who_can(signed, *action, team),
    };
    let names: Vec<String> = match (why, team) {
        (Refused::NotTheirs { .. }, Some(team)) => {
            vec![latchkey_questions::facts::team_name(runbook, team)]
        }
        _ => in_words(why),
    };
    let helps: Vec<&Team> = helps.iter().filter_map(|team| runbook.team(team)).collect();
    let content = html! {
        h1 { (why) }
        p.lede {
            @if !names.is_empty() { "These can: " b { (names.join(", ")) } ". " }
            "You are signed in as " (signed.actor.name) ", " (what_they_are(signed)) "."
        }
        @if !helps.is_empty() {
            section.note.gap {
                (Glyph::Person)
                div { h2 { "Who can help" } @for team in helps { p { (team.name) ", " (team.email) } } }
            }
        }
        div.buttons { a."button main" href=(home(signed)) { "Back" } }
    };
    page_with(
        StatusCode::FORBIDDEN,
        signed,
        "",
        "You may not see this",
        &content,
    )
}

/// The team of a role; what is of no single team has none.
fn team_of(runbook: &Runbook, role: Role) -> Option<&TeamId> {
    match role {
        Role::Hr => Some(runbook.hr_team()),
        Role::Operator => Some(runbook.operations_team()),
        Role::Security => runbook.security_team(),
        Role::TeamMember | Role::Auditor | Role::Manager | Role::Publisher => None,
    }
}

/// The teams whose people may do something whatever it is about, by the table.
fn teams_that_can(runbook: &Runbook, action: Action) -> Vec<&TeamId> {
    let roles = Role::ALL.into_iter();
    let can = roles.filter(|role| reach(*role, action) == Reach::Everything);
    let mut teams: Vec<&TeamId> = Vec::new();
    for team in can.filter_map(|role| team_of(runbook, role)) {
        if !teams.contains(&team) {
            teams.push(team);
        }
    }
    teams
}

/// Who is asked about what somebody may not do: HR where it is theirs, too.
fn asked_about<'a>(runbook: &'a Runbook, action: Action, who_can: &[Role]) -> &'a TeamId {
    let first = teams_that_can(runbook, action).into_iter().next();
    match who_can.contains(&Role::Hr) {
        true => runbook.hr_team(),
        false => first.unwrap_or(runbook.operations_team()),
    }
}

/// Who does it for somebody whom it is about: everybody whom the table lets, and of each team somebody else. Where that is
/// nobody, HR or operations have to know.
fn others_who_can<'a>(
    signed: &'a Signed,
    action: Action,
    team: Option<&'a TeamId>,
) -> Vec<&'a TeamId> {
    let runbook = &signed.runbook;
    let is_self =
        |address: &str| address == signed.actor.address || signed.actor.themselves.have(address);
    let has_others = |team: &&TeamId| {
        let others = runbook.addresses_of(team).any(|one| !is_self(one));
        others || runbook.has_groups(team)
    };
    let can = match team {
        Some(team) => vec![team],
        None => teams_that_can(runbook, action),
    };
    let can: Vec<&TeamId> = can.into_iter().filter(has_others).collect();
    let both = [runbook.hr_team(), runbook.operations_team()].into_iter();
    match can.is_empty() {
        true => both.filter(has_others).take(1).collect(),
        false => can,
    }
}

/// Who can: whose permission goes as far as their own is named by what makes it theirs.
fn in_words(why: &Refused) -> Vec<String> {
    let Refused::NotTheirs { action, who_can } = why else {
        return Vec::new();
    };
    let words = who_can.iter().filter_map(|role| {
        let own = reach(*role, *action) == Reach::Own;
        Some(match (role, action) {
            (Role::Manager, _) if own => "the person’s own manager",
            (Role::TeamMember, Action::SeeFindings | Action::SeeSystems) if own => {
                "the team that the system belongs to"
            }
            (Role::TeamMember, _) if own => "a team that has a task in it",
            // They are of a team, too.
            _ if own => return None,
            _ => role.words(),
        })
    });
    words.map(str::to_owned).collect()
}

/// The page of a failure that is not whose page it is.
pub(crate) fn out_of_order(failure: &Failure) -> Response {
    tracing::error!(%failure, "a page failed");
    let text = "Open the page again in a minute. What was written down already is kept.";
    let title = "Latchkey cannot do that right now";
    let mut response = message(StatusCode::SERVICE_UNAVAILABLE, "", title, text);
    let soon = axum::http::HeaderValue::from_static("60");
    response.headers_mut().insert(header::RETRY_AFTER, soon);
    response
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn only_our_own_forms_do_anything() {
        let own = [
            &[("sec-fetch-site", "same-origin")][..],
            &[
                ("host", "latchkey.acme.example"),
                ("origin", "https://latchkey.acme.example"),
            ],
            &[
                ("host", "localhost:8420"),
                ("origin", "http://localhost:8420"),
            ],
        ];
        for pairs in own {
            assert!(is_own_form(&headers(pairs)), "{pairs:?}");
        }
        let others = [
            &[][..],
            &[
                ("sec-fetch-site", "same-site"),
                ("host", "a"),
                ("origin", "https://a"),
            ],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "none")],
            &[
                ("host", "latchkey.acme.example"),
                ("origin", "https://evil.example"),
            ],
            &[("host", "a"), ("origin", "null")],
            &[("host", "a")],
        ];
        for pairs in others {
            assert!(!is_own_form(&headers(pairs)), "{pairs:?}");
        }
    }

    #[test]
    fn a_session_ends_when_nothing_is_done_and_after_its_day() {
        let at = |minutes: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
        let session = |seen, ended| Session {
            address: "ada.king@acme.example".to_owned(),
            name: "Ada King".to_owned(),
            groups: Vec::new(),
            began: at(0),
            seen: at(seen),
            ended,
        };
        assert!(is_good(&session(0, None), at(119)));
        assert!(!is_good(&session(0, None), at(120)));
        assert!(is_good(&session(470, None), at(479)));
        assert!(!is_good(&session(470, None), at(480)));
        assert!(!is_good(&session(0, Some(at(1))), at(2)));
    }
}
