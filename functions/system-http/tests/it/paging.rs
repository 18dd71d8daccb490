//! Ways that a description may say how a list goes on, beside those of the samples (by offset and by page, with a
//! total) and of the small server (by cursor and by link, without): against JupyterHub, which says where the next page
//! begins as a number and as an address, too.

use std::sync::Arc;

use async_trait::async_trait;
use latchkey_conformance::{Company, JsonPages, Lists, Next, Offers, Total};
use latchkey_lifecycle::{Account, Entitlement};
use latchkey_systems::{Fault, Secret, System};
use serde_json::{Value, json};

use crate::{conformance::Hub, samples};

/// A hub whose list is described in another way.
struct Paged<'h> {
    hub: &'h Hub,
    pages: Value,
    next: Next,
    total: Total,
}

#[async_trait]
impl Company for Paged<'_> {
    fn port(&self) -> u16 {
        self.hub.port()
    }

    fn offers(&self) -> Offers {
        self.hub.offers()
    }

    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        let token = self.hub.server.token().to_owned();
        let address = format!("http://127.0.0.1:{port}/hub/api");
        let (secret, page) = (Secret::Bearer { token }, self.offers().page);
        let otherwise = |api: &mut Value| api["list"]["pages"] = self.pages.clone();
        samples::open_with("notebooks", address, secret, page, otherwise)
    }

    fn lists(&self) -> Lists {
        Lists::Json(JsonPages {
            lines: &["/items"],
            next: self.next,
            total: self.total,
        })
    }

    async fn make(&self, account: &Account) {
        self.hub.make(account).await;
    }

    async fn set_active(&self, name: &str, active: bool) {
        self.hub.set_active(name, active).await;
    }

    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool) {
        self.hub.entitle(name, entitlement, has).await;
    }
}

#[tokio::test]
async fn a_part_is_never_taken_for_all_however_its_pages_are_described() {
    let hub = Hub::start().await.unwrap();
    let offset = Next::Number {
        parameter: "offset",
        first: 0,
    };
    let untold = Total::Untold("the description does not say where it stands");
    let total = Total::At("/_pagination/total");
    for (pages, next, total) in [
        (
            json!({"by": "offset", "parameter": "offset", "size": "limit"}),
            offset,
            untold,
        ),
        (
            json!({
                "by": "cursor", "parameter": "offset", "size": "limit", "next": "_pagination.next.offset",
                "total": "_pagination.total",
            }),
            Next::At("/_pagination/next/offset"),
            total,
        ),
        (
            json!({"by": "address", "size": "limit", "next": "_pagination.next.url", "total": "_pagination.total"}),
            Next::At("/_pagination/next/url"),
            total,
        ),
    ] {
        let company = Paged {
            hub: &hub,
            pages,
            next,
            total,
        };
        latchkey_conformance::a_part_is_never_taken_for_all(&company).await;
    }
}
