//! The questions in GraphQL. The names are those of GitHub's public schema, against which a test checks them.

use std::fmt::Write as _;

/// A person's teams. `userLogins` leaves out teams without them; `members` says which role they have, and leaves out
/// who is only in a team below.
pub(crate) const PERSON: &str = "query Person($org: String!, $login: String!, $logins: [String!], $after: String) {
  organization(login: $org) {
    teams(first: 50, after: $after, userLogins: $logins) {
      pageInfo { hasNextPage endCursor }
      nodes { slug members(first: 100, query: $login, membership: IMMEDIATE) { pageInfo { hasNextPage } edges { role node { login } } } }
    }
  }
}";

/// Teams, and the first hundred members of each.
pub(crate) const TEAMS: &str = "query Teams($org: String!, $after: String) {
  organization(login: $org) {
    teams(first: 20, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { slug members(first: 100, membership: IMMEDIATE) { pageInfo { hasNextPage endCursor } edges { role node { login } } } }
    }
  }
}";

/// Further members of a team.
pub(crate) const TEAM: &str = "query Team($org: String!, $slug: String!, $after: String) {
  organization(login: $org) {
    team(slug: $slug) {
      members(first: 100, after: $after, membership: IMMEDIATE) { pageInfo { hasNextPage endCursor } edges { role node { login } } }
    }
  }
}";

/// Whom a repository was given to, and how.
pub(crate) const REPOSITORY: &str =
    "query Repository($org: String!, $name: String!, $login: String, $after: String) {
  organization(login: $org) {
    repository(name: $name) {
      collaborators(first: 100, after: $after, affiliation: DIRECT, login: $login) {
        pageInfo { hasNextPage endCursor }
        edges { node { login } permissionSources { roleName permission source { __typename } } }
      }
    }
  }
}";

/// How many [`IDENTITY`] shows at most: one is asked for.
pub(crate) const IDENTITIES: usize = 20;

/// The SAML identity of a name.
pub(crate) const IDENTITY: &str = "query Identity($org: String!, $name: String!) {
  organization(login: $org) {
    samlIdentityProvider {
      externalIdentities(first: 20, userName: $name) {
        nodes { samlIdentity { nameId username } scimIdentity { username } user { login } }
      }
    }
  }
}";

/// Members and their addresses on verified domains.
pub(crate) const ADDRESSES: &str = "query Addresses($org: String!, $after: String) {
  organization(login: $org) {
    membersWithRole(first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes { login organizationVerifiedDomainEmails(login: $org) }
    }
  }
}";

/// What can be known before anybody's access depends on it.
pub(crate) const ORGANIZATION: &str = "query Organization($org: String!) {
  organization(login: $org) { login viewerCanAdminister teams(first: 1) { totalCount } }
}";

/// Whether there is SAML sign-on.
pub(crate) const PROVIDER: &str = "query Provider($org: String!) {
  organization(login: $org) { samlIdentityProvider { externalIdentities(first: 1) { totalCount } } }
}";

/// How many domains are verified.
pub(crate) const DOMAINS: &str = "query Domains($org: String!) {
  organization(login: $org) { domains(first: 1, isVerified: true) { totalCount } }
}";

/// The SAML identities of so many GitHub accounts: `i0` is the one of `$l0`, and so on.
pub(crate) fn identities(many: usize) -> String {
    let (variables, parts) = each(many, "String", |n| {
        format!(
            "i{n}: externalIdentities(first: 2, login: $l{n}, membersOnly: true) {{ nodes {{ samlIdentity {{ nameId username }} \
             scimIdentity {{ username }} user {{ login }} }} }}"
        )
    });
    format!(
        "query Identities($org: String!{variables}) {{\n  organization(login: $org) {{\n    samlIdentityProvider {{\n{parts}    \
         }}\n  }}\n}}"
    )
}

/// The addresses on verified domains of so many GitHub accounts: `u0` is the one of `$l0`, and so on.
pub(crate) fn addresses(many: usize) -> String {
    let (variables, parts) = each(many, "String!", |n| {
        format!(
            "u{n}: user(login: $l{n}) {{ login organizationVerifiedDomainEmails(login: $org) }}"
        )
    });
    format!(
        "query AddressesOf($org: String!{variables}) {{\n  organization(login: $org) {{ login }}\n{parts}}}"
    )
}

fn each(many: usize, is: &str, part: impl Fn(usize) -> String) -> (String, String) {
    let (mut variables, mut parts) = (String::new(), String::new());
    for n in 0..many {
        let _ = write!(variables, ", $l{n}: {is}");
        let _ = writeln!(parts, "      {}", part(n));
    }
    (variables, parts)
}
