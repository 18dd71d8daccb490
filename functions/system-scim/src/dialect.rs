//! How vendors deviate from RFC 7643 and RFC 7644. One entry each, with the vendor's page.

/// How a person's groups are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Membership {
    /// `GET /Groups?filter=members.value eq "ID"` (RFC 7644 section 3.4.2.2).
    GroupsByMember,
    /// The user's own `groups` (RFC 7643 section 4.1.2), where the vendor keeps them.
    UserGroups,
    /// Every group, member by member: for servers that can do neither.
    AllGroups,
}

/// How a vendor deviates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    pub(crate) name: &'static str,
    pub(crate) membership: Membership,
    /// `active` is written as the text `True` or `False`.
    pub(crate) active_as_text: bool,
    /// Members are removed by a list of values, not by a path with a filter.
    pub(crate) remove_by_value: bool,
    /// Resources asked for at once.
    pub(crate) page: usize,
    /// Groups come with their members; without it, a list of users asks for the groups of each.
    pub(crate) lists_members: bool,
    /// The name filter can be used; without it, everything is read.
    pub(crate) filters: bool,
}

const RFC: Dialect = Dialect {
    name: "rfc",
    membership: Membership::GroupsByMember,
    active_as_text: false,
    remove_by_value: false,
    page: 200,
    lists_members: true,
    filters: true,
};

/// Every dialect, the standard first.
pub(crate) const DIALECTS: [Dialect; 6] = [
    RFC,
    // https://docs.slack.dev/admins/scim-api: users carry their groups; at most 1000 a page.
    Dialect {
        name: "slack",
        membership: Membership::UserGroups,
        ..RFC
    },
    // https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups: what servers
    // made for Entra ID's older behaviour expect: booleans as text, members removed by value.
    Dialect {
        name: "entra-style",
        active_as_text: true,
        remove_by_value: true,
        ..RFC
    },
    // https://docs.github.com/enterprise-cloud@latest/rest/enterprise-admin/scim: filters by one attribute only, groups not
    // by member; at most 100 a page.
    Dialect {
        name: "github-emu",
        membership: Membership::AllGroups,
        page: 100,
        ..RFC
    },
    // https://docs.aws.amazon.com/singlesignon/latest/developerguide/limitations.html: at most 100 a page, group members
    // are not listed, so the groups are asked by member.
    Dialect {
        name: "aws-identity-center",
        page: 100,
        lists_members: false,
        ..RFC
    },
    // For servers that ignore filters.
    Dialect {
        name: "no-filters",
        membership: Membership::AllGroups,
        filters: false,
        ..RFC
    },
];

/// The dialect of a name; the standard when there is none.
pub(crate) fn dialect(name: Option<&str>) -> Option<Dialect> {
    let name = name.unwrap_or("rfc");
    DIALECTS.into_iter().find(|d| d.name == name)
}
