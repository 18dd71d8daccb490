//! Who acts.

use std::collections::BTreeSet;

use latchkey_lifecycle::{EmployeeId, TeamId, Themselves};

use crate::{Action, Reach, Role, reach};

/// Somebody who signed in, and what they are by the runbook that counts now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Their name.
    pub name: String,
    /// Their work e-mail address, in lower case: what HR's records and the runbook know them by.
    pub address: String,
    /// The teams that they are in.
    pub teams: BTreeSet<TeamId>,
    /// What they are.
    pub roles: BTreeSet<Role>,
    /// Everybody whom they are by HR's records.
    pub themselves: Themselves,
}

/// What an action is about, as far as it matters for who may do it. What is left empty is nobody's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct On {
    /// The teams with a part in it.
    pub teams: BTreeSet<TeamId>,
    /// The work e-mail address of the person whom it is about.
    pub person: Option<String>,
    /// The employee ids of those whom it is about.
    pub people: BTreeSet<EmployeeId>,
    /// The work e-mail address of that person's manager.
    pub manager: Option<String>,
}

impl On {
    /// Something of these teams.
    pub fn teams(teams: impl IntoIterator<Item = TeamId>) -> On {
        On {
            teams: teams.into_iter().collect(),
            ..On::default()
        }
    }
}

/// Why somebody may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Nobody with what they are may; these may.
    NotTheirs {
        /// What was to be done.
        action: Action,
        /// Who can.
        who_can: Vec<Role>,
    },
    /// It is about themselves.
    AboutThemselves(Action),
}

impl Actor {
    /// How they are named where a record keeps one text: a name alone can be anybody's.
    pub fn signature(&self) -> String {
        match self.name.trim() {
            "" => self.address.clone(),
            name if name.eq_ignore_ascii_case(&self.address) => self.address.clone(),
            name => format!("{name} ({})", self.address),
        }
    }

    /// How far their permission for an action goes, by the best of what they are.
    pub fn reach(&self, action: Action) -> Reach {
        let reaches = self.roles.iter().map(|role| reach(*role, action));
        reaches.max().unwrap_or(Reach::Nothing)
    }

    /// Whether they may do it to anything at all: what navigation shows.
    pub fn ever(&self, action: Action) -> bool {
        self.reach(action) > Reach::Nothing
    }

    /// Whether it is of one of their teams, or of somebody who reports to them.
    fn owns(&self, role: Role, on: &On) -> bool {
        let same = |address: &Option<String>| {
            let address = address.as_deref().map(str::trim);
            address.is_some_and(|address| {
                !address.is_empty() && address.to_lowercase() == self.address
            })
        };
        match role {
            Role::Manager => same(&on.manager),
            _ => !on.teams.is_disjoint(&self.teams),
        }
    }

    fn is(&self, on: &On) -> bool {
        let person = on.person.as_deref();
        let by_address = person.is_some_and(|person| self.themselves.have(person));
        by_address || on.people.iter().any(|id| self.themselves.are(id))
    }
}

/// Whether somebody may do something. Nothing is allowed that the table does not allow, and nobody decides about
/// themselves.
///
/// # Errors
/// [`Refused`] says why not, and who can.
pub fn may(actor: &Actor, action: Action, on: &On) -> Result<(), Refused> {
    let allowed = actor.roles.iter().any(|role| match reach(*role, action) {
        Reach::Nothing => false,
        Reach::Own => actor.owns(*role, on),
        Reach::Everything => true,
    });
    if !allowed {
        return Err(Refused::not_theirs(action));
    }
    match action.changes() && actor.is(on) {
        true => Err(Refused::AboutThemselves(action)),
        false => Ok(()),
    }
}

impl Refused {
    /// That an action is not theirs, with who can.
    pub fn not_theirs(action: Action) -> Refused {
        let who_can = Role::ALL.into_iter();
        let who_can = who_can.filter(|role| reach(*role, action) > Reach::Nothing);
        Refused::NotTheirs {
            action,
            who_can: who_can.collect(),
        }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refused::NotTheirs { action, .. } => write!(f, "You may not {}", action.words()),
            Refused::AboutThemselves(action) => write!(
                f,
                "It is about yourself: you may not {}, somebody else has to",
                action.words()
            ),
        }
    }
}

impl std::error::Error for Refused {}
