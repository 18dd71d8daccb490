//! A runbook that passed its check: indexed, and never changed again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, tz::TimeZone};
use latchkey_lifecycle::{
    Account, Case, Entitlement, EntitlementNeeds, EventKind, Field, Limit, Load, Person, SystemId,
    TeamId,
};

use crate::{
    calendar::Calendar,
    employment::EmploymentTypes,
    matching::Matcher,
    pattern::Pattern,
    signed_in::{Members, SignIn},
    window::Phrase,
};

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its name for people.
    pub name: String,
    /// Where its e-mails go.
    pub email: String,
    pub(crate) backup: Option<Contact>,
    pub(crate) escalation: Option<Contact>,
    pub(crate) members: Members,
}

/// Somebody who is told: a team, or an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The team, when it is one.
    pub team: Option<TeamId>,
    /// Where its e-mails go.
    pub email: String,
}

impl Contact {
    /// The team's short name, or the address: what subscriptions are filtered by.
    pub fn key(&self) -> String {
        self.team
            .as_ref()
            .map_or_else(|| self.email.clone(), ToString::to_string)
    }
}

/// A system.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    /// Its name for people.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// The base address of its API.
    pub address: Option<String>,
    /// The name of its secret.
    pub secret: Option<String>,
    /// The team it belongs to.
    pub owner: TeamId,
    /// How many cases call it at the same time, at most; nothing where the runbook does not say
    /// (`latchkey_lifecycle::AT_ONCE`).
    pub at_once: Option<u32>,
    /// How it deviates from its standard.
    pub dialect: Option<String>,
    /// What else its kind takes.
    pub settings: BTreeMap<String, serde_json::Value>,
    pub(crate) keeps: Keeps,
    /// Empty where accounts are named by the work e-mail address.
    pub(crate) account_names: Vec<Pattern>,
    pub(crate) longest_name: Option<usize>,
    pub(crate) renames: bool,
    pub(crate) needs: EntitlementNeeds,
    /// What entitlements need in other systems.
    pub(crate) needs_elsewhere: BTreeMap<Entitlement, BTreeSet<(SystemId, Entitlement)>>,
    pub(crate) approvals: BTreeMap<Entitlement, TeamId>,
    pub(crate) grantable: BTreeSet<Entitlement>,
    pub(crate) give: Option<ByHand>,
    pub(crate) take: Option<ByHand>,
    /// Of those who keep the rest.
    pub(crate) take_part: Option<ByHand>,
}

impl System {
    /// Whether Latchkey changes it by itself.
    pub fn is_automatic(&self) -> bool {
        self.kind != PERSON
    }
}

/// Attributes of a person that a system may keep, by our names.
pub(crate) const KEPT: [&str; 6] = [
    "givenName",
    "familyName",
    "displayName",
    "email",
    "title",
    "department",
];

/// What a system keeps of a person beside the account's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keeps {
    /// The HR system's id.
    pub(crate) employee_id: bool,
    /// Attributes, by our names.
    pub(crate) attributes: BTreeSet<String>,
}

impl Keeps {
    /// What people who change a system by hand are told.
    pub(crate) fn everything() -> Keeps {
        Keeps {
            employee_id: true,
            attributes: KEPT.map(str::to_owned).into(),
        }
    }
}

/// The kind of systems that their owners change.
pub const PERSON: &str = "person";

/// What an owner does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ByHand {
    pub(crate) instructions: Pattern,
    pub(crate) checklist: Vec<Pattern>,
    pub(crate) fields: Vec<Field>,
    pub(crate) verify: Verify,
}

/// How a task is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verify {
    Attested,
    SecondTeam(TeamId),
    Read(SystemId),
}

/// How much may happen in a time before a person has to confirm it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrakeRule {
    /// In which time.
    pub within: SignedDuration,
    pub(crate) exits: usize,
    pub(crate) urgent_exits: usize,
    pub(crate) transfers: usize,
    pub(crate) hires: usize,
    /// About how many held cases one person alone decides; `None` for as many as there are.
    pub two_people_above: Option<usize>,
    /// The team that confirms.
    pub confirm: TeamId,
}

impl BrakeRule {
    /// How many pass.
    pub fn limit(&self, load: Load) -> Limit {
        let most = match load {
            Load::Exits => self.exits,
            Load::UrgentExits => self.urgent_exits,
            Load::Transfers => self.transfers,
            Load::Hires => self.hires,
        };
        Limit {
            most,
            within: self.within,
        }
    }
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) matcher: Matcher,
    pub(crate) gets: BTreeMap<SystemId, BTreeSet<Entitlement>>,
}

/// Two entitlements that one person should not have together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) name: String,
    pub(crate) between: [(SystemId, Entitlement); 2],
    pub(crate) owner: TeamId,
}

/// What a line of the tasks does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Does {
    Grant(BTreeSet<SystemId>),
    Revoke(BTreeSet<SystemId>),
    Suspend(BTreeSet<SystemId>),
    Restore(BTreeSet<SystemId>),
    Delete(BTreeSet<SystemId>),
    Work {
        title: Pattern,
        owner: TeamId,
        by_hand: ByHand,
    },
}

/// What a line needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineNeed {
    /// A line, or what it does in one system: `accounts.directory`.
    pub(crate) of: String,
    /// Whether it has to be verified; else it only has to have ended.
    pub(crate) verified: bool,
}

/// A line of the tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) title: Option<Pattern>,
    pub(crate) does: Does,
    pub(crate) only: Matcher,
    pub(crate) opens: Phrase,
    pub(crate) due: Phrase,
    pub(crate) remind: Option<Phrase>,
    pub(crate) escalate: Option<Phrase>,
    pub(crate) needs: Vec<LineNeed>,
}

/// A runbook that passed its check.
#[derive(Debug, Clone, PartialEq)]
pub struct Runbook {
    pub(crate) company: String,
    pub(crate) zone: TimeZone,
    pub(crate) emails: Vec<Pattern>,
    pub(crate) reserved_names: BTreeSet<String>,
    pub(crate) employment_types: EmploymentTypes,
    pub(crate) calendar: Calendar,
    pub(crate) hr: TeamId,
    pub(crate) operations: TeamId,
    pub(crate) operations_contact: Contact,
    pub(crate) brake: Option<BrakeRule>,
    pub(crate) teams: BTreeMap<TeamId, Team>,
    pub(crate) sign_in: SignIn,
    pub(crate) systems: BTreeMap<SystemId, System>,
    pub(crate) roles: Vec<Role>,
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) hire: Vec<Line>,
    pub(crate) transfer: Vec<Line>,
    pub(crate) exit: Vec<Line>,
    pub(crate) urgent_exit: Vec<Line>,
    pub(crate) leave: Vec<Line>,
    pub(crate) back: Vec<Line>,
}

impl Runbook {
    /// The company's name.
    pub fn company(&self) -> &str {
        &self.company
    }

    /// The company's time zone.
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The time zone that somebody's windows are counted in: their own, or else the company's.
    pub fn zone_of(&self, own: Option<&str>) -> TimeZone {
        let own = own.and_then(|name| TimeZone::get(name).ok());
        own.unwrap_or_else(|| self.zone.clone())
    }

    /// Working days and hours.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The team that completes incomplete records and gets the summaries.
    pub fn hr_team(&self) -> &TeamId {
        &self.hr
    }

    /// The team that is told when Latchkey itself needs somebody.
    pub fn operations_team(&self) -> &TeamId {
        &self.operations
    }

    /// How much may happen in a time before a person has to confirm it.
    pub fn brake(&self) -> Option<&BrakeRule> {
        self.brake.as_ref()
    }

    /// Whether a case takes access away, for the brake; one that is not known to take nothing does.
    pub fn case_takes_access(&self, case: &Case) -> bool {
        match (&case.before, &case.person) {
            (Some(before), Some(after)) => self.takes_access(before, after),
            _ => true,
        }
    }

    /// Whether somebody who was one person and becomes another loses anything by the matrix.
    fn takes_access(&self, before: &Person, after: &Person) -> bool {
        self.systems.keys().any(|system| {
            let had = self.desired(before, system).map(|a| a.entitlements);
            let has = self.desired(after, system).map(|a| a.entitlements);
            had.is_some_and(|had| !has.is_some_and(|has| has.is_superset(&had)))
        })
    }

    /// A team.
    pub fn team(&self, team: &TeamId) -> Option<&Team> {
        self.teams.get(team)
    }

    /// All teams, by short name.
    pub fn teams(&self) -> impl Iterator<Item = (&TeamId, &Team)> {
        self.teams.iter()
    }

    /// Who is told, too, when a task of the team was missed.
    pub fn backup(&self, team: &TeamId) -> Option<&Contact> {
        self.teams.get(team)?.backup.as_ref()
    }

    /// Who decides when a task of the team stays undone.
    pub fn escalation(&self, team: &TeamId) -> &Contact {
        let own = self.teams.get(team).and_then(|t| t.escalation.as_ref());
        own.unwrap_or(&self.operations_contact)
    }

    /// A system.
    pub fn system(&self, system: &SystemId) -> Option<&System> {
        self.systems.get(system)
    }

    /// All systems, by short name.
    pub fn systems(&self) -> impl Iterator<Item = (&SystemId, &System)> {
        self.systems.iter()
    }

    /// The systems that Latchkey changes by itself.
    pub(crate) fn automatic(&self) -> BTreeSet<SystemId> {
        let automatic = self.systems().filter(|(_, system)| system.is_automatic());
        automatic.map(|(id, _)| id.clone()).collect()
    }

    /// What the matrix can give in a system.
    pub fn entitlements(&self, system: &SystemId) -> BTreeSet<Entitlement> {
        self.systems
            .get(system)
            .map(|s| s.grantable.clone())
            .unwrap_or_default()
    }

    /// The roles that a person has.
    pub fn roles_of(&self, person: &Person) -> Vec<&str> {
        self.roles
            .iter()
            .filter(|r| r.matcher.fits(person))
            .map(|r| r.name.as_str())
            .collect()
    }

    /// The work e-mail address: HR's, else by the runbook's pattern, should it be free. `None` when neither is known.
    pub fn email_of(&self, person: &Person) -> Option<String> {
        person
            .work_email
            .clone()
            .filter(|e| !e.is_empty())
            .or_else(|| self.email_patterns().first(person, ""))
    }

    /// The name of the person's account in a system, should it be free. `None` when a part of it is not known: such an
    /// account is only found by the employee id. The name that was given is [`Runbook::name_in`]'s to say.
    pub fn account_name(&self, person: &Person, system: &SystemId) -> Option<String> {
        let email = self.email_of(person);
        let known = self.systems.get(system)?;
        if known.is_named_by_email() {
            return email;
        }
        let patterns = self.account_patterns(known);
        patterns.first(person, &email.unwrap_or_default())
    }

    /// The account that a person should have in a system, by the matrix; `None` when no role gives anything there.
    /// Entitlements that need an approval are included; what needs something that the person's roles do not give is
    /// not. Its name is the person's first choice; [`Runbook::with_names`] puts in the one that was given.
    pub fn desired(&self, person: &Person, system: &SystemId) -> Option<Account> {
        let by_roles = self.by_roles(person, system)?;
        let nothing = by_roles.is_empty();
        let entitlements = self.with_their_needs(person, system, by_roles);
        if entitlements.is_empty() && !nothing {
            return None;
        }
        let known = self.systems.get(system)?;
        let name = self
            .account_name(person, system)
            .or_else(|| self.account_patterns(known).by_id(person))
            .unwrap_or_else(|| person.employee_id.to_string().to_lowercase());
        let email = self.email_of(person);
        let attributes = [
            ("givenName", Some(person.given_name.clone())),
            ("familyName", Some(person.family_name.clone())),
            ("displayName", Some(person.full_name())),
            ("email", email),
            ("title", Some(person.title.clone())),
            ("department", Some(person.department.clone())),
        ];
        let keeps = &known.keeps;
        Some(Account {
            employee_id: keeps.employee_id.then(|| person.employee_id.clone()),
            name,
            active: true,
            attributes: attributes
                .into_iter()
                .filter(|(k, _)| keeps.attributes.contains(*k))
                .filter_map(|(k, v)| Some((k.to_owned(), v.filter(|v| !v.trim().is_empty())?)))
                .collect(),
            entitlements,
        })
    }

    pub(crate) fn lines(&self, kind: EventKind) -> &[Line] {
        match kind {
            EventKind::Hire | EventKind::Rehire => &self.hire,
            EventKind::Transfer => &self.transfer,
            EventKind::Exit => &self.exit,
            EventKind::UrgentExit => &self.urgent_exit,
            EventKind::Leave => &self.leave,
            EventKind::Return => &self.back,
            EventKind::DateMoved | EventKind::HireRescinded | EventKind::ExitWithdrawn => &[],
        }
    }

    /// Roles of the person that give an entitlement, for the reason on the checklist.
    pub(crate) fn why(&self, person: &Person, system: &SystemId) -> Vec<&str> {
        self.roles
            .iter()
            .filter(|r| r.gets.contains_key(system) && r.matcher.fits(person))
            .map(|r| r.name.as_str())
            .collect()
    }
}
