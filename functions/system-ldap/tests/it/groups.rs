//! Groups: the last member, the same name twice, memberships that do not follow by themselves.

use latchkey_lifecycle::{Change, Goal};
use latchkey_peers::Members;
use latchkey_systems::Fault;
use ldap3::{Scope, SearchEntry};

use crate::{
    by_hand::{Directory, GROUPS, below, group},
    leaving::{have, reach, who},
};

pub(crate) async fn members(directory: &Directory, dn: &str) -> Vec<String> {
    let mut admin = directory.admin().await;
    let found = admin
        .search(dn, Scope::Base, "(objectClass=*)", vec!["member"])
        .await
        .unwrap();
    let entry = found.success().unwrap().0.remove(0);
    SearchEntry::construct(entry)
        .attrs
        .remove("member")
        .unwrap()
}

async fn make(directory: &Directory, dn: &str, member: &str) {
    let mut admin = directory.admin().await;
    let entry = vec![
        ("objectClass", ["groupOfNames"].into()),
        ("member", [member].into()),
    ];
    admin.add(dn, entry).await.unwrap().success().unwrap();
}

#[tokio::test]
async fn the_last_member_leaves_a_placeholder() {
    let directory = Directory::start(Members::Plain).await.unwrap();
    let system = directory.open();
    have(system.as_ref(), "zoe", &[]).await.unwrap();
    make(&directory, &group("alone"), &directory.dn("zoe").await).await;
    let found = system.read(&who("zoe")).await.unwrap().unwrap();
    let entitlement = "group:alone".into();
    assert_eq!(found.account.entitlements, [entitlement].into());
    for _ in 0..2 {
        let entitlement = "group:alone".into();
        system
            .apply(Some(&found), &Change::Revoke { entitlement })
            .await
            .unwrap();
        let placeholder = format!("cn=nobody,{}", below("groups"));
        assert_eq!(members(&directory, &group("alone")).await, [placeholder]);
    }
}

#[tokio::test]
async fn a_group_of_that_name_is_there_once() {
    let directory = Directory::start(Members::Plain).await.unwrap();
    let system = directory.open();
    let missing = have(system.as_ref(), "zoe", &["nobodys"])
        .await
        .unwrap_err();
    assert!(matches!(missing, Fault::Rejected { .. }), "{missing}");
    assert!(missing.to_string().contains("`nobodys`"), "{missing}");
    let spelt = have(system.as_ref(), "zoe", &["VPN"]).await.unwrap_err();
    assert!(spelt.to_string().contains("`vpn`"), "{spelt}");
    let kind = have(system.as_ref(), "zoe", &["role:vpn"])
        .await
        .unwrap_err();
    assert!(kind.to_string().contains("`role:vpn`"), "{kind}");
    // A second one somewhere below: nobody guesses which is meant, and an exit takes both.
    let second = format!("cn=vpn,cn=everyone,{}", below("groups"));
    let zoe = directory.dn("zoe").await;
    make(&directory, &second, &zoe).await;
    directory.entitle("zoe", "vpn", true).await;
    let twice = have(directory.open().as_ref(), "eve!", &["vpn"])
        .await
        .unwrap_err();
    assert!(matches!(twice, Fault::Conflict { .. }), "{twice}");
    reach(directory.open().as_ref(), "zoe", &Goal::NoAccess)
        .await
        .unwrap();
    assert!(!members(&directory, &second).await.contains(&zoe));
    assert!(!members(&directory, &group("vpn")).await.contains(&zoe));
}

#[tokio::test]
async fn memberships_follow_a_new_name_and_nobody_comes_by_them_by_the_old_one() {
    for tracked in [Members::Plain, Members::Tracked] {
        let directory = Directory::start(tracked).await.unwrap();
        let system = directory.open();
        have(system.as_ref(), "zoe", &GROUPS).await.unwrap();
        let before = directory.dn("zoe").await;
        let found = system.read(&who("zoe")).await.unwrap().unwrap();
        let name = "zoe.okafor".to_owned();
        let renamed = system.apply(Some(&found), &Change::Rename { name }).await;
        let renamed = renamed.unwrap().unwrap();
        assert_eq!(renamed.handle, directory.dn("zoe.okafor").await);
        let fresh = directory.open().read(&who("zoe")).await.unwrap().unwrap();
        assert_eq!(fresh.account, renamed.account);
        for name in GROUPS {
            let members = members(&directory, &group(name)).await;
            assert!(
                !members.contains(&before),
                "{tracked:?} {name}: {members:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_group_that_is_gone_is_as_good_as_left() {
    let directory = Directory::start(Members::Tracked).await.unwrap();
    let system = directory.open();
    have(system.as_ref(), "zoe", &["vpn"]).await.unwrap();
    let found = system.read(&who("zoe")).await.unwrap().unwrap();
    let mut admin = directory.admin().await;
    admin
        .delete(&group("vpn"))
        .await
        .unwrap()
        .success()
        .unwrap();
    let entitlement = || "group:vpn".into();
    let revoke = Change::Revoke {
        entitlement: entitlement(),
    };
    system.apply(Some(&found), &revoke).await.unwrap();
    // Made anew elsewhere, it is found again.
    let elsewhere = format!("cn=vpn,cn=everyone,{}", below("groups"));
    make(
        &directory,
        &elsewhere,
        &format!("cn=nobody,{}", below("groups")),
    )
    .await;
    let grant = Change::Grant {
        entitlement: entitlement(),
    };
    system.apply(Some(&found), &grant).await.unwrap();
    assert!(
        members(&directory, &elsewhere)
            .await
            .contains(&found.handle)
    );
}
