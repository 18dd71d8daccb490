//! What an exit leaves behind, and what comes back.

use latchkey_lifecycle::{Account, Change, EmployeeId, EntitlementNeeds, Goal, Managed};
use latchkey_peers::{Members, OpenLdap};
use latchkey_systems::{Fault, Sought, System, carry_out, carry_out_into};
use ldap3::Mod;
use serde_json::json;

use crate::{
    by_hand::{Directory, GROUPS, Of, below, connect, group},
    groups::members as members_of,
};

pub(crate) fn who(name: &str) -> Sought {
    Sought {
        employee_id: EmployeeId::new(format!(
            "id-{:x}",
            name.bytes()
                .fold(7, |sum, byte| sum * 31 % 1_000_003 + u32::from(byte))
        ))
        .unwrap(),
        name: Some(name.to_owned()),
        email: None,
        previous_id: None,
        known: None,
    }
}

pub(crate) fn account(name: &str, groups: &[&str]) -> Account {
    Account {
        employee_id: Some(who(name).employee_id),
        name: name.to_owned(),
        active: true,
        attributes: [("familyName".to_owned(), "Okafor".to_owned())].into(),
        entitlements: groups.iter().map(|name| (*name).into()).collect(),
    }
}

pub(crate) async fn reach(system: &dyn System, name: &str, goal: &Goal) -> Result<(), Fault> {
    let needs = EntitlementNeeds::default();
    let outcome = carry_out(system, &who(name), goal, &needs).await;
    outcome.map(|_| ())
}

pub(crate) async fn have(system: &dyn System, name: &str, groups: &[&str]) -> Result<(), Fault> {
    let goal = Goal::Have {
        account: account(name, groups),
        managed: Managed::All,
        renames: false,
    };
    reach(system, name, &goal).await
}

#[tokio::test]
async fn who_leaves_is_moved_and_cannot_come_back_by_the_old_password() {
    let directory = Directory::start(Members::Tracked).await.unwrap();
    let system = directory.open();
    have(system.as_ref(), "zoe", &GROUPS).await.unwrap();
    let password = directory.give_password("zoe").await;
    assert!(directory.signs_in("zoe", &password).await);
    reach(system.as_ref(), "zoe", &Goal::NoAccess)
        .await
        .unwrap();
    let dn = directory.dn("zoe").await;
    assert_eq!(dn, format!("uid=zoe,{}", below("leavers")));
    assert!(!directory.signs_in("zoe", &password).await);
    // Nor does it help that somebody takes the lock away.
    directory.set_active("zoe", true).await;
    assert!(!directory.signs_in("zoe", &password).await);
    assert!(
        system
            .read(&who("zoe"))
            .await
            .unwrap()
            .unwrap()
            .account
            .active
    );
    directory.set_active("zoe", false).await;
    have(system.as_ref(), "zoe", &["vpn"]).await.unwrap();
    assert_eq!(
        directory.dn("zoe").await,
        format!("uid=zoe,{}", below("people"))
    );
    // Who comes back gets a new password from the help desk.
    assert!(!directory.signs_in("zoe", &password).await);
    let password = directory.give_password("zoe").await;
    assert!(directory.signs_in("zoe", &password).await);
}

#[tokio::test]
async fn who_cannot_be_moved_is_locked_all_the_same() {
    for members in [Members::Plain, Members::Tracked] {
        let directory = Directory::start(members).await.unwrap();
        let mut settings =
            directory.settings(format!("ldap://127.0.0.1:{}", directory.server.port()));
        settings
            .settings
            .insert("leavers".into(), json!(below("leavers")));
        let system = directory.open_as(&settings, OpenLdap::SERVICE).unwrap();
        have(system.as_ref(), "zoe", &["vpn"]).await.unwrap();
        let password = directory.give_password("zoe").await;
        let in_the_way = vec![
            ("objectClass", ["inetOrgPerson"].into()),
            ("cn", ["Another"].into()),
            ("sn", ["Another"].into()),
        ];
        let dn = format!("uid=zoe,{}", below("leavers"));
        let mut admin = directory.admin().await;
        admin.add(&dn, in_the_way).await.unwrap().success().unwrap();
        // It has the name, but is not asked for: without the attribute it is nobody's account.
        let taken = Mod::Delete("uid".to_owned(), ["zoe".to_owned()].into());
        let _ = admin.modify(&dn, vec![taken]).await.unwrap();
        let found = system.read(&who("zoe")).await.unwrap().unwrap();
        let fault = system
            .apply(Some(&found), &Change::Suspend)
            .await
            .unwrap_err();
        assert!(matches!(fault, Fault::Conflict { .. }), "{fault}");
        let there = format!("uid=zoe,{}", below("people"));
        let mut theirs = connect(directory.server.port()).await;
        assert_eq!(theirs.simple_bind(&there, &password).await.unwrap().rc, 49);
    }
}

#[tokio::test]
async fn who_may_not_be_moved_is_locked_where_they_are_and_loses_the_groups_all_the_same() {
    for (of, members) in [
        (Of::OpenLdap, Members::Plain),
        (Of::OpenLdap, Members::Tracked),
        (Of::Ds389, Members::Plain),
    ] {
        let directory = Directory::of(of, members).await.unwrap();
        let mut settings =
            directory.settings(format!("ldap://127.0.0.1:{}", directory.server.port()));
        // Latchkey's account may not put anything there.
        let leavers = json!(below("groups"));
        settings.settings.insert("leavers".into(), leavers);
        let system = directory.open_as(&settings, OpenLdap::SERVICE).unwrap();
        have(system.as_ref(), "zoe", &GROUPS).await.unwrap();
        let password = directory.give_password("zoe").await;
        let (mut done, needs) = (Vec::new(), EntitlementNeeds::default());
        let goal = Goal::NoAccess;
        let came = carry_out_into(system.as_ref(), &who("zoe"), &goal, &needs, &mut done).await;
        let fault = came.unwrap_err();
        assert!(matches!(fault, Fault::Forbidden { .. }), "{fault}");
        assert!(fault.to_string().contains("moving an account"), "{fault}");
        // That they cannot sign in any more is on record, and everything that was taken.
        assert_eq!(done[0], Change::Suspend);
        assert_eq!(done.len(), 1 + GROUPS.len(), "{done:?}");
        assert_eq!(
            directory.dn("zoe").await,
            format!("uid=zoe,{}", below("people"))
        );
        assert!(!directory.signs_in("zoe", &password).await);
        let found = system.read(&who("zoe")).await.unwrap().unwrap();
        assert!(!found.account.active && found.account.entitlements.is_empty());
        // Nor does anybody come by the groups by the name that was meant for them.
        for name in GROUPS {
            let all = members_of(&directory, &group(name)).await;
            assert!(
                all.iter().all(|member| !member.starts_with("uid=zoe,")),
                "{all:?}"
            );
        }
    }
}

#[tokio::test]
async fn another_attribute_can_say_that_somebody_is_locked() {
    let directory = Directory::start(Members::Plain).await.unwrap();
    let mut settings = directory.settings(format!("ldap://127.0.0.1:{}", directory.server.port()));
    settings
        .settings
        .insert("lock".into(), json!("employeeType=former"));
    let system = directory.open_as(&settings, OpenLdap::SERVICE).unwrap();
    have(system.as_ref(), "zoe", &["vpn"]).await.unwrap();
    let password = directory.give_password("zoe").await;
    reach(system.as_ref(), "zoe", &Goal::NoAccess)
        .await
        .unwrap();
    let found = system.read(&who("zoe")).await.unwrap().unwrap();
    assert!(!found.account.active && found.account.entitlements.is_empty());
    // Nothing locks it here, but nobody knows its password.
    assert!(!directory.signs_in("zoe", &password).await);
    // An attribute that the directory does not have is said so.
    settings
        .settings
        .insert("lock".into(), json!("nsAccountLock=true"));
    let system = directory.open_as(&settings, OpenLdap::SERVICE).unwrap();
    let fault = reach(system.as_ref(), "zoe", &Goal::NoAccess)
        .await
        .unwrap_err();
    assert!(fault.to_string().contains("nsAccountLock"), "{fault}");
}
