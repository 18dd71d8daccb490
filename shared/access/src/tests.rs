use std::collections::BTreeSet;

use latchkey_lifecycle::{EmployeeId, TeamId, Themselves};

use super::*;

fn team(name: &str) -> TeamId {
    TeamId::new(name).unwrap()
}

fn actor(role: Role) -> Actor {
    Actor {
        name: "Ada King".to_owned(),
        address: "ada.king@acme.example".to_owned(),
        teams: [team("it")].into(),
        roles: [role].into(),
        themselves: Themselves::at("ada.king@acme.example"),
    }
}

/// Every cell, with what is of others, of one's own, and of one's own reports.
#[test]
fn every_cell_of_the_table_is_what_may_says() {
    let theirs = On::teams([team("facilities")]);
    let own = On::teams([team("it"), team("security")]);
    let report = On {
        manager: Some(" Ada.King@acme.example".to_owned()),
        ..On::default()
    };
    for action in Action::all() {
        for role in Role::ALL {
            let (actor, reach) = (actor(role), reach(role, action));
            let cell = format!("{role:?} {action:?}");
            assert_eq!(
                may(&actor, action, &theirs).is_ok(),
                reach == Reach::Everything,
                "{cell}"
            );
            let (by_team, by_report) = match role {
                Role::Manager => (Reach::Everything, Reach::Own),
                _ => (Reach::Own, Reach::Everything),
            };
            assert_eq!(
                may(&actor, action, &own).is_ok(),
                reach >= by_team,
                "{cell} of the team"
            );
            assert_eq!(
                may(&actor, action, &report).is_ok(),
                reach >= by_report,
                "{cell} of a report"
            );
        }
    }
}

#[test]
fn the_table_has_each_action_once() {
    let actions: BTreeSet<Action> = Action::all().collect();
    assert_eq!(actions.len(), TABLE.len());
}

#[test]
fn an_auditor_changes_nothing_and_sees_all_that_anybody_sees_of_the_work() {
    for action in Action::all() {
        if action.changes() {
            assert_eq!(reach(Role::Auditor, action), Reach::Nothing, "{action:?}");
        }
    }
    for action in [
        Action::SeeCases,
        Action::SeePeople,
        Action::SeeAudit,
        Action::SeeFindings,
        Action::SeeHeld,
    ] {
        assert_eq!(
            reach(Role::Auditor, action),
            Reach::Everything,
            "{action:?}"
        );
    }
}

#[test]
fn nobody_decides_about_themselves() {
    let security = actor(Role::Security);
    let about = |person: &str| On {
        person: Some(person.to_owned()),
        ..On::default()
    };
    let myself = about("ADA.KING@acme.example");
    assert_eq!(
        may(&security, Action::DecideHeld, &myself),
        Err(Refused::AboutThemselves(Action::DecideHeld))
    );
    assert_eq!(may(&security, Action::SeePeople, &myself), Ok(()));
    assert_eq!(
        may(
            &security,
            Action::DecideHeld,
            &about("bo.lind@acme.example")
        ),
        Ok(())
    );
    // Nobody has no address, and is nobody.
    let nameless = Actor {
        address: String::new(),
        themselves: Themselves::at(""),
        ..actor(Role::Security)
    };
    assert_eq!(may(&nameless, Action::DecideHeld, &about("")), Ok(()));
    // Whatever HR calls them now: the address before, and every employee id, are theirs.
    let mut renamed = security;
    renamed.themselves.add("Ada.Lovelace@acme.example");
    let id = EmployeeId::new("1007").unwrap();
    renamed.themselves.people.insert(id.clone());
    let by_id = On {
        people: [id].into(),
        ..On::default()
    };
    for on in [
        about("ada.king@acme.example"),
        about("ada.lovelace@ACME.example "),
        by_id,
    ] {
        let refused = may(&renamed, Action::DecideHeld, &on);
        assert_eq!(
            refused,
            Err(Refused::AboutThemselves(Action::DecideHeld)),
            "{on:?}"
        );
    }
}

#[test]
fn who_is_nothing_may_nothing() {
    let nobody = Actor {
        roles: BTreeSet::new(),
        ..actor(Role::Hr)
    };
    for action in Action::all() {
        assert!(may(&nobody, action, &On::teams([team("it")])).is_err());
        assert!(!nobody.ever(action));
    }
}

#[test]
fn a_refusal_says_what_and_who_can() {
    let refused = may(&actor(Role::Manager), Action::SeeAudit, &On::default()).unwrap_err();
    assert_eq!(refused.to_string(), "You may not read the audit trails");
    let Refused::NotTheirs { who_can, .. } = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(who_can, [Role::Operator, Role::Security, Role::Auditor]);
}
