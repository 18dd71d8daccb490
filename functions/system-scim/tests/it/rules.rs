//! What vendors' servers do, by the vendors' pages.

/// Who shows the members of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Members {
    Everywhere,
    /// The group itself, and not a list of groups.
    Alone,
    Nowhere,
}

/// How users are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Patch,
    /// An operation with a path is refused.
    PatchWithoutPath,
    /// PATCH changes `active` and nothing else.
    Put,
}

/// How members are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MemberForm {
    Standard,
    RemoveByValue,
    AddNested,
}

/// The rules of a vendor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) dialect: &'static str,
    /// Attributes by which users are filtered, by a name of the server's own; others are refused.
    pub(crate) user_filters: &'static [&'static str],
    pub(crate) group_filters: &'static [&'static str],
    /// A filter that is not known lets nobody through, and is no error.
    pub(crate) unknown_is_nobody: bool,
    pub(crate) users_show_groups: bool,
    pub(crate) members: Members,
    pub(crate) change: Change,
    pub(crate) member_form: MemberForm,
    /// What is kept; the rest is dropped without a word.
    pub(crate) keeps: &'static [&'static str],
    pub(crate) email_names: bool,
    pub(crate) cursor: bool,
    pub(crate) media: &'static str,
    pub(crate) inactive_is_gone: bool,
    pub(crate) deletes: bool,
    pub(crate) most: usize,
}

pub(crate) const EMPLOYEE_NUMBER: &str =
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber";
pub(crate) const DEPARTMENT: &str =
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
const EVERYTHING: &[&str] = &[
    "userName",
    "active",
    "externalId",
    "name.givenName",
    "name.familyName",
    "displayName",
    "emails",
    "title",
    DEPARTMENT,
];

/// Nothing is filtered, shown or taken but what the standard demands.
const PLAIN: Rules = Rules {
    dialect: "1password",
    user_filters: &["userName", "externalId"],
    group_filters: &["displayName"],
    unknown_is_nobody: false,
    users_show_groups: false,
    members: Members::Everywhere,
    change: Change::Patch,
    member_form: MemberForm::Standard,
    keeps: EVERYTHING,
    email_names: false,
    cursor: false,
    media: "application/scim+json",
    inactive_is_gone: false,
    deletes: true,
    most: 100,
};

/// What each vendor's page says; the pages stand in `src/dialects.rs`.
pub(crate) const VENDORS: [Rules; 14] = [
    PLAIN,
    Rules {
        dialect: "asana",
        user_filters: &["userName"],
        members: Members::Alone,
        change: Change::PatchWithoutPath,
        keeps: &[
            "userName",
            "active",
            "name.formatted",
            "emails",
            "title",
            DEPARTMENT,
            EMPLOYEE_NUMBER,
        ],
        email_names: true,
        deletes: false,
        ..PLAIN
    },
    Rules {
        dialect: "atlassian",
        users_show_groups: true,
        deletes: false,
        ..PLAIN
    },
    Rules {
        dialect: "aws-identity-center",
        user_filters: &["userName", "externalId", "groups.value"],
        group_filters: &["displayName", "members.value"],
        members: Members::Nowhere,
        member_form: MemberForm::RemoveByValue,
        cursor: true,
        ..PLAIN
    },
    Rules {
        dialect: "databricks",
        unknown_is_nobody: true,
        keeps: &[
            "userName",
            "active",
            "externalId",
            "name.givenName",
            "name.familyName",
            "displayName",
        ],
        email_names: true,
        ..PLAIN
    },
    Rules {
        dialect: "dropbox",
        ..PLAIN
    },
    Rules {
        dialect: "figma",
        group_filters: &[],
        keeps: &[
            "userName",
            "active",
            "externalId",
            "name.givenName",
            "name.familyName",
            "displayName",
            "title",
            DEPARTMENT,
        ],
        email_names: true,
        media: "application/json",
        most: 200,
        ..PLAIN
    },
    Rules {
        dialect: "github-emu",
        users_show_groups: true,
        keeps: &[
            "userName",
            "active",
            "externalId",
            "name.givenName",
            "name.familyName",
            "displayName",
            "emails",
        ],
        ..PLAIN
    },
    Rules {
        dialect: "miro",
        user_filters: &["userName"],
        users_show_groups: true,
        keeps: &[
            "userName",
            "active",
            "displayName",
            DEPARTMENT,
            EMPLOYEE_NUMBER,
        ],
        email_names: true,
        media: "application/json",
        ..PLAIN
    },
    Rules {
        dialect: "notion",
        user_filters: &["email"],
        keeps: &[
            "userName",
            "active",
            "name.formatted",
            "emails",
            "title",
            DEPARTMENT,
            EMPLOYEE_NUMBER,
        ],
        email_names: true,
        inactive_is_gone: true,
        ..PLAIN
    },
    Rules {
        dialect: "salesforce",
        users_show_groups: true,
        member_form: MemberForm::AddNested,
        email_names: true,
        deletes: false,
        most: 200,
        ..PLAIN
    },
    Rules {
        dialect: "slack",
        user_filters: &["userName", "email"],
        group_filters: &[],
        users_show_groups: true,
        deletes: false,
        most: 1000,
        ..PLAIN
    },
    Rules {
        dialect: "snowflake",
        user_filters: &["userName"],
        unknown_is_nobody: true,
        keeps: &[
            "userName",
            "active",
            "externalId",
            "name.givenName",
            "name.familyName",
            "displayName",
            "emails",
        ],
        ..PLAIN
    },
    Rules {
        dialect: "zoom",
        user_filters: &["userName"],
        group_filters: &[],
        users_show_groups: true,
        change: Change::Put,
        keeps: &[
            "userName",
            "active",
            "name.givenName",
            "name.familyName",
            "displayName",
            "emails",
            "title",
            DEPARTMENT,
            EMPLOYEE_NUMBER,
        ],
        email_names: true,
        media: "application/json",
        ..PLAIN
    },
];
