//! A server that says what directories in the field say, and what they should not.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use latchkey_lifecycle::{Account, Change, EmployeeId, EntitlementNeeds, Goal, Managed};
use latchkey_systems::{Fault, Secret, Settings, Sought, System, carry_out, carry_out_into};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Protocol operations (RFC 4511 section 4.2 to 4.8).
pub(crate) const BIND: u8 = 0x60;
const SEARCH: u8 = 0x63;
const MODIFY: u8 = 0x66;
const ADD: u8 = 0x68;
const DELETE: u8 = 0x4a;

/// What the server says to a request.
#[derive(Clone)]
pub(crate) enum Says {
    /// A result code and a text.
    Code(u8, &'static str),
    /// Entries: the name, and attributes of one value; then success.
    Entries(Vec<(String, Vec<(&'static str, String)>)>),
    /// One entry of an account, or none, and that a list goes on (RFC 2696): always at the same cookie.
    Page(Option<&'static str>),
    /// Success, and that the rest is at this address (RFC 4511 section 4.5.3).
    Reference(&'static str),
    /// These bytes, whatever they are.
    Bytes(Vec<u8>),
    /// Nothing: it hangs up.
    HangsUp,
    /// Nothing, and it stays.
    Silent,
}

/// Tag, length, content (X.690 section 8.1).
pub(crate) fn part(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, length[0], length[1]], content].concat()
}

pub(crate) fn message(id: &[u8], operation: Vec<u8>) -> Vec<u8> {
    part(0x30, &[part(0x02, id), operation].concat())
}

/// Where the content of a part begins.
fn content(bytes: &[u8]) -> &[u8] {
    match bytes[1] {
        length if length < 0x80 => &bytes[2..],
        long => &bytes[2 + usize::from(long & 0x7f)..],
    }
}

fn answer(id: &[u8], asked: u8, says: Says) -> Option<Vec<u8>> {
    let done = match asked {
        SEARCH => 0x65,
        DELETE => 0x6b,
        other => other + 1,
    };
    let result_with = |code: u8, text: &str, controls: &[u8]| {
        let all = [
            part(0x0a, &[code]),
            part(0x04, b""),
            part(0x04, text.as_bytes()),
        ];
        message(id, [&part(done, &all.concat()), controls].concat())
    };
    let result = |code: u8, text: &str| result_with(code, text, b"");
    let entry = |dn: &str, attributes: &[(&str, String)]| {
        let attributes: Vec<u8> = attributes
            .iter()
            .flat_map(|(name, value)| {
                let values = part(0x31, &part(0x04, value.as_bytes()));
                part(0x30, &[part(0x04, name.as_bytes()), values].concat())
            })
            .collect();
        let entry = [part(0x04, dn.as_bytes()), part(0x30, &attributes)].concat();
        message(id, part(0x64, &entry))
    };
    Some(match says {
        Says::Code(code, text) => result(code, text),
        Says::Bytes(bytes) => bytes,
        Says::HangsUp => return None,
        Says::Silent => Vec::new(),
        Says::Entries(entries) => {
            let mut all = Vec::new();
            for (dn, attributes) in entries {
                all.extend(entry(&dn, &attributes));
            }
            all.extend(result(0, ""));
            all
        }
        Says::Page(name) => {
            let size_and_cookie = part(0x30, &[part(0x02, &[0]), part(0x04, b"on")].concat());
            let control = [
                part(0x04, b"1.2.840.113556.1.4.319"),
                part(0x04, &size_and_cookie),
            ];
            let controls = part(0xa0, &part(0x30, &control.concat()));
            let account = name.map(|name| {
                let attributes = [
                    ("uid", name.to_owned()),
                    ("sAMAccountName", name.to_owned()),
                ];
                entry(&format!("uid={name},ou=people,dc=acme"), &attributes)
            });
            [account.unwrap_or_default(), result_with(0, "", &controls)].concat()
        }
        Says::Reference(address) => {
            let reference = message(id, part(0x73, &part(0x04, address.as_bytes())));
            [reference, result(0, "")].concat()
        }
    })
}

type Script = Arc<dyn Fn(u8, usize) -> Says + Send + Sync>;

async fn speak(mut client: TcpStream, script: Script, asked: Arc<AtomicUsize>) {
    let mut heard = vec![0; 64 * 1024];
    while let Ok(read) = client.read(&mut heard).await {
        if read == 0 {
            return;
        }
        // One request at a time: none here is long.
        let inside = content(&heard[..read]);
        let id = content(inside)[..usize::from(inside[1])].to_vec();
        let operation = content(inside)[id.len()];
        let nth = asked.fetch_add(1, Ordering::Relaxed);
        match answer(&id, operation, script(operation, nth)) {
            Some(bytes) if client.write_all(&bytes).await.is_ok() => {}
            _ => return,
        }
    }
}

/// A directory that answers by a script: the operation, and how many came before it.
pub(crate) async fn serve(
    dialect: &str,
    script: impl Fn(u8, usize) -> Says + Send + Sync + 'static,
) -> (Arc<dyn System>, Arc<AtomicUsize>) {
    serve_within(dialect, script, system_ldap::ANSWER).await
}

/// The same, of which an answer is awaited for so long.
async fn serve_within(
    dialect: &str,
    script: impl Fn(u8, usize) -> Says + Send + Sync + 'static,
    limit: Duration,
) -> (Arc<dyn System>, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let (script, count): (Script, _) = (Arc::new(script), Arc::clone(&asked));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(speak(client, Arc::clone(&script), Arc::clone(&count)));
        }
    });
    let settings = Settings {
        name: "Odd".into(),
        address: format!("ldap://127.0.0.1:{port}"),
        dialect: Some(dialect.into()),
        settings: [("people".to_owned(), json!("ou=people,dc=acme"))].into(),
        ..Settings::default()
    };
    let secret = Secret::Basic {
        username: "cn=latchkey".into(),
        password: "s3cret".into(),
    };
    let system = system_ldap::open_within(&settings, Some(secret), limit).unwrap();
    (system, asked)
}

pub(crate) fn who() -> Sought {
    Sought {
        employee_id: EmployeeId::new("1").unwrap(),
        name: Some("ann".into()),
        email: None,
        previous_id: None,
        known: None,
    }
}

pub(crate) const OK: Says = Says::Code(0, "");
/// For answers that never come.
const SHORT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn what_it_says_is_a_fault_by_its_meaning() {
    for (code, text, name, words) in [
        (51, "", "Busy", "later"),
        (52, "shutting down", "Unreachable", "shutting down"),
        (50, "no read access", "Unauthorized", "no read access"),
        (
            53,
            "paged results are off",
            "Rejected",
            "paged results are off",
        ),
        (4, "", "Incomplete", "lift the limit"),
        (11, "", "Incomplete", "lift the limit"),
        (10, "", "Incomplete", "give the address of the server"),
    ] {
        let says = move |operation, _| match operation {
            BIND => OK,
            _ => Says::Code(code, text),
        };
        let (system, _) = serve("openldap", says).await;
        let fault = system.read(&who()).await.unwrap_err();
        assert_eq!(fault.name(), name, "{fault}");
        assert!(fault.to_string().contains(words), "{fault}");
    }
}

#[tokio::test]
async fn active_directory_says_in_numbers_why_nobody_signs_in() {
    let text =
        "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 533, v4563\0";
    let (system, _) = serve("active-directory", move |_, _| Says::Code(49, text)).await;
    let fault = system.read(&who()).await.unwrap_err();
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault}");
    assert!(
        fault.to_string().contains("its account is disabled"),
        "{fault}"
    );
}

#[tokio::test]
async fn a_connection_that_died_is_made_anew_and_a_new_one_that_dies_is_told() {
    // Sign in, read twice; the third request finds the line dead, and a fourth signs in again.
    let says = |operation, nth| match (operation, nth) {
        (_, 3) => Says::HangsUp,
        (BIND, _) => OK,
        _ => Says::Entries(Vec::new()),
    };
    let (system, asked) = serve("active-directory", says).await;
    for _ in 0..3 {
        assert_eq!(system.read(&who()).await.unwrap(), None);
    }
    assert_eq!(asked.load(Ordering::Relaxed), 6);
    let says = |operation, _| match operation {
        BIND => OK,
        _ => Says::HangsUp,
    };
    let (system, asked) = serve("active-directory", says).await;
    let fault = system.read(&who()).await.unwrap_err();
    assert!(matches!(fault, Fault::Unreachable { .. }), "{fault}");
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn what_is_no_ldap_is_told_and_nothing_more() {
    let http = b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec();
    let odd = [0x30, 0x05, 0x02, 0x01, 0x02, 0x65, 0x00].to_vec();
    let list = [0x30, 0x03, 0x02, 0x01, 0x02].to_vec();
    for bytes in [http, odd, list, vec![0; 64], vec![0xff; 64]] {
        for from in [BIND, SEARCH] {
            let bytes = bytes.clone();
            let says = move |operation, nth| match (operation, nth) {
                (BIND, _) if from == SEARCH => OK,
                (_, nth) if nth > 2 => Says::HangsUp,
                _ => Says::Bytes([bytes.clone(), vec![0xff; 16]].concat()),
            };
            // What is begun and not ended is awaited: every limit comes to the same.
            let (system, _) = serve_within("active-directory", says, SHORT).await;
            let fault = system.read(&who()).await.unwrap_err();
            assert!(matches!(fault, Fault::Unreachable { .. }), "{fault}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_awaited_for_ever() {
    for from in [BIND, SEARCH] {
        let says = move |operation, _| match operation {
            BIND if from == SEARCH => OK,
            _ => Says::Silent,
        };
        let (system, _) = serve_within("openldap", says, SHORT).await;
        let fault = system.read(&who()).await.unwrap_err();
        assert!(matches!(fault, Fault::Unreachable { .. }), "{fault}");
        assert!(fault.to_string().contains("in time"), "{fault}");
    }
}

#[tokio::test]
async fn a_filter_that_is_ignored_makes_nobody_another() {
    let everybody = || {
        let entry = |n: usize| {
            let attributes = vec![
                ("sAMAccountName", format!("p{n}")),
                ("EmployeeID", n.to_string()),
                ("userAccountControl", "512".to_owned()),
                ("memberOf", "CN=vpn,DC=acme".to_owned()),
            ];
            (format!("CN=p{n},OU=People,DC=acme"), attributes)
        };
        let mut all: Vec<_> = (0..50).map(entry).collect();
        // The same, but not where accounts are.
        all.push((
            "CN=x,OU=Else,DC=acme".to_owned(),
            vec![("sAMAccountName", "ann".to_owned())],
        ));
        all
    };
    let says = move |operation, _| match operation {
        BIND => OK,
        SEARCH => Says::Entries(everybody()),
        _ => Says::Code(
            32,
            "0000208D: NameErr: DSID-0310028D, problem 2001 (NO_OBJECT)",
        ),
    };
    let (system, _) = serve("active-directory", says).await;
    let found = system.read(&who()).await.unwrap().unwrap();
    assert_eq!(found.account.name, "p1");
    assert_eq!(found.account.entitlements, ["vpn".into()].into());
    let mut nobody = who();
    nobody.employee_id = EmployeeId::new("77").unwrap();
    assert_eq!(system.read(&nobody).await.unwrap(), None);
    nobody.name = Some("P2".into());
    let taken = system.read(&nobody).await.unwrap_err();
    assert!(matches!(taken, Fault::Taken { .. }), "{taken}");
    // What is gone is gone; what is to be changed and is not there is read again.
    assert_eq!(
        system.apply(Some(&found), &Change::Delete).await.unwrap(),
        None
    );
    let fault = system
        .apply(Some(&found), &Change::Suspend)
        .await
        .unwrap_err();
    assert!(matches!(fault, Fault::NotYet { .. }), "{fault}");
}

fn ann(place: &str, id: Option<&str>) -> Says {
    let mut attributes = vec![
        ("sAMAccountName", "ann".to_owned()),
        ("userAccountControl", "512".to_owned()),
        ("memberOf", "CN=Domain Admins,DC=acme".to_owned()),
    ];
    attributes.extend(id.map(|id| ("employeeID", id.to_owned())));
    Says::Entries(vec![(format!("CN=ann,{place}"), attributes)])
}

#[tokio::test]
async fn an_administrator_who_is_protected_loses_the_groups_all_the_same() {
    const NO: &str = "00002098: SecErr: DSID-031514A0, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0";
    // Sign in, look; the account may not be disabled: look again, take the group.
    let says = |operation, nth| match (operation, nth) {
        (BIND, _) => OK,
        (SEARCH, _) => ann("OU=people,DC=acme", Some("1")),
        (MODIFY, 2) => Says::Code(50, NO),
        _ => OK,
    };
    let (system, asked) = serve("active-directory", says).await;
    let (needs, mut done) = (EntitlementNeeds::default(), Vec::new());
    let goal = Goal::NoAccess;
    let came = carry_out_into(system.as_ref(), &who(), &goal, &needs, &mut done).await;
    let fault = came.unwrap_err();
    assert!(matches!(fault, Fault::Forbidden { .. }), "{fault}");
    assert!(fault.to_string().contains("protected"), "{fault}");
    let revoke = Change::Revoke {
        entitlement: "Domain Admins".into(),
    };
    assert_eq!(done, [revoke]);
    assert_eq!(asked.load(Ordering::Relaxed), 5);
}

#[tokio::test]
async fn a_name_that_something_beside_people_has_is_taken_and_the_persons_own_account_there_is_for_a_person_to_see()
 {
    const TAKEN: &str = "00000524: UpdErr: DSID-031A11E2, problem 6005 (ENTRY_EXISTS), data 0";
    let goal = Goal::Have {
        account: Account {
            employee_id: EmployeeId::new("1").ok(),
            name: "ann".into(),
            active: true,
            attributes: [].into(),
            entitlements: [].into(),
        },
        managed: Managed::All,
        renames: false,
    };
    let needs = EntitlementNeeds::default();
    for (id, held_by) in [
        (None, None),
        (Some("77"), Some("77")),
        (Some("1"), Some("1")),
    ] {
        let says = move |operation, nth| match (operation, nth) {
            (BIND, _) => OK,
            (ADD, _) => Says::Code(68, TAKEN),
            // Whoever has the name is asked for after that; among people there is nobody.
            (SEARCH, 3) => ann("OU=services,DC=acme", id),
            _ => Says::Entries(Vec::new()),
        };
        let (system, _) = serve("active-directory", says).await;
        let fault = carry_out(system.as_ref(), &who(), &goal, &needs).await;
        match (held_by, fault.unwrap_err()) {
            (Some("1"), Fault::Conflict { problem, .. }) => {
                assert!(problem.contains("not below `people`"), "{problem}");
            }
            (id, Fault::Taken { name, holder, .. }) => {
                assert_eq!(name, "ann");
                assert_eq!(holder, id.and_then(|id| EmployeeId::new(id).ok()));
            }
            other => panic!("{other:?}"),
        }
    }
}
