//! What every kind has to pass, against Mailman.

use std::sync::Arc;

use async_trait::async_trait;
use latchkey_conformance::{self as suite, Company, JsonPages, Next, Offers, Total};
use latchkey_lifecycle::{Account, Entitlement};
use latchkey_peers::{Lender, Lent, Mailman, PeerError};
use latchkey_systems::{Fault, Secret, System, client};
use reqwest::Method;
use serde_json::Value;

use crate::samples;

const LISTS: [&str; 3] = ["everyone", "vertrieb-sued", "vpn"];
const PAGE: usize = 5;

static SERVERS: Lender<Mailman> = Lender::new();

struct Lists {
    server: Lent<Mailman>,
    http: reqwest::Client,
}

impl Lists {
    /// Lists without members, which nobody else has.
    async fn start() -> Result<Lists, PeerError> {
        let lists = Lists {
            server: SERVERS.lend(with_lists()).await?,
            http: client().unwrap(),
        };
        lists.empty().await;
        Ok(lists)
    }

    /// Takes away whom an earlier test has made, with their subscriptions.
    async fn empty(&self) {
        for what in ["users", "addresses"] {
            let all = self.call(Method::GET, what, &[]).await;
            for one in all["entries"].as_array().into_iter().flatten() {
                let (_, path) = one["self_link"]
                    .as_str()
                    .unwrap()
                    .split_once("/3.1/")
                    .unwrap();
                self.call(Method::DELETE, path, &[]).await;
            }
            let left = self.call(Method::GET, what, &[]).await;
            assert_eq!(left["total_size"], 0, "{left}");
        }
    }

    async fn call(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Value {
        call(&self.server, &self.http, method, path, form).await
    }

    fn open_with(&self, password: &str, port: u16) -> Result<Arc<dyn System>, Fault> {
        let secret = Secret::Basic {
            username: self.server.credentials().0.to_owned(),
            password: password.to_owned(),
        };
        let address = format!("http://127.0.0.1:{port}/3.1");
        samples::open("lists", address, secret, PAGE)
    }
}

/// Mailman with its lists.
async fn with_lists() -> Result<Mailman, PeerError> {
    let (server, http) = (Mailman::start().await?, client().unwrap());
    let domain = [("mail_host", "lists.example")];
    call(&server, &http, Method::POST, "domains", &domain).await;
    for name in LISTS {
        let list = format!("{name}@lists.example");
        let form = [("fqdn_listname", list.as_str())];
        call(&server, &http, Method::POST, "lists", &form).await;
    }
    Ok(server)
}

async fn call(
    server: &Mailman,
    http: &reqwest::Client,
    method: Method,
    path: &str,
    form: &[(&str, &str)],
) -> Value {
    let (user, password) = server.credentials();
    let address = format!("http://127.0.0.1:{}/3.1/{path}", server.port());
    let call = http.request(method, address);
    let call = call.basic_auth(user, Some(password)).form(form);
    let answer = call.send().await.unwrap();
    let status = answer.status();
    assert!(status.is_success(), "{path}: {status}");
    answer.json().await.unwrap_or_default()
}

#[async_trait]
impl Company for Lists {
    fn port(&self) -> u16 {
        self.server.port()
    }

    fn offers(&self) -> Offers {
        Offers {
            entitlements: LISTS.map(|name| format!("list:{name}.lists.example").into()),
            attributes: ["displayName"].into(),
            employee_id: false,
            renames: false,
            suspends: false,
            http: true,
            // The address, and its subscriptions.
            calls_to_read: 2,
            // The address; removed as a user, and as an address that may be left; subscriptions go with it.
            calls_to_cut: 3,
            calls_to_exit: 3,
            page: PAGE,
        }
    }

    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        self.open_with(self.server.credentials().1, port)
    }

    fn lists(&self) -> suite::Lists {
        suite::Lists::Json(JsonPages {
            lines: &["/entries"],
            next: Next::Number {
                parameter: "page",
                first: 1,
            },
            total: Total::At("/total_size"),
        })
    }

    fn name(&self, plain: &str) -> String {
        format!("{plain}@lists.example")
    }

    async fn make(&self, account: &Account) {
        let form = [("email", account.name.as_str())];
        self.call(Method::POST, "users", &form).await;
        for entitlement in &account.entitlements {
            self.entitle(&account.name, entitlement, true).await;
        }
    }

    async fn set_active(&self, _: &str, _: bool) {}

    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool) {
        let list = entitlement.name();
        if !has {
            let path = format!("lists/{list}/member/{name}");
            self.call(Method::DELETE, &path, &[]).await;
            return;
        }
        let form = [
            ("list_id", list),
            ("subscriber", name),
            ("pre_verified", "true"),
            ("pre_confirmed", "true"),
            ("pre_approved", "true"),
        ];
        self.call(Method::POST, "members", &form).await;
    }
}

latchkey_conformance::suite!(Lists::start());

#[tokio::test]
async fn what_mailman_says_is_understood() {
    let lists = Lists::start().await.unwrap();
    let system = lists.open(lists.port()).unwrap();
    let account = Account {
        employee_id: None,
        name: "zoe@lists.example".to_owned(),
        active: true,
        attributes: [].into(),
        entitlements: [].into(),
    };
    let create = latchkey_lifecycle::Change::Create { account };
    let made = system.apply(None, &create).await.unwrap();
    let fault = system.apply(None, &create).await.unwrap_err();
    assert!(matches!(&fault, Fault::Conflict { .. }), "{fault:?}");
    let grant = |list: &str| latchkey_lifecycle::Change::Grant {
        entitlement: format!("list:{list}.lists.example").into(),
    };
    for _ in 0..2 {
        system.apply(made.as_ref(), &grant("vpn")).await.unwrap();
    }
    let fault = system.apply(made.as_ref(), &grant("no")).await.unwrap_err();
    assert!(matches!(&fault, Fault::Rejected { .. }), "{fault:?}");
    assert!(fault.to_string().contains("No such list"), "{fault}");
    let probes = system.probe().await;
    assert!(probes.iter().all(|probe| probe.came.is_ok()), "{probes:?}");
    let wrong = lists.open_with("wrong", lists.port()).unwrap();
    let fault = wrong.list(None).await.unwrap_err();
    assert!(matches!(&fault, Fault::Unauthorized { .. }), "{fault:?}");
}
