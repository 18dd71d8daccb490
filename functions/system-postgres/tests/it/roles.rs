//! What is special about roles: sessions, passwords, what they own, who gave what, and whose they are.

use std::collections::BTreeSet;

use latchkey_conformance::Company as _;
use latchkey_lifecycle::{Account, Change, EntitlementNeeds, Goal, Managed};
use latchkey_systems::{Fault, Found, Sought, System, carry_out, compare};
use serde_json::json;

use crate::company::{Database, PASSWORD, ROLES, account, quoted, sign_in, who};

async fn both() -> [Database; 2] {
    [
        Database::oldest().await.unwrap(),
        Database::newest().await.unwrap(),
    ]
}

async fn bring(system: &dyn System, who: &Sought, goal: &Goal) -> Result<Option<Found>, Fault> {
    let done = carry_out(system, who, goal, &EntitlementNeeds::default()).await;
    done.map(|outcome| outcome.found)
}

fn have(account: &Account) -> Goal {
    Goal::Have {
        account: account.clone(),
        managed: Managed::Only(ROLES.map(|role| format!("role:{role}").into()).into()),
        renames: true,
    }
}

#[tokio::test]
async fn a_name_does_not_break_out_of_a_statement() {
    let (name, id) = (r#"zoe"; DROP ROLE vpn; --'\ 'x"#, r#"o'1"\%_;--"#);
    for database in both().await {
        let system = database.latchkey(&[]);
        let mut zoe = account(id, name, &ROLES[..2]);
        let sought = who(id, name);
        bring(&*system, &sought, &have(&zoe)).await.unwrap();
        let found = system.read(&who(id, "other")).await.unwrap().unwrap();
        assert_eq!(found.account, zoe);
        zoe.name = r#"$$'; DROP ROLE vpn; --"#.to_owned();
        bring(&*system, &sought, &have(&zoe)).await.unwrap();
        let found = bring(&*system, &sought, &Goal::NoAccess).await.unwrap();
        assert_eq!(found.unwrap().account.entitlements, BTreeSet::new());
        bring(&*system, &sought, &Goal::Gone).await.unwrap();
        assert_eq!(system.read(&sought).await.unwrap(), None);
        let vpn = database
            .ask("SELECT rolname::text FROM pg_roles WHERE rolname = 'vpn'")
            .await;
        assert!(vpn.is_some());
        // A name that the server would cut would be another one's.
        let long = "z".repeat(64);
        let cut = account("8", &long, &[]);
        let fault = bring(&*system, &who("8", &long), &have(&cut))
            .await
            .unwrap_err();
        assert!(matches!(fault, Fault::Rejected { .. }), "{fault:?}");
    }
}

#[tokio::test]
async fn an_exit_ends_sessions_and_takes_the_password() {
    for database in both().await {
        let port = database.port();
        let system = database.latchkey(&[]);
        let sought = who("1", "zoe");
        bring(&*system, &sought, &have(&account("1", "zoe", &["vpn"])))
            .await
            .unwrap();
        assert!(
            sign_in(port, "zoe", PASSWORD).await.is_err(),
            "made without a password"
        );
        database
            .run(&format!("ALTER ROLE zoe PASSWORD '{PASSWORD}'"))
            .await;
        let sessions = [
            sign_in(port, "zoe", PASSWORD).await.unwrap(),
            sign_in(port, "zoe", PASSWORD).await.unwrap(),
        ];
        let left = bring(&*system, &sought, &Goal::NoAccess)
            .await
            .unwrap()
            .unwrap();
        assert!(!left.account.active);
        for session in &sessions {
            assert!(
                session.batch_execute("SELECT 1").await.is_err(),
                "a session goes on"
            );
        }
        assert!(sign_in(port, "zoe", PASSWORD).await.is_err());
        let state = "SELECT concat(rolpassword IS NULL, rolvaliduntil, rolcanlogin) FROM pg_authid WHERE rolname = 'zoe'";
        assert_eq!(database.ask(state).await.as_deref(), Some("t-infinityf"));
        // Back again: signs in, but not with the password of old.
        bring(&*system, &sought, &have(&account("1", "zoe", &[])))
            .await
            .unwrap();
        assert!(sign_in(port, "zoe", PASSWORD).await.is_err());
    }
}

#[tokio::test]
async fn a_session_that_outlives_its_role_is_seen_and_ended() {
    for database in both().await {
        let system = database.latchkey(&[("keep_password", json!(true))]);
        let sought = who("1", "zoe");
        bring(&*system, &sought, &have(&account("1", "zoe", &[])))
            .await
            .unwrap();
        database
            .run(&format!("ALTER ROLE zoe PASSWORD '{PASSWORD}'"))
            .await;
        let session = sign_in(database.port(), "zoe", PASSWORD).await.unwrap();
        // Somebody cut her off by hand, and forgot the session.
        database.run("ALTER ROLE zoe NOLOGIN").await;
        let seen = system.read(&sought).await.unwrap().unwrap();
        assert!(seen.account.active);
        let left = bring(&*system, &sought, &Goal::Suspended)
            .await
            .unwrap()
            .unwrap();
        assert!(!left.account.active);
        assert!(session.batch_execute("SELECT 1").await.is_err());
        let seen = system.read(&sought).await.unwrap().unwrap();
        assert!(!seen.account.active);
        // Where the runbook says so, the password is the same afterwards.
        bring(&*system, &sought, &have(&account("1", "zoe", &[])))
            .await
            .unwrap();
        assert!(sign_in(database.port(), "zoe", PASSWORD).await.is_ok());
    }
}

#[tokio::test]
async fn what_people_wrote_into_a_comment_stays() {
    for database in both().await {
        database.make(&account("1", "zoe", &[])).await;
        let comment = "SELECT shobj_description('zoe'::regrole, 'pg_authid')";
        let system = database.latchkey(&[]);
        let found = system.read(&who("1", "zoe")).await.unwrap().unwrap();
        let adopt = |id: Option<&str>| Change::Adopt {
            employee_id: id.map(|id| id.parse().unwrap()),
        };
        for (id, left) in [
            (Some("2"), "From before\nlatchkey employee 2"),
            (Some("2"), "From before\nlatchkey employee 2"),
            (None, "From before"),
        ] {
            system.apply(Some(&found), &adopt(id)).await.unwrap();
            assert_eq!(database.ask(comment).await.as_deref(), Some(left));
        }
    }
}

#[tokio::test]
async fn what_a_role_owns_is_named_or_given_away() {
    for database in both().await {
        let sought = who("1", "zoe");
        let system = database.latchkey(&[]);
        bring(&*system, &sought, &have(&account("1", "zoe", &[])))
            .await
            .unwrap();
        for statement in [
            "CREATE DATABASE archive",
            "CREATE ROLE heir NOLOGIN",
            "CREATE TABLE notes(text text); ALTER TABLE notes OWNER TO zoe",
            "CREATE TABLE others(text text); ALTER TABLE others OWNER TO heir; GRANT SELECT ON others TO zoe",
        ] {
            database.run(statement).await;
        }
        let fault = bring(&*system, &sought, &Goal::Gone).await.unwrap_err();
        assert!(matches!(fault, Fault::Rejected { .. }), "{fault:?}");
        let text = fault.to_string();
        assert!(
            text.contains("notes") && text.contains("REASSIGN OWNED"),
            "{text}"
        );
        let owner = "SELECT tableowner::text FROM pg_tables WHERE tablename = 'notes'";
        // All the same they are cut off.
        assert!(!system.read(&sought).await.unwrap().unwrap().account.active);
        let to = |heir: &str| database.latchkey(&[("objects_to", json!(heir))]);
        let fault = bring(&*to("nobodys"), &sought, &Goal::Gone)
            .await
            .unwrap_err();
        assert!(fault.to_string().contains("`nobodys`"), "{fault}");
        let fault = bring(&*to("heir"), &sought, &Goal::Gone).await.unwrap_err();
        assert!(matches!(fault, Fault::Forbidden { .. }), "{fault:?}");
        database
            .run("GRANT heir TO latchkey; GRANT CREATE ON SCHEMA public TO heir")
            .await;
        // Rights that somebody else gave stay in the way, and nothing is done by halves.
        database
            .run("GRANT CREATE ON DATABASE archive TO zoe")
            .await;
        let fault = bring(&*to("heir"), &sought, &Goal::Gone).await.unwrap_err();
        assert!(fault.to_string().contains("archive"), "{fault}");
        assert_eq!(database.ask(owner).await.as_deref(), Some("zoe"));
        database
            .run("REVOKE CREATE ON DATABASE archive FROM zoe")
            .await;
        bring(&*to("heir"), &sought, &Goal::Gone).await.unwrap();
        assert_eq!(system.read(&sought).await.unwrap(), None);
        assert_eq!(database.ask(owner).await.as_deref(), Some("heir"));
        // Who has gone is gone the second time, too.
        bring(&*to("heir"), &sought, &Goal::Gone).await.unwrap();
    }
}

#[tokio::test]
async fn a_role_that_is_not_a_persons_is_never_taken_for_theirs() {
    for database in both().await {
        for statement in [
            "CREATE ROLE shop_app LOGIN",
            "CREATE ROLE unclear LOGIN; COMMENT ON ROLE unclear IS E'latchkey employee 1\\nlatchkey employee 2'",
            "CREATE ROLE nobodys NOLOGIN",
            "GRANT vpn TO shop_app",
        ] {
            database.run(statement).await;
        }
        let system = database.latchkey(&[("ignore", json!(["postgres", "shop_*"]))]);
        for (name, told) in [
            ("shop_app", "ignores"),
            ("latchkey", "signs in with"),
            ("vpn", "given to others"),
            ("unclear", "clearly"),
        ] {
            let fault = system.read(&who("3", name)).await.unwrap_err();
            assert!(matches!(fault, Fault::Conflict { .. }), "{name}: {fault:?}");
            assert!(fault.to_string().contains(told), "{name}: {fault}");
        }
        let fault = system.read(&who("2", "other")).await.unwrap_err();
        assert!(fault.to_string().contains("clearly"), "{fault}");
        // A name is what it is, in capitals and in small letters.
        assert_eq!(system.read(&who("3", "NOBODYS")).await.unwrap(), None);
        assert!(system.read(&who("3", "nobodys")).await.unwrap().is_some());
        let page = system.list(None).await.unwrap();
        let names: Vec<&str> = page
            .accounts
            .iter()
            .map(|f| f.account.name.as_str())
            .collect();
        assert_eq!(
            names,
            ["unclear"],
            "who signs in, groups and services left out"
        );
        database
            .run("COMMENT ON ROLE nobodys IS 'latchkey employee 5'")
            .await;
        database
            .run("COMMENT ON ROLE shop_app IS 'latchkey employee 6'")
            .await;
        let page = system.list(None).await.unwrap();
        assert_eq!(page.accounts.len(), 3, "and everybody who is an employee");
        let found = system.read(&who("6", "somebody")).await.unwrap().unwrap();
        assert_eq!(found.account.name, "shop_app");
    }
}

#[tokio::test]
async fn a_role_that_is_not_there_is_named() {
    for database in both().await {
        let system = database.latchkey(&[]);
        let zoe = account("1", "zoe", &["nobodys"]);
        let fault = bring(&*system, &who("1", "zoe"), &have(&zoe))
            .await
            .unwrap_err();
        assert!(matches!(fault, Fault::Rejected { .. }), "{fault:?}");
        assert!(fault.to_string().contains("`nobodys`"), "{fault}");
        let found = system.read(&who("1", "zoe")).await.unwrap().unwrap();
        for (entitlement, attribute) in [("licence:x", false), ("", true)] {
            let change = match attribute {
                true => Change::SetAttribute {
                    name: "title".into(),
                    value: None,
                },
                false => Change::Grant {
                    entitlement: entitlement.into(),
                },
            };
            let fault = system.apply(Some(&found), &change).await.unwrap_err();
            assert!(matches!(fault, Fault::Rejected { .. }), "{fault:?}");
        }
        // What is not there cannot be taken, and that is as good.
        let change = Change::Revoke {
            entitlement: "role:nobodys".into(),
        };
        system.apply(Some(&found), &change).await.unwrap();
        // Renamed by somebody else meanwhile: looked at again, and nobody else is touched.
        database.run("ALTER ROLE zoe RENAME TO zoe2").await;
        let fault = system
            .apply(Some(&found), &Change::Suspend)
            .await
            .unwrap_err();
        assert!(matches!(fault, Fault::Busy { .. }), "{fault:?}");
        database.run("DROP ROLE zoe2").await;
        for change in [Change::Suspend, Change::Delete] {
            system.apply(Some(&found), &change).await.unwrap();
        }
    }
}

/// What others gave is taken up to PostgreSQL 15. From 16 on their name is told, and sign-in is cut all the same.
#[tokio::test]
async fn what_others_gave() {
    for database in both().await {
        let system = database.latchkey(&[]);
        let sought = who("1", "zoe");
        bring(&*system, &sought, &have(&account("1", "zoe", &["vpn"])))
            .await
            .unwrap();
        for role in ROLES {
            database
                .run(&format!("GRANT {} TO zoe", quoted(role)))
                .await;
        }
        let left = bring(&*system, &sought, &Goal::NoAccess).await;
        let seen = system.read(&sought).await.unwrap().unwrap();
        assert!(!seen.account.active);
        if database.since_16 {
            let fault = left.unwrap_err();
            assert!(matches!(fault, Fault::Rejected { .. }), "{fault:?}");
            assert!(fault.to_string().contains("GRANTED BY postgres"), "{fault}");
        } else {
            left.unwrap();
            assert_eq!(seen.account.entitlements, BTreeSet::new());
        }
    }
}

#[tokio::test]
async fn a_catalog_that_may_not_be_read_is_no_empty_one() {
    let database = Database::newest().await.unwrap();
    let system = database.latchkey(&[]);
    let needs = EntitlementNeeds::default();
    let goal = Goal::Have {
        account: account("1", "zoe", &["vpn"]),
        managed: Managed::All,
        renames: false,
    };
    carry_out(&*system, &who("1", "zoe"), &goal, &needs)
        .await
        .unwrap();
    for catalog in [
        "pg_roles",
        "pg_auth_members",
        "pg_shdescription",
        "pg_stat_activity",
    ] {
        database
            .run(&format!("REVOKE SELECT ON {catalog} FROM PUBLIC"))
            .await;
        let sought = who("1", "zoe");
        for seen in [
            system.read(&sought).await.map(|_| ()),
            system.list(None).await.map(|_| ()),
            compare(&*system, &sought, &Goal::NoAccess, &needs)
                .await
                .map(|_| ()),
        ] {
            assert!(
                matches!(seen, Err(Fault::Unauthorized { .. })),
                "{catalog}: {seen:?}"
            );
        }
        database
            .run(&format!("GRANT SELECT ON {catalog} TO PUBLIC"))
            .await;
    }
    assert!(system.read(&who("1", "zoe")).await.unwrap().is_some());
}
