//! What every kind has to pass, with the sample that companies copy.

use std::sync::Arc;

use async_trait::async_trait;
use latchkey_conformance::{Company, JsonPages, Lists, Next, Offers, Total};
use latchkey_lifecycle::{Account, Change, EmployeeId, Entitlement};
use latchkey_peers::PeerError;
use latchkey_systems::{Fault, Found, Sought, System};

use crate::company::{Aws, FUNCTION};

const SAMPLE: &str = include_str!("../../sample/handler.py");
const PAGE: usize = 3;

struct Stock(Aws);

impl Stock {
    async fn start() -> Result<Stock, PeerError> {
        Ok(Stock(Aws::with(SAMPLE, PAGE).await?))
    }

    /// As somebody else calls the function.
    fn by_hand(&self) -> Arc<dyn System> {
        self.open(self.port()).unwrap()
    }

    async fn found(&self, name: &str) -> Found {
        let mut next = None;
        loop {
            let page = self.by_hand().list(next.as_ref()).await.unwrap();
            let one = page
                .accounts
                .into_iter()
                .find(|found| found.account.name == name);
            if let Some(found) = one {
                return found;
            }
            next = Some(page.next.expect("there is such an account"));
        }
    }
}

#[async_trait]
impl Company for Stock {
    fn port(&self) -> u16 {
        self.0.port()
    }

    fn offers(&self) -> Offers {
        Offers {
            entitlements: ["group:Lager 王", "shelf:north", "role:counter"].map(Entitlement::from),
            attributes: [
                "givenName",
                "familyName",
                "displayName",
                "email",
                "title",
                "department",
            ]
            .into(),
            employee_id: true,
            renames: true,
            suspends: true,
            // AWS Lambda is not the system: it has none of the habits of servers in the field.
            http: false,
            calls_to_read: 1,
            calls_to_cut: 2,
            calls_to_exit: 3,
            page: PAGE,
        }
    }

    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        self.0.open(port, FUNCTION)
    }

    /// What AWS Lambda hands on as the function answered it.
    fn lists(&self) -> Lists {
        Lists::Json(JsonPages {
            lines: &["/accounts"],
            next: Next::At("/next"),
            total: Total::Untold("docs/SYSTEMS.md, lambda: `next` is all that a list has"),
        })
    }

    async fn make(&self, account: &Account) {
        let create = Change::Create {
            account: Account {
                entitlements: [].into(),
                ..account.clone()
            },
        };
        // Two accounts of one person are what somebody else makes, and the sample takes them by their names.
        let found = self.by_hand().apply(None, &create).await.unwrap();
        for entitlement in &account.entitlements {
            let grant = Change::Grant {
                entitlement: entitlement.clone(),
            };
            self.by_hand().apply(found.as_ref(), &grant).await.unwrap();
        }
    }

    async fn set_active(&self, name: &str, active: bool) {
        let found = self.found(name).await;
        let change = if active {
            Change::Restore
        } else {
            Change::Suspend
        };
        self.by_hand().apply(Some(&found), &change).await.unwrap();
    }

    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool) {
        let found = self.found(name).await;
        let entitlement = entitlement.clone();
        let change = match has {
            true => Change::Grant { entitlement },
            false => Change::Revoke { entitlement },
        };
        self.by_hand().apply(Some(&found), &change).await.unwrap();
    }
}

latchkey_conformance::suite!(Stock::start());

#[tokio::test]
async fn what_it_can_do_is_tried() {
    let stock = Stock::start().await.unwrap();
    let probes = stock.by_hand().probe().await;
    assert_eq!(probes.len(), 2, "{probes:?}");
    assert!(probes.iter().all(|probe| probe.came.is_ok()), "{probes:?}");
    let absent = stock.0.open(stock.port(), "latchkey-own-nothing").unwrap();
    let probes = absent.probe().await;
    let fault = probes[0].came.clone().unwrap_err();
    assert!(matches!(&fault, Fault::Rejected { .. }), "{fault:?}");
    assert!(
        fault.to_string().contains("latchkey-own-nothing"),
        "{fault}"
    );
    let who = Sought {
        employee_id: EmployeeId::new("1").unwrap(),
        name: None,
        email: None,
        previous_id: None,
        known: None,
    };
    assert_eq!(stock.by_hand().read(&who).await, Ok(None));
}
