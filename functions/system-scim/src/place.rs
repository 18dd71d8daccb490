//! Where things stand in a user.

use serde_json::{Map, Value, json};

use crate::dialect::{Dialect, IdAt};

/// Core user schema (RFC 7643 section 4.1).
pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// Core group schema (RFC 7643 section 4.2).
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// Enterprise user extension (RFC 7643 section 4.3).
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Where something stands in a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AttributePath {
    /// The extension; `None` for the core schema.
    pub(crate) schema: Option<&'static str>,
    attribute: &'static str,
    sub: Option<&'static str>,
}

/// Whether sign-in works.
pub(crate) const ACTIVE: AttributePath = AttributePath::core("active");
/// The account name.
pub(crate) const NAME: AttributePath = AttributePath::core("userName");

impl AttributePath {
    const fn core(attribute: &'static str) -> AttributePath {
        AttributePath {
            schema: None,
            attribute,
            sub: None,
        }
    }

    const fn enterprise(attribute: &'static str) -> AttributePath {
        AttributePath {
            schema: Some(ENTERPRISE),
            attribute,
            sub: None,
        }
    }

    const fn name(sub: &'static str) -> AttributePath {
        AttributePath {
            schema: None,
            attribute: "name",
            sub: Some(sub),
        }
    }

    /// As a path (RFC 7644 figure 1).
    pub(crate) fn path(&self) -> String {
        match (self.schema, self.sub) {
            (Some(schema), _) => format!("{schema}:{}", self.attribute),
            (None, Some(sub)) => format!("{}.{sub}", self.attribute),
            (None, None) => self.attribute.to_owned(),
        }
    }

    pub(crate) fn get<'a>(&self, user: &'a Value) -> &'a Value {
        let within = match self.schema {
            Some(schema) => &user[schema],
            None => user,
        };
        match self.sub {
            Some(sub) => &within[self.attribute][sub],
            None => &within[self.attribute],
        }
    }

    /// Puts a value there, beside what is there already.
    pub(crate) fn put(&self, user: &mut Map<String, Value>, value: Value) {
        let (outer, inner) = match (self.schema, self.sub) {
            (Some(schema), _) => (schema, Some(self.attribute)),
            (None, sub) => (self.attribute, sub),
        };
        let Some(inner) = inner else {
            user.insert(outer.to_owned(), value);
            return;
        };
        let holder = user.entry(outer).or_insert_with(|| json!({}));
        if let Value::Object(holder) = holder {
            holder.insert(inner.to_owned(), value);
        }
    }

    /// Removes what stands there, and nothing beside it.
    pub(crate) fn clear(&self, user: &mut Map<String, Value>) {
        let within = match self.schema {
            Some(schema) => user.get_mut(schema).and_then(Value::as_object_mut),
            None => Some(user),
        };
        let Some(within) = within else { return };
        match self.sub {
            None => within.remove(self.attribute),
            Some(sub) => within
                .get_mut(self.attribute)
                .and_then(|holder| holder.as_object_mut()?.remove(sub)),
        };
    }
}

impl Dialect {
    /// Where the employee id stands.
    pub(crate) fn id_place(&self) -> AttributePath {
        match self.id_at {
            IdAt::ExternalId => AttributePath::core("externalId"),
            IdAt::EmployeeNumber => AttributePath::enterprise("employeeNumber"),
        }
    }

    /// Where one of our attributes stands; `None` for one that SCIM does not have.
    pub(crate) fn place_of(&self, attribute: &str) -> Option<AttributePath> {
        Some(match attribute {
            "givenName" => AttributePath::name("givenName"),
            "familyName" => AttributePath::name("familyName"),
            "displayName" if self.formatted_name => AttributePath::name("formatted"),
            "displayName" => AttributePath::core("displayName"),
            "title" => AttributePath::core("title"),
            "email" => AttributePath::core("emails"),
            "department" => AttributePath::enterprise("department"),
            _ => return None,
        })
    }

    /// The attribute that holds entitlements of a kind, for kinds other than `group`.
    pub(crate) fn holder_of(&self, kind: &str) -> Option<&'static str> {
        let mut values = self.values.iter();
        values
            .find(|(known, _)| *known == kind)
            .map(|(_, holder)| *holder)
    }
}
