//! Ways that a description may say how a list goes on, beside those of the samples (by offset and by page, with a total) and of the
//! small server (by cursor and by link, without): against JupyterHub, which says where the next page begins as a number and as an
//! address, too.

use std::sync::Arc;

use async_trait::async_trait;
use latchkey_conformance::{Company, JsonPages, Lists, Next, Offers, Total};
use latchkey_lifecycle::{Account, Entitlement};
use latchkey_peers::PeerError;
use latchkey_systems::{Fault, Secret, System};
use serde_json::{Value, json};

use crate::{conformance::Hub, samples};

const UNTOLD: Total = Total::Untold("the description does not say where it stands");

/// Opens a company's system at a port, with something described otherwise.
type Open<Of> = fn(&Of, u16, &dyn Fn(&mut Value)) -> Result<Arc<dyn System>, Fault>;

/// A company whose list is described in another way.
struct Paged<Of> {
    of: Of,
    open: Open<Of>,
    pages: Value,
    next: Next,
    total: Total,
}

async fn hub(pages: Value, next: Next, total: Total) -> Result<Paged<Hub>, PeerError> {
    Ok(Paged {
        of: Hub::start().await?,
        open: |hub, port, otherwise| {
            let token = hub.server.token().to_owned();
            let address = format!("http://127.0.0.1:{port}/hub/api");
            let page = hub.offers().page;
            let secret = Secret::Bearer { token };
            samples::open_with("notebooks", address, secret, page, otherwise)
        },
        pages,
        next,
        total,
    })
}

#[async_trait]
impl<Of: Company> Company for Paged<Of> {
    fn port(&self) -> u16 {
        self.of.port()
    }

    fn offers(&self) -> Offers {
        self.of.offers()
    }

    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        let otherwise = |api: &mut Value| api["list"]["pages"] = self.pages.clone();
        (self.open)(&self.of, port, &otherwise)
    }

    fn name(&self, plain: &str) -> String {
        self.of.name(plain)
    }

    fn lists(&self) -> Lists {
        match self.of.lists() {
            Lists::Json(json) => Lists::Json(JsonPages {
                next: self.next,
                total: self.total,
                ..json
            }),
            other => other,
        }
    }

    async fn make(&self, account: &Account) {
        self.of.make(account).await;
    }

    async fn set_active(&self, name: &str, active: bool) {
        self.of.set_active(name, active).await;
    }

    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool) {
        self.of.entitle(name, entitlement, has).await;
    }
}

macro_rules! paged {
    ($($name:ident: $company:ident($pages:tt, $next:expr, $total:expr);)*) => {
        $(mod $name {
            use super::*;

            latchkey_conformance::suite!(
                $company(json!($pages), $next, $total);
                a_part_is_never_taken_for_all,
            );
        })*
    };
}

const OFFSET: Next = Next::Number {
    parameter: "offset",
    first: 0,
};
const CURSOR: Next = Next::At("/_pagination/next/offset");
const ADDRESS: Next = Next::At("/_pagination/next/url");
const TOTAL: Total = Total::At("/_pagination/total");

paged! {
    by_offset_without_a_total: hub({"by": "offset", "parameter": "offset", "size": "limit"}, OFFSET, UNTOLD);
    by_cursor: hub(
        {"by": "cursor", "parameter": "offset", "size": "limit", "next": "_pagination.next.offset", "total": "_pagination.total"},
        CURSOR, TOTAL
    );
    by_address: hub(
        {"by": "address", "size": "limit", "next": "_pagination.next.url", "total": "_pagination.total"}, ADDRESS, TOTAL
    );
}
