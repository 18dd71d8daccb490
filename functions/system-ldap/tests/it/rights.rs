//! Credentials that are wrong, and rights that are missing.

use latchkey_lifecycle::{Change, Goal};
use latchkey_peers::{Members, OpenLdap};
use latchkey_systems::{Fault, Probe};
use serde_json::json;

use crate::{
    by_hand::{Directory, below},
    leaving::{have, reach, who},
};

fn came(probes: &[Probe]) -> Vec<(&str, &str)> {
    let name = |probe: &Probe| probe.came.as_ref().err().map_or("ok", Fault::name);
    probes
        .iter()
        .map(|probe| (probe.what.as_str(), name(probe)))
        .collect()
}

#[tokio::test]
async fn what_is_missing_is_told_before_anybodys_access_depends_on_it() {
    let directory = Directory::start(Members::Tracked).await.unwrap();
    let address = format!("ldap://127.0.0.1:{}", directory.server.port());
    let settings = directory.settings(address);
    let system = directory.open();
    have(system.as_ref(), "zoe", &["vpn"]).await.unwrap();
    let before = directory.entry("zoe").await.unwrap();
    let tried = [
        "read accounts",
        "read groups",
        "cut accounts off",
        "change accounts",
        "change the members of groups",
    ];
    assert_eq!(came(&system.probe().await), tried.map(|what| (what, "ok")));
    let reader = directory.open_as(&settings, OpenLdap::READER).unwrap();
    let may_not = |what| match what {
        "read accounts" | "read groups" => (what, "ok"),
        _ => (what, "Rejected"),
    };
    assert_eq!(came(&reader.probe().await), tried.map(may_not));
    let after = directory.entry("zoe").await.unwrap();
    assert_eq!((before.dn, before.attrs), (after.dn, after.attrs));
    for change in [
        Change::Suspend,
        Change::Delete,
        Change::Revoke {
            entitlement: "vpn".into(),
        },
        Change::SetAttribute {
            name: "title".into(),
            value: Some("Lead".into()),
        },
    ] {
        let found = reader.read(&who("zoe")).await.unwrap().unwrap();
        let fault = reader.apply(Some(&found), &change).await.unwrap_err();
        assert!(
            matches!(fault, Fault::Forbidden { .. }),
            "{change}: {fault}"
        );
    }
    let fault = reach(reader.as_ref(), "zoe", &Goal::NoAccess)
        .await
        .unwrap_err();
    // What it may not do of one thing is not its password's fault; and all of it is told.
    assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
    let text = fault.to_string();
    assert!(text.contains("suspend sign-in: "), "{text}");
    assert!(text.contains("revoke group:vpn: "), "{text}");
    assert!(text.contains("50 insufficientAccessRights"), "{text}");
}

#[tokio::test]
async fn rights_below_people_and_groups_are_all_that_is_asked_for() {
    let directory = Directory::start(Members::Tracked).await.unwrap();
    // Accounts beside those of people, which a search for leavers passes first.
    let mut admin = directory.admin().await;
    let services = below("services");
    let unit = vec![("objectClass", ["organizationalUnit"].into())];
    let added = admin.add(&services, unit).await.unwrap();
    added.success().unwrap();
    let robot = vec![
        ("objectClass", ["inetOrgPerson"].into()),
        ("cn", ["Robot"].into()),
        ("sn", ["Robot"].into()),
    ];
    let added = admin.add(&format!("uid=robot,{services}"), robot).await;
    added.unwrap().success().unwrap();
    let system = directory.open();
    have(system.as_ref(), "zoe", &["vpn"]).await.unwrap();
    let probes = system.probe().await;
    assert!(probes.iter().all(|probe| probe.came.is_ok()), "{probes:?}");
    assert_eq!(probes.len(), 5);
}

#[tokio::test]
async fn who_cannot_sign_in_is_told_so_and_not_by_what() {
    let directory = Directory::start(Members::Plain).await.unwrap();
    let address = format!("ldap://127.0.0.1:{}", directory.server.port());
    let mut settings = directory.settings(address);
    let service = OpenLdap::SERVICE.0;
    for who in [
        (service, "s3cret-wrong"),
        ("cn=nobody,o=x", "s3cret-wrong"),
        ("latchkey", "s3cret-wrong"),
    ] {
        let system = directory.open_as(&settings, who).unwrap();
        let probes = system.probe().await;
        assert_eq!(came(&probes), [("read accounts", "Unauthorized")]);
        let fault = probes[0].came.as_ref().unwrap_err();
        assert!(!format!("{fault} {fault:?}").contains("s3cret"), "{fault}");
    }
    // A base that is not there is a line in the runbook to mend.
    settings
        .settings
        .insert("people".into(), json!(below("nowhere")));
    let system = directory.open_as(&settings, OpenLdap::SERVICE).unwrap();
    assert_eq!(came(&system.probe().await), [("read accounts", "Rejected")]);
    let fault = have(system.as_ref(), "zoe", &[]).await.unwrap_err();
    assert!(matches!(fault, Fault::Rejected { .. }), "{fault}");
}
