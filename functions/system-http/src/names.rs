//! The values of names in a description's texts.

use latchkey_lifecycle::Account;
use latchkey_systems::Sought;
use serde_json::Value;

/// An entitlement, as requests name it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) name: &'a str,
    pub(crate) id: Option<&'a str>,
}

/// Names of an account, and of what it is given or loses.
pub(crate) fn of_account<'a>(
    handle: Option<&'a str>,
    account: &'a Account,
    given: Option<Given<'a>>,
) -> impl Fn(&str) -> Option<Value> + Send + Sync + 'a {
    move |name| match name {
        "account.handle" => handle.map(Value::from),
        "account.name" => Some(account.name.as_str().into()),
        "account.active" => Some(account.active.into()),
        "account.employee_id" => account.employee_id.as_ref().map(|id| id.as_str().into()),
        "entitlement.name" => given.map(|given| given.name.into()),
        "entitlement.id" => given?.id.map(Value::from),
        other => {
            let attribute = other.strip_prefix("attribute.")?;
            let value = account.attributes.get(attribute)?;
            Some(value.as_str().into())
        }
    }
}

/// Names of somebody who is looked for.
pub(crate) fn of_sought(who: &Sought) -> impl Fn(&str) -> Option<Value> + Send + Sync + '_ {
    |name| match name {
        "account.name" => who.name.as_deref().map(Value::from),
        "account.employee_id" => Some(who.employee_id.as_str().into()),
        "attribute.email" => who.email.as_deref().map(Value::from),
        _ => None,
    }
}
