//! Is the account that came back the person's?

use crate::{Fault, Faults, Found, Sought};

/// Looks at one account that a system gave for a person: servers ignore what they are asked for more often than one
/// would think. `None` when it is somebody else's whom nobody asked for.
///
/// # Errors
/// [`Fault::Taken`] when it has the account name that was asked for and is another employee's; [`Fault::Conflict`] when
/// it has the name, no employee id, and another e-mail address.
pub fn theirs(system: &str, who: &Sought, found: Found) -> Result<Option<Found>, Fault> {
    let account = &found.account;
    // Account names are compared without case, as most systems do (for SCIM: RFC 7643 section 4.1.1).
    let named = who
        .name
        .as_ref()
        .is_some_and(|name| name.to_lowercase() == account.name.to_lowercase());
    match &account.employee_id {
        Some(id) if *id == who.employee_id => Ok(Some(found)),
        Some(holder) if named => Err(system.taken(&account.name, Some(holder.clone()))),
        None if named => match (account.attributes.get("email"), &who.email) {
            (Some(its), Some(wanted)) if !its.eq_ignore_ascii_case(wanted) => {
                Err(system.conflict(format!(
                    "the account {} has no employee id and another e-mail address than employee {}; record the employee id \
                     there when it is theirs",
                    account.name, who.employee_id
                )))
            }
            _ => Ok(Some(found)),
        },
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use latchkey_lifecycle::{Account, EmployeeId};

    use super::*;

    fn seen(id: Option<&str>, name: &str, email: Option<&str>) -> Result<Option<Found>, Fault> {
        let who = Sought {
            employee_id: EmployeeId::new("1042").unwrap(),
            name: Some("zoe.mueller".into()),
            email: Some("zoe@acme.example".into()),
            previous_id: None,
            known: None,
        };
        let account = Account {
            employee_id: id.map(|id| EmployeeId::new(id).unwrap()),
            name: name.into(),
            active: true,
            attributes: email
                .map(|e| ("email".to_owned(), e.to_owned()))
                .into_iter()
                .collect(),
            entitlements: Default::default(),
        };
        let found = Found {
            handle: "h".into(),
            version: None,
            account,
        };
        theirs("Directory", &who, found)
    }

    #[test]
    fn only_what_is_theirs_is_taken() {
        assert!(
            seen(Some("1042"), "other", Some("x@y.example"))
                .unwrap()
                .is_some()
        );
        assert!(seen(None, "Zoe.Mueller", None).unwrap().is_some());
        assert!(
            seen(None, "zoe.mueller", Some("ZOE@acme.example"))
                .unwrap()
                .is_some()
        );
        assert!(seen(None, "somebody", None).unwrap().is_none());
        assert!(seen(Some("77"), "somebody", None).unwrap().is_none());
        let taken = seen(Some("77"), "zoe.mueller", None).unwrap_err();
        assert!(matches!(taken, Fault::Taken { .. }), "{taken:?}");
        let conflict = seen(None, "zoe.mueller", Some("zoe@other.example")).unwrap_err();
        assert!(matches!(conflict, Fault::Conflict { .. }), "{conflict:?}");
    }
}
