//! Names that try to be more than names.

use latchkey_lifecycle::Goal;
use latchkey_peers::Members;

use crate::{
    by_hand::{Directory, GROUPS},
    leaving::{have, reach, who},
};

#[tokio::test]
async fn a_name_breaks_out_of_nothing() {
    let directory = Directory::start(Members::Plain).await.unwrap();
    let system = directory.open();
    let names = [
        "*",
        "zo)(uid=*",
        r#"o"n,e+uid=x"#,
        r"back\2aslash",
        "#<a> ; b = c",
        "Zoë, Łukasiewicz-王",
    ];
    for name in names {
        // Nobody has it yet, whoever else is there.
        let read = system.read(&who(name)).await.unwrap();
        assert_eq!(read, None, "{name}");
        have(system.as_ref(), name, &GROUPS).await.unwrap();
        let found = system.read(&who(name)).await.unwrap().unwrap();
        assert_eq!(found.account.name, name);
        assert_eq!(found.account.entitlements.len(), GROUPS.len(), "{name}");
        assert!(directory.entry(name).await.is_some(), "{name}");
    }
    reach(system.as_ref(), names[0], &Goal::NoAccess)
        .await
        .unwrap();
    for (nth, name) in names.into_iter().enumerate() {
        let found = system.read(&who(name)).await.unwrap().unwrap();
        assert_eq!(found.account.active, nth > 0, "{name}");
    }
    for name in names {
        reach(system.as_ref(), name, &Goal::Gone).await.unwrap();
        assert!(directory.entry(name).await.is_none(), "{name}");
    }
}
