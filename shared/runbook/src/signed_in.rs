//! What somebody who signed in is, by the runbook.

use std::collections::BTreeSet;

use latchkey_access::Role;
use latchkey_lifecycle::TeamId;

use crate::runbook::Runbook;

/// What stands before the name of a group of the sign-in provider.
pub(crate) const GROUP: &str = "group:";

/// People, by address or by group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Members {
    /// In lower case.
    pub(crate) addresses: BTreeSet<String>,
    /// As the provider writes them.
    pub(crate) groups: BTreeSet<String>,
}

impl Members {
    fn has(&self, address: &str, groups: &[String]) -> bool {
        let address = address.trim().to_lowercase();
        self.addresses.contains(&address) || groups.iter().any(|group| self.groups.contains(group))
    }
}

/// Who signs in besides the members of teams.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SignIn {
    /// The team that looks after security.
    pub(crate) security: Option<TeamId>,
    pub(crate) auditors: Members,
    pub(crate) publishers: Members,
}

/// What somebody is by the runbook: nothing, when both are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Belongs {
    /// The teams that they are in.
    pub teams: BTreeSet<TeamId>,
    /// What they are. Whether they are somebody's manager is HR's to say.
    pub roles: BTreeSet<Role>,
}

impl Runbook {
    /// What somebody is who signed in with this work e-mail address and these groups of the provider.
    pub fn belongs(&self, address: &str, groups: &[String]) -> Belongs {
        let teams = self.teams.iter();
        let teams = teams.filter(|(_, team)| team.members.has(address, groups));
        let teams: BTreeSet<TeamId> = teams.map(|(id, _)| id.clone()).collect();
        let security = self.sign_in.security.as_ref();
        let is = [
            (Role::Hr, teams.contains(&self.hr)),
            (Role::TeamMember, !teams.is_empty()),
            (Role::Operator, teams.contains(&self.operations)),
            (
                Role::Security,
                security.is_some_and(|team| teams.contains(team)),
            ),
            (Role::Auditor, self.sign_in.auditors.has(address, groups)),
            (
                Role::Publisher,
                self.sign_in.publishers.has(address, groups),
            ),
        ];
        let roles = is.into_iter().filter(|(_, is)| *is).map(|(role, _)| role);
        Belongs {
            roles: roles.collect(),
            teams,
        }
    }

    /// The addresses that the runbook names for a team, in lower case: those who are in it by a group are not known.
    pub fn addresses_of(&self, team: &TeamId) -> impl Iterator<Item = &str> {
        let team = self.teams.get(team);
        let addresses = team.into_iter().flat_map(|team| &team.members.addresses);
        addresses.map(String::as_str)
    }

    /// Every address that the runbook names, of a team, an auditor or a publisher, in lower case.
    pub fn named_addresses(&self) -> BTreeSet<&str> {
        let teams = self.teams.values().map(|team| &team.members);
        let others = [&self.sign_in.auditors, &self.sign_in.publishers];
        let all = teams.chain(others).flat_map(|members| &members.addresses);
        all.map(String::as_str).collect()
    }

    /// Whether somebody may be in a team whose address the runbook does not name: by a group of the sign-in provider.
    pub fn has_groups(&self, team: &TeamId) -> bool {
        let team = self.teams.get(team);
        team.is_some_and(|team| !team.members.groups.is_empty())
    }

    /// The team that looks after security.
    pub fn security_team(&self) -> Option<&TeamId> {
        self.sign_in.security.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    fn runbook(lines: &str) -> crate::Checked {
        let text = format!(
            "company: Acme\ntime_zone: Europe/Berlin\nhr: people\noperations: it\nbrake: {{within: 24 hours, exits: 20, \
             urgent_exits: 5, transfers: 50, confirm: security}}\n{lines}"
        );
        Runbook::check(&Source::from_files(
            [("runbook.yaml".to_owned(), text)].into(),
        ))
    }

    const TEAMS: &str = "teams:
  people: {email: people@acme.example, members: [Ines.Albrecht@acme.example]}
  it: {email: it@acme.example, members: [ada.king@acme.example, 'group:IT Support']}
  security: {email: security@acme.example, members: ['group:Security']}
sign_in: {auditors: [eva.lind@acme.example], publishers: ['group:IT Support']}
";

    #[test]
    fn somebody_is_what_address_and_groups_say() {
        let checked = runbook(TEAMS);
        let runbook = checked
            .runbook
            .unwrap_or_else(|| panic!("{:?}", checked.problems));
        let is = |address: &str, groups: &[&str]| {
            let groups: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
            let belongs = runbook.belongs(address, &groups);
            let teams: Vec<String> = belongs.teams.iter().map(ToString::to_string).collect();
            (teams, belongs.roles.into_iter().collect::<Vec<_>>())
        };
        let of = |team: &str| vec![team.to_owned()];
        assert_eq!(
            is(" INES.albrecht@acme.example", &[]),
            (of("people"), vec![Role::Hr, Role::TeamMember])
        );
        assert_eq!(
            is("ada.king@acme.example", &[]),
            (of("it"), vec![Role::TeamMember, Role::Operator])
        );
        assert_eq!(
            is("bo.lind@acme.example", &["IT Support"]),
            (
                of("it"),
                vec![Role::TeamMember, Role::Operator, Role::Publisher]
            )
        );
        assert_eq!(
            is("", &["Security"]),
            (of("security"), vec![Role::TeamMember, Role::Security])
        );
        assert_eq!(
            is("eva.lind@acme.example", &["it support"]),
            (vec![], vec![Role::Auditor])
        );
        assert_eq!(is("", &[""]), (vec![], vec![]));
    }

    #[test]
    fn what_is_no_member_is_refused_at_its_place() {
        let written = TEAMS.replace("eva.lind@acme.example", "eva lind, 'group: '");
        let problems = runbook(&written).problems;
        let said: Vec<String> = problems
            .iter()
            .filter(|p| p.is_error())
            .map(|p| p.message.clone())
            .collect();
        assert_eq!(said.len(), 2, "{problems:?}");
        assert!(
            said[0].starts_with("`eva lind` in `auditors` of `sign_in` is neither"),
            "{said:?}"
        );
    }
}
