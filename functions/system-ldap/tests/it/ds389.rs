//! What is 389 Directory Server's own.

use latchkey_lifecycle::{Change, Goal};
use latchkey_peers::{Members, OpenLdap};
use latchkey_systems::Fault;

use crate::{
    by_hand::{Directory, Of},
    leaving::{have, reach, who},
};

#[tokio::test]
async fn a_lock_that_it_does_not_have_is_told_by_the_test_of_the_system_and_takes_the_groups_all_the_same()
 {
    let directory = Directory::of(Of::Ds389, Members::Plain).await.unwrap();
    let system = directory.open();
    have(system.as_ref(), "zoe", &["vpn"]).await.unwrap();
    let failing = |probes: Vec<latchkey_systems::Probe>| -> Vec<String> {
        let wrong = probes.into_iter();
        wrong
            .filter_map(|probe| {
                probe
                    .came
                    .err()
                    .map(|fault| format!("{}: {fault}", probe.what))
            })
            .collect()
    };
    assert_eq!(failing(system.probe().await), [""; 0]);
    let mut settings = directory.settings(format!("ldap://127.0.0.1:{}", directory.server.port()));
    settings.settings.remove("lock");
    let system = directory.open_as(&settings, OpenLdap::SERVICE).unwrap();
    let wrong = failing(system.probe().await);
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(wrong[0].starts_with("cut accounts off: "), "{wrong:?}");
    assert!(wrong[0].contains("nsAccountLock=true"), "{wrong:?}");
    let fault = reach(system.as_ref(), "zoe", &Goal::NoAccess)
        .await
        .unwrap_err();
    assert!(fault.to_string().contains("nsAccountLock=true"), "{fault}");
    let found = system.read(&who("zoe")).await.unwrap().unwrap();
    assert!(found.account.entitlements.is_empty());
}

#[tokio::test]
async fn names_are_found_as_it_writes_them() {
    for members in [Members::Plain, Members::Tracked] {
        let directory = Directory::of(Of::Ds389, members).await.unwrap();
        let system = directory.open();
        // A plus and a letter after it: `\+D` here, `\2BD` there.
        for name in ["r+d", "R+Dean, x\\2b", "=+a+b"] {
            have(system.as_ref(), name, &["vpn", "everyone"])
                .await
                .unwrap();
            let found = system.read(&who(name)).await.unwrap().unwrap();
            assert_eq!(found.account.entitlements.len(), 2, "{name}");
            let listed = system.list(None).await.unwrap();
            let listed = listed.accounts.iter().find(|f| f.account.name == name);
            assert_eq!(listed.map(|f| &f.account), Some(&found.account), "{name}");
            reach(system.as_ref(), name, &Goal::NoAccess).await.unwrap();
            let found = system.read(&who(name)).await.unwrap().unwrap();
            assert!(!found.account.active && found.account.entitlements.is_empty());
        }
    }
}

#[tokio::test]
async fn who_may_only_read_is_told_so() {
    let directory = Directory::of(Of::Ds389, Members::Tracked).await.unwrap();
    have(directory.open().as_ref(), "zoe", &["vpn"])
        .await
        .unwrap();
    let settings = directory.settings(format!("ldap://127.0.0.1:{}", directory.server.port()));
    let reader = directory.open_as(&settings, OpenLdap::READER).unwrap();
    let probes = reader.probe().await;
    let refused = probes.iter().filter(|probe| probe.came.is_err());
    assert_eq!(refused.count(), 3, "{probes:?}");
    let found = reader.read(&who("zoe")).await.unwrap().unwrap();
    let fault = reader.apply(Some(&found), &Change::Suspend).await;
    let fault = fault.unwrap_err();
    assert!(matches!(fault, Fault::Forbidden { .. }), "{fault}");
}
