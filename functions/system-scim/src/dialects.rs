//! Which vendor deviates how, by the vendor's own page. What a page does not settle stays as in the standard, except
//! for the groups of a person: see [`Membership::AllGroups`].

use crate::dialect::{ALL, Dialect, IdAt, MemberChange, Membership, Paging, UserChange};

/// RFC 7644 section 3.1.
const SCIM_JSON: &str = "application/scim+json";
const JSON: &str = "application/json";
const NOTHING: &[(&str, &str)] = &[];

const RFC: Dialect = Dialect {
    name: "rfc",
    id_at: IdAt::ExternalId,
    finds_by_id: true,
    finds_by_name: Some("userName"),
    finds_groups: true,
    membership: Membership::GroupsByMember,
    members: MemberChange::Standard,
    users: UserChange::Patch,
    active_as_text: false,
    formatted_name: false,
    keeps: ALL,
    values: &[("role", "roles"), ("licence", "entitlements")],
    fixed_values: None,
    name_is_email: false,
    suspended_is_gone: false,
    deletes: true,
    paging: Paging::Index,
    page: 200,
    media: SCIM_JSON,
};

/// A vendor's: what nobody documents of a vendor, it is not asked for.
const VENDOR: Dialect = Dialect {
    membership: Membership::AllGroups,
    values: NOTHING,
    page: 100,
    ..RFC
};

/// Every dialect, the standard first.
pub(crate) const DIALECTS: [Dialect; 18] = [
    RFC,
    // For servers that ignore filters.
    Dialect {
        name: "no-filters",
        finds_by_id: false,
        finds_by_name: None,
        finds_groups: false,
        membership: Membership::AllGroups,
        ..RFC
    },
    // For servers without PATCH, which RFC 7644 section 3.5.2 allows.
    Dialect {
        name: "no-patch",
        membership: Membership::AllGroups,
        members: MemberChange::Whole,
        users: UserChange::Whole,
        ..RFC
    },
    // https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups: what servers
    // made for Entra ID's older behaviour expect: booleans as text, members removed by value.
    Dialect {
        name: "entra-style",
        active_as_text: true,
        members: MemberChange::RemoveByValue,
        ..RFC
    },
    // https://support.1password.com/scim-endpoints: the bridge has the endpoints of RFC 7644, and nothing further is
    // said.
    Dialect {
        name: "1password",
        ..VENDOR
    },
    // https://developers.asana.com/docs/scim: userName is an e-mail address and the only filter of users; PATCH is
    // shown without a path, and with name.formatted only; DELETE deactivates; a list of teams shows no members.
    // employeeNumber, and that externalId is not kept:
    // https://learn.microsoft.com/entra/identity/saas-apps/asana-provisioning-tutorial.
    Dialect {
        name: "asana",
        id_at: IdAt::EmployeeNumber,
        finds_by_id: false,
        users: UserChange::PatchWithoutPath,
        formatted_name: true,
        keeps: &["displayName", "email", "title", "department"],
        name_is_email: true,
        deletes: false,
        ..VENDOR
    },
    // https://developer.atlassian.com/cloud/admin/user-provisioning/rest/api-group-users/: users are filtered by
    // userName or externalId, groups by displayName; users carry their groups; DELETE deactivates.
    Dialect {
        name: "atlassian",
        membership: Membership::UserGroups,
        deletes: false,
        ..VENDOR
    },
    // https://docs.aws.amazon.com/singlesignon/latest/developerguide/limitations.html and listgroups.html: groups show
    // no members, filters are eq by userName, externalId, displayName, members.value and groups.value, startIndex is
    // not supported and cursor is, at most 100 a page. Members are removed by value: patchgroup.html.
    Dialect {
        name: "aws-identity-center",
        membership: Membership::FilterAlone,
        members: MemberChange::RemoveByValue,
        paging: Paging::Cursor,
        ..VENDOR
    },
    // https://docs.databricks.com/aws/en/reference/scim-2-1: eq filters of users and groups by their attributes;
    // userName is an e-mail address, and the account's e-mail address is that. Roles and entitlements are written by
    // PATCH.
    Dialect {
        name: "databricks",
        keeps: &["givenName", "familyName", "displayName"],
        values: RFC.values,
        name_is_email: true,
        ..VENDOR
    },
    // Dropbox publishes no reference of its SCIM endpoint: all is as in the standard.
    Dialect {
        name: "dropbox",
        ..VENDOR
    },
    // https://developers.figma.com/docs/rest-api/scim-endpoints and scim-supported-schemas: userName is the e-mail
    // address, filters are userName and externalId, at most 200 a page, bodies are application/json.
    Dialect {
        name: "figma",
        finds_groups: false,
        keeps: &[
            "givenName",
            "familyName",
            "displayName",
            "title",
            "department",
        ],
        name_is_email: true,
        page: 200,
        media: JSON,
        ..VENDOR
    },
    // https://docs.github.com/enterprise-cloud@latest/rest/enterprise-admin/scim: one filter at a time, of users by
    // userName or externalId, of groups by displayName; users carry their groups; at most 100 a page. A deleted user
    // can never come back and is not listed.
    Dialect {
        name: "github-emu",
        membership: Membership::UserGroups,
        keeps: &["givenName", "familyName", "displayName", "email"],
        ..VENDOR
    },
    // https://developers.miro.com/docs/users, https://developers.miro.com/docs/groups and
    // https://developers.miro.com/reference/rate-limits: userName is the e-mail address, the enterprise extension is
    // kept, roles are Miro's own; teams may be listed five times in 30 seconds, users 200 times, so users' own groups
    // are read.
    Dialect {
        name: "miro",
        id_at: IdAt::EmployeeNumber,
        finds_by_id: false,
        membership: Membership::UserGroups,
        keeps: &["displayName", "department"],
        name_is_email: true,
        media: JSON,
        ..VENDOR
    },
    // https://www.notion.com/help/provision-users-and-groups-with-scim: users are filtered by `email`, which userName
    // is, groups by displayName, at most 100 a page; employeeNumber is kept and externalId is not; who is set inactive
    // is removed from the workspace and signed out.
    Dialect {
        name: "notion",
        id_at: IdAt::EmployeeNumber,
        finds_by_id: false,
        finds_by_name: Some("email"),
        formatted_name: true,
        keeps: &["displayName", "email", "title", "department"],
        name_is_email: true,
        suspended_is_gone: true,
        ..VENDOR
    },
    // https://help.salesforce.com/s/articleView?id=xcloud.identity_scim_rest_api.htm,
    // xcloud.identity_scim_implementation.htm and xcloud.identity_scim_manage_groups.htm: profiles and permission sets
    // are entitlements, a user has one profile, members are added by a value that repeats `members`, users are
    // deactivated and never deleted, at most 200 results.
    Dialect {
        name: "salesforce",
        membership: Membership::UserGroups,
        members: MemberChange::AddNested,
        values: &[("licence", "entitlements")],
        fixed_values: Some("Profile"),
        name_is_email: true,
        deletes: false,
        page: 200,
        ..VENDOR
    },
    // https://docs.slack.dev/reference/scim-api: users carry their groups and are filtered by userName or e-mail
    // address, groups by nothing; at most 1000 a page; DELETE deactivates.
    Dialect {
        name: "slack",
        finds_by_id: false,
        finds_groups: false,
        membership: Membership::UserGroups,
        deletes: false,
        page: 1000,
        ..VENDOR
    },
    // https://docs.snowflake.com/user-guide/scim-user-api-reference, scim-group-api-reference and
    // https://docs.snowflake.com/release-notes/bcr-bundles/2026_03/bcr-2276: users are found by userName, roles by
    // displayName; other filters were answered with nobody, and are refused since; externalId is kept.
    Dialect {
        name: "snowflake",
        finds_by_id: false,
        keeps: &["givenName", "familyName", "displayName", "email"],
        ..VENDOR
    },
    // https://developers.zoom.us/docs/api/scim2/: PUT takes the parts that change, PATCH of a user only activates and
    // deactivates, groups are changed by PATCH; userName is the e-mail address. Where the employee id is kept is not
    // said.
    Dialect {
        name: "zoom",
        id_at: IdAt::EmployeeNumber,
        finds_by_id: false,
        finds_groups: false,
        membership: Membership::UserGroups,
        users: UserChange::PutOfParts,
        name_is_email: true,
        media: JSON,
        ..VENDOR
    },
];
