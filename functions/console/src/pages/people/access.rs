//! What somebody has in each system: as it was last read, or as whoever did it says; by which role and case, who
//! approved it, and since when.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use latchkey_access::Action;
use latchkey_ledger::KnownAccount;
use latchkey_lifecycle::{
    Answer, Case, CaseId, EmployeeId, Entitlement, Person, Standing, SystemId, Task, TaskState,
    Verification, Work,
};
use latchkey_questions::facts::team_name;
use latchkey_runtime::Failure;
use maud::{Markup, html};

use crate::{
    Deps,
    glyph::Glyph,
    sign_in::Signed,
    views::{case, task::case_path},
    when::{day, instant},
};

/// The tasks of so many cases are read, the newest of them.
const CASES: usize = 12;

/// A case with what was done for it.
struct Done {
    case: Case,
    tasks: Vec<Task>,
}

/// Everything from which it follows what somebody has.
pub(crate) struct Sources {
    accounts: BTreeMap<SystemId, KnownAccount>,
    standings: BTreeMap<SystemId, Standing>,
    /// The oldest first.
    done: Vec<Done>,
    /// Whether there are older cases whose tasks were not read.
    more: bool,
}

/// How it is known that somebody has something.
enum Read {
    /// The system was read (UTC).
    Back(Timestamp),
    /// Whoever did it says so.
    Word(String),
    /// A second team says so, by its name.
    Confirmed(String),
    /// A case or an import says so; the system was not read since.
    Claimed,
    /// The matrix gives it; nobody said or read that it is there.
    Not,
}

/// One thing that somebody has in a system.
struct Thing {
    what: String,
    roles: Vec<String>,
    given: Given,
    read: Read,
}

/// What somebody has in a system.
struct InSystem {
    name: String,
    account: Option<String>,
    suspended: bool,
    things: Vec<Thing>,
}

/// What somebody has in each system.
pub(crate) struct Access {
    systems: Vec<InSystem>,
    /// Systems that were read, and had nothing of theirs.
    nothing: Vec<(String, Timestamp)>,
    cases: Vec<Case>,
    more: bool,
    /// The first day, of who has not begun: what the matrix gives is theirs then.
    begins: Option<Date>,
    /// How many things they are to have, and nobody said or read that they are there.
    missing: usize,
}

impl Sources {
    /// Reads it. `cases`: theirs, the newest first.
    pub(crate) async fn read(
        deps: &Deps,
        employee: &EmployeeId,
        cases: impl Iterator<Item = &Case>,
    ) -> Result<Sources, Failure> {
        let ledger = &deps.intake.ledger;
        let accounts = ledger.accounts_of(employee).await?.into_iter();
        let standings = ledger.standings_of(employee).await?.into_iter();
        let mut newest: Vec<&Case> = cases.filter(|case| case.asks().is_empty()).collect();
        let more = newest.len() > CASES;
        newest.truncate(CASES);
        let mut done = Vec::with_capacity(newest.len());
        for case in newest.into_iter().rev() {
            let rows = ledger.tasks(&case.id).await?;
            done.push(Done {
                case: case.clone(),
                tasks: rows.into_iter().map(|row| row.item.task).collect(),
            });
        }
        Ok(Sources {
            accounts: accounts
                .map(|known| (known.system.clone(), known))
                .collect(),
            standings: standings.collect(),
            done,
            more,
        })
    }
}

impl Access {
    /// What follows. `person`: as they are today, where they work or will; `begins`: their first day, where that is to
    /// come.
    pub(crate) fn of(
        viewer: &Signed,
        sources: Sources,
        person: Option<&Person>,
        begins: Option<Date>,
    ) -> Access {
        let work = Follows {
            viewer,
            sources: &sources,
            person,
            begun: begins.is_none(),
        };
        let ids: BTreeSet<&SystemId> = viewer
            .runbook
            .systems()
            .map(|(id, _)| id)
            .chain(sources.accounts.keys())
            .collect();
        let (mut systems, mut nothing, mut missing) = (Vec::new(), Vec::new(), 0);
        for id in ids {
            let (found, lacks) = work.in_system(id);
            missing += lacks;
            let read = sources.accounts.get(id).map(|known| known.verified_at);
            match (found, read) {
                (Some(found), _) => systems.push(found),
                (None, Some(at)) => nothing.push((work.name_of(id), at)),
                (None, None) => {}
            }
        }
        Access {
            systems,
            nothing,
            more: sources.more,
            begins,
            missing,
            cases: sources.done.into_iter().map(|done| done.case).collect(),
        }
    }
}

/// What follows for one person.
struct Follows<'a> {
    viewer: &'a Signed,
    sources: &'a Sources,
    person: Option<&'a Person>,
    /// Whether the first day has come: before that what the matrix gives is to come.
    begun: bool,
}

/// How a thing was given.
#[derive(Default)]
struct Given {
    /// The case that gave it, or for which it was first read.
    case: Option<CaseId>,
    /// Whether they had it before that case.
    was_there: bool,
    since: Option<Timestamp>,
    approved: Option<String>,
}

impl Follows<'_> {
    fn name_of(&self, id: &SystemId) -> String {
        let known = self.viewer.runbook.system(id);
        known.map_or_else(|| id.to_string(), |known| known.name.clone())
    }

    /// What they have in a system, and how many things they are to have there of which nothing is known.
    fn in_system(&self, id: &SystemId) -> (Option<InSystem>, usize) {
        let runbook = &self.viewer.runbook;
        let automatic = runbook.system(id).is_none_or(|known| known.is_automatic());
        let desired = self.person.and_then(|person| runbook.desired(person, id));
        let known = self.sources.accounts.get(id);
        let claimed = self.sources.standings.get(id).and_then(Standing::live);
        let mut things = match (known, &claimed) {
            _ if !automatic => self.by_hand(id),
            (Some(known), _) => self.read_back(id, known),
            (None, Some(account)) => self.things(id, &account.entitlements, |_| {
                (Given::default(), Read::Claimed)
            }),
            (None, None) => Vec::new(),
        };
        // What nobody read or said yet.
        let theirs = desired.as_ref().map(|account| &account.entitlements);
        let missing = theirs.into_iter().flatten();
        let missing = missing.filter(|e| things.iter().all(|thing| thing.what != e.called()));
        let missing: BTreeSet<Entitlement> = missing.cloned().collect();
        let lacks = missing.len();
        if self.begun && known.is_none() && (claimed.is_none() || !automatic) {
            things.extend(self.things(id, &missing, |_| (Given::default(), Read::Not)));
        }
        let account = known.and_then(|known| known.account.as_ref());
        let account = account.or(claimed.as_ref().filter(|_| known.is_none()));
        let there = account.is_some_and(|account| account.active) || !things.is_empty();
        let found = there.then(|| InSystem {
            name: self.name_of(id),
            account: account.map(|account| account.name.clone()),
            suspended: account.is_some_and(|account| !account.active),
            things,
        });
        (found, lacks)
    }

    fn things(
        &self,
        system: &SystemId,
        entitlements: &BTreeSet<Entitlement>,
        given: impl Fn(&Entitlement) -> (Given, Read),
    ) -> Vec<Thing> {
        let thing = |entitlement: &Entitlement| {
            let roles = self.person.map(|person| {
                let runbook = &self.viewer.runbook;
                runbook.roles_giving(person, system, entitlement)
            });
            let (given, read) = given(entitlement);
            Thing {
                what: entitlement.called(),
                roles: roles.into_iter().flatten().map(str::to_owned).collect(),
                given,
                read,
            }
        };
        entitlements.iter().map(thing).collect()
    }

    /// As the system was last read.
    fn read_back(&self, system: &SystemId, known: &KnownAccount) -> Vec<Thing> {
        let Some(account) = &known.account else {
            return Vec::new();
        };
        self.things(system, &account.entitlements, |entitlement| {
            let by = known.grants.get(entitlement);
            let done = by.and_then(|id| self.sources.done.iter().find(|done| done.case.id == *id));
            let gave = done.and_then(|done| {
                let mut tasks = done.tasks.iter();
                tasks.find(|task| {
                    gives(task, system).is_some_and(|gives| gives.contains(entitlement))
                })
            });
            let given = Given {
                case: by.cloned(),
                was_there: done.is_some() && gave.is_none(),
                since: gave.and_then(|task| task.ended_at),
                approved: done.and_then(|done| self.approved(done, system, entitlement)),
            };
            (given, Read::Back(known.verified_at))
        })
    }

    /// As those say who do it there, in the order in which it was asked of them.
    fn by_hand(&self, system: &SystemId) -> Vec<Thing> {
        let mut has: BTreeMap<Entitlement, (&Done, &Task)> = BTreeMap::new();
        for done in &self.sources.done {
            let mut ended: Vec<&Task> = done.tasks.iter().filter(|task| is_done(task)).collect();
            ended.sort_by_key(|task| task.ended_at);
            for task in ended {
                if let Some(gives) = gives(task, system) {
                    has.extend(gives.iter().map(|e| (e.clone(), (done, task))));
                } else if takes(task, system) {
                    let all = done.case.kind.takes_all();
                    has.retain(|e, _| !all && !task.access.contains(e));
                }
            }
        }
        let all: BTreeSet<Entitlement> = has.keys().cloned().collect();
        self.things(system, &all, |entitlement| {
            let Some((done, task)) = has.get(entitlement) else {
                return (Given::default(), Read::Not);
            };
            let given = Given {
                case: Some(done.case.id.clone()),
                was_there: false,
                since: task.ended_at,
                approved: self.approved(done, system, entitlement),
            };
            (given, self.said(task))
        })
    }

    fn said(&self, task: &Task) -> Read {
        match (&task.verification, &task.answer) {
            (Verification::SecondTeam { team }, _) => {
                Read::Confirmed(team_name(&self.viewer.runbook, team))
            }
            (_, Some(Answer::Done(evidence))) => Read::Word(evidence.by.clone()),
            _ => Read::Word(team_name(&self.viewer.runbook, &task.owner)),
        }
    }

    /// Who approved it for this case.
    fn approved(
        &self,
        done: &Done,
        system: &SystemId,
        entitlement: &Entitlement,
    ) -> Option<String> {
        let about = format!("approve.{system}.");
        let is_it = |task: &&Task| {
            let here = task.approval && task.id.as_str().starts_with(&about);
            here && is_done(task) && task.access.contains(entitlement)
        };
        let task = done.tasks.iter().find(is_it)?;
        let team = team_name(&self.viewer.runbook, &task.owner);
        Some(match &task.answer {
            Some(Answer::Done(evidence)) => format!("{}, {team}", evidence.by),
            _ => team,
        })
    }
}

fn is_done(task: &Task) -> bool {
    task.state == TaskState::Verified
}

/// What a task that is done gave in a system.
fn gives<'t>(task: &'t Task, system: &SystemId) -> Option<&'t BTreeSet<Entitlement>> {
    let here = is_done(task) && task.gives_in.as_ref() == Some(system);
    here.then_some(&task.access)
}

/// Whether a person's task takes access back in a system: the plan names it by its line and the system.
fn takes(task: &Task, system: &SystemId) -> bool {
    let by_person = matches!(task.work, Work::Person { .. });
    let here = task.id.as_str().ends_with(&format!(".{system}"));
    by_person && here && !task.approval && task.gives_in.is_none()
}

/// The section of somebody's page.
pub(crate) fn section(viewer: &Signed, access: &Access, name: &str) -> Markup {
    let nothing = access.nothing.iter();
    let nothing: Vec<&(String, Timestamp)> = nothing.collect();
    html! {
        section aria-labelledby="has" {
            h2 #has { "What " (name) " has, and why" }
            p."soft small" { (sentence(viewer, access)) }
            @if !access.systems.is_empty() {
                div.scroll role="region" aria-label="Access, system by system" tabindex="0" {
                    table."stack tight" role="table" {
                        thead role="rowgroup" {
                            tr role="row" {
                                @for head in ["System", "Has", "From", "Since", "How it is known"] {
                                    th scope="col" role="columnheader" { (head) }
                                }
                            }
                        }
                        tbody role="rowgroup" {
                            @for one in &access.systems { (rows(viewer, access, one)) }
                        }
                    }
                }
            }
            @if !nothing.is_empty() {
                p."small soft" {
                    "Read, and nothing found there: "
                    @for (n, (name, at)) in nothing.iter().enumerate() {
                        @if n > 0 { ", " }
                        (name) " (" (instant(viewer, *at)) ")"
                    }
                    "."
                }
            }
            @if access.more {
                p."small soft" { "Of systems that are changed by hand, the last " (CASES) " cases were looked at." }
            }
        }
    }
}

/// How much they have, how much of what the matrix gives nobody read or told, and by when the rest is to come.
fn sentence(viewer: &Signed, access: &Access) -> Markup {
    let known = |one: &InSystem| {
        let things = one.things.iter();
        things
            .filter(|thing| !matches!(thing.read, Read::Not))
            .count()
    };
    let has: Vec<usize> = access
        .systems
        .iter()
        .filter(|one| one.account.is_some() || known(one) > 0)
        .map(known)
        .collect();
    let s = |n: usize| if n == 1 { "" } else { "s" };
    let systems = has.len();
    let has = match (has.iter().sum::<usize>(), systems) {
        (_, 0) if access.begins.is_some() => "Nothing yet".to_owned(),
        (_, 0) => "Nothing that is known of".to_owned(),
        (0, n) => format!("An account in {n} system{}, and nothing more", s(n)),
        (1, n) => format!("One entitlement in {n} system{}", s(n)),
        (m, n) => format!("{m} entitlements in {n} system{}", s(n)),
    };
    let unread = access
        .systems
        .iter()
        .map(|one| one.things.len() - known(one));
    let unread: usize = unread.sum();
    let is = |n: usize| if n == 1 { "is" } else { "are" };
    html! {
        (has)
        @match access.begins {
            Some(first) if access.missing > 0 => {
                "; " (access.missing) " " (is(access.missing)) " to come by " (day(viewer, first))
            }
            None if unread > 0 => {
                "; of " (unread) " that the matrix gives nobody has read or told yet whether they are there"
            }
            _ => {}
        }
        "."
    }
}

fn rows(viewer: &Signed, access: &Access, one: &InSystem) -> Markup {
    let span = one.things.len().max(1);
    let head = html! {
        th scope="rowgroup" rowspan=(span) role="rowheader" {
            (one.name)
            @if let Some(account) = &one.account { small { (account) } }
            @if one.suspended { small { span."state warn" { (Glyph::Held) "cannot sign in" } } }
        }
    };
    html! {
        @if one.things.is_empty() {
            tr role="row" {
                (head)
                td role="cell" { "an account" }
                @for _ in 0..3 { td role="cell" {} }
            }
        }
        @for (n, thing) in one.things.iter().enumerate() {
            tr role="row" {
                @if n == 0 { (head) }
                td role="cell" { (thing.what) }
                td role="cell" data-l="From" { (from(viewer, access, thing)) }
                td role="cell" data-l="Since" {
                    @if let Some(at) = thing.given.since {
                        (day(viewer, at.to_zoned(viewer.runbook.time_zone().clone()).date()))
                    }
                }
                td role="cell" { (how_known(viewer, &thing.read)) }
            }
        }
    }
}

fn from(viewer: &Signed, access: &Access, thing: &Thing) -> Markup {
    let case = thing.given.case.as_ref();
    let case = case.and_then(|id| access.cases.iter().find(|case| case.id == *id));
    html! {
        @for role in &thing.roles { span.chip { (role) } " " }
        @if thing.roles.is_empty() { span.soft { "no role of today" } }
        @match (case, &thing.given.case) {
            (Some(case), _) if thing.given.was_there => small { "first read for the " (case_link(viewer, case)) },
            (Some(case), _) => small { "by the " (case_link(viewer, case)) },
            (None, Some(id)) => small { "by case " (id) },
            (None, None) => {}
        }
        @if let Some(by) = &thing.given.approved { small { "approved by " (by) } }
    }
}

/// A case by what it carries out, with a link where it may be seen.
pub(crate) fn case_link(viewer: &Signed, case: &Case) -> Markup {
    let may = viewer.can(Action::SeeCases, &case::on(case, []));
    html! {
        @if may { a href=(case_path(&case.id)) { (case.words()) } } @else { (case.words()) }
        @if let Some(on) = case.effective { ", " (day(viewer, on)) }
    }
}

fn how_known(viewer: &Signed, read: &Read) -> Markup {
    html! {
        @match read {
            Read::Back(at) => { "read " (instant(viewer, *at)) }
            Read::Word(by) => { "word of " (by) }
            Read::Confirmed(team) => { "confirmed by " (team) }
            Read::Claimed => "by a case or an import; not read yet",
            Read::Not => span.soft { "by the matrix; not read or told yet" },
        }
    }
}
