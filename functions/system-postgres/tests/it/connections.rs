//! Signing in, rights, connections that end, and TLS.

use latchkey_conformance::Company as _;
use latchkey_lifecycle::{EntitlementNeeds, Goal, Managed};
use latchkey_systems::{Fault, Probe, Secret, Settings, carry_out, client};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::company::{Database, PASSWORD, account, who};

fn faults(probes: &[Probe]) -> Vec<String> {
    let faults = probes.iter().filter_map(|probe| probe.came.as_ref().err());
    faults.map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_wrong_password_is_the_owners_to_mend() {
    let database = Database::newest().await.unwrap();
    let wrong = database
        .open_with(database.port(), "latchkey", "wrong-secret", &[])
        .unwrap();
    let fault = wrong.read(&who("1", "zoe")).await.unwrap_err();
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault:?}");
    assert!(
        !format!("{fault:?} {fault}").contains("wrong-secret"),
        "{fault:?}"
    );
    let probes = wrong.probe().await;
    assert_eq!((probes.len(), faults(&probes).len()), (1, 1), "{probes:?}");
    let (superuser, password) = database.server.superuser();
    for (name, password) in [("latchkey", PASSWORD), (superuser, password)] {
        let system = database
            .open_with(database.port(), name, password, &[])
            .unwrap();
        assert_eq!(faults(&system.probe().await), [""; 0], "{name}");
    }
}

#[tokio::test]
async fn every_right_that_is_missing_is_told() {
    for database in [
        Database::oldest().await.unwrap(),
        Database::newest().await.unwrap(),
    ] {
        for statement in [
            &format!("CREATE ROLE bare LOGIN PASSWORD '{PASSWORD}'"),
            "CREATE ROLE heir; CREATE ROLE zoe LOGIN; GRANT vpn TO zoe",
        ] {
            database.run(statement).await;
        }
        let heir = [("objects_to", json!("heir"))];
        let bare = database
            .open_with(database.port(), "bare", PASSWORD, &heir)
            .unwrap();
        let told = faults(&bare.probe().await).join("\n");
        for right in ["CREATEROLE", "pg_signal_backend", "`heir`"] {
            assert!(told.contains(right), "{told}");
        }
        let goal = Goal::Have {
            account: account("1", "ann", &[]),
            managed: Managed::All,
            renames: false,
        };
        let made = carry_out(
            &*bare,
            &who("1", "ann"),
            &goal,
            &EntitlementNeeds::default(),
        )
        .await;
        assert!(matches!(made, Err(Fault::Forbidden { .. })), "{made:?}");
        let told = faults(&database.latchkey(&[]).probe().await);
        if database.since_16 {
            // zoe was made and given something by somebody else.
            let told = told.join("\n");
            assert!(
                told.contains("ADMIN OPTION") && told.contains("GRANTED BY"),
                "{told}"
            );
        } else {
            assert_eq!(told, [""; 0]);
        }
        let nobodys = database.latchkey(&[("objects_to", json!("nobodys"))]);
        let told = faults(&nobodys.probe().await).join("\n");
        assert!(told.contains("`nobodys`"), "{told}");
    }
}

#[tokio::test]
async fn sessions_that_may_not_be_ended_are_told_after_sign_in_was_cut() {
    let database = Database::newest().await.unwrap();
    let system = database.latchkey(&[]);
    let goal = Goal::Have {
        account: account("1", "zoe", &[]),
        managed: Managed::All,
        renames: false,
    };
    let needs = EntitlementNeeds::default();
    carry_out(&*system, &who("1", "zoe"), &goal, &needs)
        .await
        .unwrap();
    assert_eq!(database.can_use("zoe").await, Some(true));
    database.run("REVOKE pg_signal_backend FROM latchkey").await;
    let cut = carry_out(&*system, &who("1", "zoe"), &Goal::NoAccess, &needs).await;
    assert!(matches!(cut, Err(Fault::Forbidden { .. })), "{cut:?}");
    let login = "SELECT rolcanlogin::text FROM pg_roles WHERE rolname = 'zoe'";
    assert_eq!(database.ask(login).await.as_deref(), Some("false"));
    // And it is not taken for done.
    assert!(
        system
            .read(&who("1", "zoe"))
            .await
            .unwrap()
            .unwrap()
            .account
            .active
    );
}

#[tokio::test]
async fn a_connection_that_has_ended_is_made_again() {
    let database = Database::newest().await.unwrap();
    let system = database.latchkey(&[]);
    for _ in 0..3 {
        assert_eq!(system.read(&who("1", "zoe")).await.unwrap(), None);
        let end = "SELECT pg_terminate_backend(pid, 5000)::text FROM pg_stat_activity WHERE usename = 'latchkey'";
        assert_eq!(database.ask(end).await.as_deref(), Some("true"));
    }
    // Asked at once by many, it is one connection.
    let sought = who("1", "zoe");
    let (one, two) = tokio::join!(system.read(&sought), system.list(None));
    assert!(one.is_ok() && two.is_ok());
    let many = "SELECT count(*)::text FROM pg_stat_activity WHERE usename = 'latchkey'";
    assert_eq!(database.ask(many).await.as_deref(), Some("1"));
}

#[tokio::test]
async fn what_the_server_says_has_its_name() {
    let database = Database::newest().await.unwrap();
    let read = async |port| {
        let system = database.open_with(port, "latchkey", PASSWORD, &[]).unwrap();
        system.read(&who("1", "zoe")).await
    };
    database.run("ALTER ROLE latchkey CONNECTION LIMIT 0").await;
    let busy = read(database.port()).await;
    assert!(matches!(busy, Err(Fault::Busy { .. })), "{busy:?}");
    database
        .run("ALTER ROLE latchkey CONNECTION LIMIT -1; ALTER ROLE latchkey NOLOGIN")
        .await;
    let unauthorized = read(database.port()).await;
    assert!(
        matches!(unauthorized, Err(Fault::Unauthorized { .. })),
        "{unauthorized:?}"
    );
    let free = latchkey_peers::free_port().unwrap();
    let unreachable = read(free).await;
    assert!(
        matches!(unreachable, Err(Fault::Unreachable { .. })),
        "{unreachable:?}"
    );
    let open = |address: String, secret| {
        let settings = Settings {
            name: "Shop database".into(),
            address,
            ..Settings::default()
        };
        system_postgres::open(&settings, secret, client().unwrap())
    };
    database.run("ALTER ROLE latchkey LOGIN").await;
    let basic = || Secret::Basic {
        username: "latchkey".into(),
        password: PASSWORD.into(),
    };
    let address = format!("postgres://127.0.0.1:{}/nowhere", database.port());
    let nowhere = open(address.clone(), Some(basic())).unwrap();
    let rejected = nowhere.list(None).await;
    assert!(
        matches!(rejected, Err(Fault::Rejected { .. })),
        "{rejected:?}"
    );
    let token = Secret::Bearer {
        token: "t0ken".into(),
    };
    for secret in [None, Some(token)] {
        let fault = open(address.clone(), secret).err().unwrap();
        assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault:?}");
    }
    let fault = open("https://db.acme.example".into(), Some(basic()))
        .err()
        .unwrap();
    assert!(matches!(fault, Fault::Rejected { .. }), "{fault:?}");
}

#[tokio::test]
async fn a_server_is_known_by_its_certificate() {
    let database = Database::newest().await.unwrap();
    let other = Database::oldest().await.unwrap();
    let ca = [("ca", json!(database.server.certificate()))];
    let system = database.latchkey(&ca);
    assert_eq!(system.read(&who("1", "zoe")).await.unwrap(), None);
    let encrypted = "SELECT s.ssl::text FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE usename = 'latchkey'";
    assert_eq!(database.ask(encrypted).await.as_deref(), Some("true"));
    let fault = other.latchkey(&ca).list(None).await.unwrap_err();
    assert!(matches!(fault, Fault::Unreachable { .. }), "{fault:?}");
    assert!(fault.to_string().contains("certificate"), "{fault}");
    let none = [("ca", json!("no certificate"))];
    let fault = database
        .open_with(database.port(), "latchkey", PASSWORD, &none)
        .err()
        .unwrap();
    assert!(fault.to_string().contains("`ca`"), "{fault}");

    // A server that does not speak TLS hears nothing but the question whether it does.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut asked = [0; 8];
        connection.read_exact(&mut asked).await.unwrap();
        connection.write_all(b"N").await.unwrap();
        let mut rest = Vec::new();
        connection.read_to_end(&mut rest).await.unwrap();
        rest
    });
    let plain = database.open_with(port, "latchkey", PASSWORD, &ca).unwrap();
    let fault = plain.list(None).await.unwrap_err();
    assert!(matches!(fault, Fault::Unreachable { .. }), "{fault:?}");
    assert!(fault.to_string().contains("TLS"), "{fault}");
    assert_eq!(heard.await.unwrap(), b"");
}
