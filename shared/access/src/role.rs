//! What somebody who signs in is in the company, by the runbook.

/// One of the ways to have a part in what Latchkey does. Somebody may be several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Of the team that the runbook names as `hr`.
    Hr,
    /// Of a team that tasks belong to.
    TeamMember,
    /// Of the team that the runbook names as `operations`.
    Operator,
    /// Of the team that confirms what the brake holds.
    Security,
    /// Reads everything and changes nothing.
    Auditor,
    /// HR's record of somebody names them as the manager.
    Manager,
    /// May make a draft of the runbook the one that counts.
    Publisher,
}

impl Role {
    /// All roles, in the order of the table.
    pub const ALL: [Role; 7] = [
        Role::Hr,
        Role::TeamMember,
        Role::Operator,
        Role::Security,
        Role::Auditor,
        Role::Manager,
        Role::Publisher,
    ];

    /// Its name for people.
    pub fn words(self) -> &'static str {
        match self {
            Role::Hr => "HR",
            Role::TeamMember => "team member",
            Role::Operator => "operator",
            Role::Security => "security",
            Role::Auditor => "auditor",
            Role::Manager => "manager",
            Role::Publisher => "publisher",
        }
    }
}
