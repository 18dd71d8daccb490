//! A description as it is written. Texts of these types are what editors show while one types.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::{Meaning, Request, Steps};

/// How a REST API is called, and what its answers mean.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Latchkey description of a REST API")]
pub struct Description {
    /// The API's name and version, for readers.
    pub api: String,
    /// How the secret is shown.
    pub sign_in: SignIn,
    /// Where things stand in an account, as the API answers it.
    pub account: AccountPlaces,
    /// Whether account names that differ by capitals only are different names.
    #[serde(default)]
    pub case_sensitive: bool,
    /// How an account is looked for.
    #[serde(default)]
    pub find: Find,
    /// How an account is read by its handle, where lists show a part of it only.
    pub read: Option<Request>,
    /// How all accounts are read.
    pub list: Request,
    /// How an account is made.
    pub create: Request,
    /// How an account is changed: a request for each of name, employee_id, and the attributes; or under `all` one that
    /// writes everything.
    #[serde(default)]
    pub update: BTreeMap<String, Request>,
    /// How sign-in is cut. Left out where the API knows no suspended accounts: an exit then deletes the account.
    #[serde(default)]
    pub suspend: Steps,
    /// How sign-in is allowed again.
    #[serde(default)]
    pub restore: Steps,
    /// How running sessions are ended, where neither suspending nor deleting does it.
    #[serde(default)]
    pub sign_out: Steps,
    /// How an account is deleted.
    #[serde(default)]
    pub delete: Steps,
    /// What the API can give, by kind, e.g. group.
    #[serde(default)]
    pub entitlements: BTreeMap<String, EntitlementKind>,
    /// Where in an error its message stands.
    pub message: Option<String>,
    /// What answers mean, where it is not what the statuses of HTTP mean; looked at after the request's own.
    #[serde(default)]
    pub answers: Vec<Meaning>,
    /// Further things to try when the system is tested; none may change anything.
    #[serde(default)]
    pub tries: Vec<Try>,
}

/// How the secret is shown.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignIn {
    /// There is none.
    None,
    /// A token as "Authorization: Bearer …" (RFC 6750).
    Bearer,
    /// A user name and a password (RFC 7617).
    Basic,
    /// A token that is had for a client's id with its secret (RFC 6749 section 4.4) or its private key (RFC 7523).
    ClientCredentials,
    /// A token in a header, after a prefix.
    #[serde(untagged)]
    Header {
        /// The header, e.g. Authorization or X-Api-Key.
        header: String,
        /// What comes before the token, e.g. "token ".
        #[serde(default)]
        prefix: String,
    },
}

/// Where things stand in an account, as the API answers it: `user.name`, or /user/name.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountPlaces {
    /// What the API itself calls the account by; often an id.
    pub handle: String,
    /// The account name.
    pub name: String,
    /// The HR system's id of the person, where the API can keep it.
    pub employee_id: Option<String>,
    /// Whether the person can sign in. Left out where the API knows no suspended accounts.
    pub active: Option<Active>,
    /// Attributes by our names: givenName, familyName, displayName, email, title, department.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

/// What says whether a person can sign in.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Active {
    /// Where it stands.
    pub at: String,
    /// The person can sign in when it is this, or one of these; `true` when neither this nor `is_not` is said.
    pub is: Option<Value>,
    /// The person can sign in unless it is this, or one of these.
    pub is_not: Option<Value>,
}

/// How an account is looked for. What is left out is looked for in the list of all, page by page.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// By the HR system's id of the person.
    pub by_employee_id: Option<Request>,
    /// By the account name.
    pub by_name: Option<Request>,
}

/// A kind of thing that the API can give.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntitlementKind {
    /// Where in the account the list of what it has stands.
    pub at: Option<String>,
    /// How what an account has is read, where it does not stand in the account.
    pub read: Option<Request>,
    /// Whether the list may be missing, null or not found where an account has nothing of this kind. Else such an
    /// answer is one that cannot be read: the place may be wrong, or the secret may not see it.
    #[serde(default)]
    pub may_be_missing: bool,
    /// Where in a line of that list the name stands; each is a name when left out.
    pub name: Option<String>,
    /// Where in a line of that list the id stands, where there is no name: the catalogue has the name.
    pub id: Option<String>,
    /// How all that there is of this kind is read, for its ids. With {entitlement.name} in it, it looks for one.
    pub catalogue: Option<Catalogue>,
    /// How it is given.
    pub grant: Request,
    /// How it is taken.
    pub revoke: Request,
}

/// All that there is of a kind.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// How it is read.
    pub request: Request,
    /// Where in a line the id stands.
    pub id: String,
    /// Where in a line the name stands.
    pub name: String,
}

/// Something to try when the system is tested.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Try {
    /// What Latchkey has to be able to do, as in "Latchkey can …".
    pub can: String,
    /// What shows it. Its `at` says where a list of rights stands.
    pub request: Request,
    /// What has to stand in that list.
    pub has: Option<String>,
}

impl Description {
    /// Whether it keeps the HR system's id of a person: it shows it, and it can be written.
    pub fn keeps_employee_id(&self) -> bool {
        self.account.employee_id.is_some() && self.update_of("employee_id").is_some()
    }

    /// The attributes that it keeps, by our names: it shows them, and they can be written.
    pub fn kept(&self) -> impl Iterator<Item = &str> {
        let all = self.account.attributes.keys().map(String::as_str);
        all.filter(|name| self.update_of(name).is_some())
    }

    /// How something of an account is changed.
    pub fn update_of(&self, what: &str) -> Option<&Request> {
        self.update.get(what).or_else(|| self.update.get("all"))
    }

    /// Whether it knows suspended accounts.
    pub fn suspends(&self) -> bool {
        !self.suspend.0.is_empty()
    }
}

impl Catalogue {
    /// Whether it looks for one name, and does not read everything.
    pub fn looks_for_one(&self) -> bool {
        self.request.names().contains("entitlement.name")
    }
}
