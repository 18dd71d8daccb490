//! Users of the Identity Store as accounts, and accounts as users. Pure.

use std::collections::HashMap;

use aws_sdk_identitystore::{
    operation::describe_user::DescribeUserOutput,
    types::{AttributeOperation, Email, Name, User, UserStatus},
};
use aws_smithy_types::Document;
use latchkey_lifecycle::{Account, EmployeeId};
use latchkey_systems::Found;

/// The extension that keeps what SCIM's enterprise user has (RFC 7643 section 4.3). Only who asks for it gets it.
pub(crate) const ENTERPRISE: &str = "aws:identitystore:enterprise";
/// Its attribute for the employee id.
const EMPLOYEE_NUMBER: &str = "employeeNumber";
const DEPARTMENT: &str = "department";

/// A user, from whichever answer.
pub(crate) struct Seen<'a> {
    id: &'a str,
    user_name: Option<&'a str>,
    name: Option<&'a Name>,
    display_name: Option<&'a str>,
    emails: &'a [Email],
    title: Option<&'a str>,
    status: Option<&'a UserStatus>,
    extensions: Option<&'a HashMap<String, Document>>,
}

macro_rules! seen_in {
    ($answer:ty) => {
        impl<'a> From<&'a $answer> for Seen<'a> {
            fn from(user: &'a $answer) -> Seen<'a> {
                Seen {
                    id: user.user_id(),
                    user_name: user.user_name(),
                    name: user.name(),
                    display_name: user.display_name(),
                    emails: user.emails(),
                    title: user.title(),
                    status: user.user_status(),
                    extensions: user.extensions(),
                }
            }
        }
    };
}
seen_in!(User);
seen_in!(DescribeUserOutput);

impl Seen<'_> {
    /// An attribute of the enterprise extension. Its names are SCIM's, which are compared without case (RFC 7643
    /// section 2.1).
    fn enterprise(&self, name: &str) -> Option<&str> {
        let Some(Document::Object(of)) = self.extensions?.get(ENTERPRISE) else {
            return None;
        };
        let mut matching = of.iter().filter(|(k, _)| k.eq_ignore_ascii_case(name));
        matching.find_map(|(_, value)| value.as_string())
    }

    /// The account, without what it has been given. `None` for what is no user.
    pub(crate) fn found(&self) -> Option<Found> {
        let text = |value: Option<&str>| value.filter(|t| !t.is_empty()).map(str::to_owned);
        let primary = self.emails.iter().find(|email| email.primary());
        let email = primary.or(self.emails.first());
        let attributes = [
            ("givenName", self.name.and_then(Name::given_name)),
            ("familyName", self.name.and_then(Name::family_name)),
            ("displayName", self.display_name),
            ("email", email.and_then(Email::value)),
            ("title", self.title),
            (DEPARTMENT, self.enterprise(DEPARTMENT)),
        ];
        let attributes = attributes.into_iter();
        let account = Account {
            employee_id: text(self.enterprise(EMPLOYEE_NUMBER))
                .and_then(|id| EmployeeId::new(id).ok()),
            name: text(self.user_name)?,
            // A status that is not told, or not known, is taken for one that works, so that an exit does not pass over
            // it.
            active: self.status != Some(&UserStatus::Disabled),
            attributes: attributes
                .filter_map(|(name, value)| Some((name.to_owned(), text(value)?)))
                .collect(),
            entitlements: Default::default(),
        };
        Some(Found::new(text(Some(self.id))?, account))
    }
}

/// The name of a new user.
pub(crate) fn name(account: &Account) -> Name {
    let of = |attribute: &str| account.attributes.get(attribute).cloned();
    Name::builder()
        .set_given_name(of("givenName"))
        .set_family_name(of("familyName"))
        .build()
}

/// The display name of a new user, which Identity Center wants: made of the other names where nothing says it.
pub(crate) fn display_name(account: &Account) -> String {
    let of = |attribute: &str| account.attributes.get(attribute).map(String::as_str);
    let made = || {
        let parts = [of("givenName"), of("familyName")];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    let name = of("displayName").map_or_else(made, str::to_owned);
    if name.is_empty() {
        account.name.clone()
    } else {
        name
    }
}

/// The e-mail addresses of a new user; there may be one ("Emails": exactly 1 item).
pub(crate) fn emails(account: &Account) -> Option<Vec<Email>> {
    let email = Email::builder()
        .value(account.attributes.get("email")?)
        .r#type("work")
        .primary(true);
    Some(vec![email.build()])
}

/// The enterprise extension of a new user.
pub(crate) fn extensions(account: &Account) -> Option<HashMap<String, Document>> {
    let id = account.employee_id.as_ref().map(|id| id.as_str());
    let department = account.attributes.get(DEPARTMENT).map(String::as_str);
    let of = [(EMPLOYEE_NUMBER, id), (DEPARTMENT, department)];
    let of = of.into_iter();
    let of: HashMap<String, Document> = of
        .filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
        .collect();
    (!of.is_empty()).then(|| [(ENTERPRISE.to_owned(), Document::Object(of))].into())
}

/// The change of one attribute. An empty value is not taken: what is to be cleared is set to null, and a list is
/// replaced as a whole. `None` for an attribute that users do not have.
pub(crate) fn operation(attribute: &str, value: Option<&str>) -> Option<AttributeOperation> {
    let value = value.filter(|value| !value.is_empty());
    let path = match attribute {
        "userName" | "displayName" | "title" => attribute.to_owned(),
        "givenName" | "familyName" => format!("name.{attribute}"),
        "email" => "emails".to_owned(),
        EMPLOYEE_NUMBER | DEPARTMENT => format!("{ENTERPRISE}.{attribute}"),
        _ => return None,
    };
    let value = match (attribute, value) {
        (_, None) => Document::Null,
        ("email", Some(address)) => {
            let email = [
                ("value".to_owned(), address.into()),
                ("type".to_owned(), "work".into()),
                ("primary".to_owned(), true.into()),
            ];
            Document::Array(vec![Document::Object(email.into())])
        }
        (_, Some(value)) => value.into(),
    };
    let operation = AttributeOperation::builder().attribute_path(path);
    operation.attribute_value(value).build().ok()
}

/// The change that records whose account it is.
pub(crate) fn adoption(id: Option<&EmployeeId>) -> Option<AttributeOperation> {
    operation(EMPLOYEE_NUMBER, id.map(EmployeeId::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> aws_sdk_identitystore::types::builders::UserBuilder {
        User::builder()
            .identity_store_id("d-1234567890")
            .user_id("u1")
            .user_arn("arn:aws:identitystore:::user/u1")
            .revision("1")
            .user_name("zoe")
    }

    fn found(user: aws_sdk_identitystore::types::builders::UserBuilder) -> Found {
        Seen::from(&user.build().unwrap()).found().unwrap()
    }

    #[test]
    fn who_is_disabled_cannot_sign_in() {
        assert!(found(user()).account.active);
        assert!(
            found(user().user_status(UserStatus::Enabled))
                .account
                .active
        );
        assert!(found(user().user_status("PAUSED".into())).account.active);
        assert!(
            !found(user().user_status(UserStatus::Disabled))
                .account
                .active
        );
    }

    #[test]
    fn the_employee_id_is_read_however_its_attribute_is_written() {
        for attribute in ["employeeNumber", "EmployeeNumber"] {
            let of = [(attribute.to_owned(), Document::from("1042"))];
            let user = user().extensions(ENTERPRISE, Document::Object(of.into()));
            let id = found(user).account.employee_id.unwrap();
            assert_eq!(id.as_str(), "1042");
        }
        let text = user().extensions(ENTERPRISE, Document::from("none"));
        assert_eq!(found(text).account.employee_id, None);
    }

    #[test]
    fn the_primary_address_counts() {
        let email = |value: &str, primary| Email::builder().value(value).primary(primary).build();
        let two = user()
            .emails(email("old@acme.example", false))
            .emails(email("zoe@acme.example", true));
        assert_eq!(found(two).account.attributes["email"], "zoe@acme.example");
        let one = user().emails(email("zoe@acme.example", false));
        assert_eq!(found(one).account.attributes["email"], "zoe@acme.example");
    }

    #[test]
    fn what_is_no_user_is_none() {
        let nobody = User::builder()
            .identity_store_id("")
            .user_id("")
            .user_arn("")
            .revision("");
        assert_eq!(Seen::from(&nobody.build().unwrap()).found(), None);
    }

    #[test]
    fn attributes_are_changed_by_their_paths() {
        let path = |attribute| operation(attribute, Some("x")).map(|o| o.attribute_path);
        assert_eq!(path("familyName").as_deref(), Some("name.familyName"));
        assert_eq!(
            path("department").as_deref(),
            Some("aws:identitystore:enterprise.department")
        );
        assert_eq!(path("shoeSize"), None);
        for cleared in [None, Some("")] {
            let value = operation("title", cleared).unwrap().attribute_value;
            assert_eq!(value, Some(Document::Null));
        }
        let email = operation("email", Some("zoe@acme.example")).unwrap();
        assert!(matches!(email.attribute_value, Some(Document::Array(of)) if of.len() == 1));
    }
}
