//! Lists, page by page (RFC 7644 section 3.4.2.4, RFC 9865); survives servers that ignore paging or filters.

use std::collections::BTreeSet;

use latchkey_systems::Fault;
use reqwest::Method;
use serde_json::Value;

use crate::{dialect::Paging, scim::Scim};

/// More resources than this are not read to find one: the server ignores filters and is large.
const MOST: usize = 50_000;

/// One page as a server answered it.
pub(crate) struct Page {
    pub(crate) resources: Vec<Value>,
    /// Where the next page begins: an index or a cursor. `None` on the last.
    pub(crate) next: Option<String>,
}

impl Scim {
    /// Reads one page, the first where `at` is `None`. `None` when the server refuses the filter.
    pub(crate) async fn page(
        &self,
        path: &str,
        filter: Option<&str>,
        at: Option<&str>,
        count: usize,
    ) -> Result<Option<Page>, Fault> {
        let mut call = self.call(Method::GET, path.to_owned());
        if let Some(filter) = filter {
            call.query.push(("filter".into(), filter.into()));
            // invalidFilter, or a server that does not filter at all: the caller reads everything instead.
            call.expected = &[400, 501];
        }
        let start: usize = at.and_then(|at| at.parse().ok()).unwrap_or(1);
        call.query.push(match self.dialect.paging {
            Paging::Index => ("startIndex".into(), start.to_string()),
            // The first one is empty.
            Paging::Cursor => ("cursor".into(), at.unwrap_or_default().into()),
        });
        call.query.push(("count".into(), count.to_string()));
        let answer = self.http.call(&call).await?;
        if !answer.status.is_success() {
            return Ok(None);
        }
        let mut body = answer.body.unwrap_or(Value::Null);
        let resources = match body.get_mut("Resources").map(Value::take) {
            Some(Value::Array(resources)) => resources,
            _ if body["totalResults"] == 0 => Vec::new(),
            _ => {
                return Err(self.rejected(format!(
                    "it answers GET /{path} with something that is no list; check the address in the runbook"
                )));
            }
        };
        let next = match self.dialect.paging {
            Paging::Index => {
                let total = body["totalResults"]
                    .as_u64()
                    .and_then(|n| usize::try_from(n).ok());
                let next = start + resources.len();
                let more = !resources.is_empty() && total.is_some_and(|total| next <= total);
                more.then(|| next.to_string())
            }
            Paging::Cursor => {
                let next = body["nextCursor"].as_str().filter(|next| !next.is_empty());
                next.map(str::to_owned)
            }
        };
        Ok(Some(Page { resources, next }))
    }

    /// What is wanted of all that a filter lets through; `None` when the server refuses the filter. What comes is told once,
    /// however often it comes.
    pub(crate) async fn filtered(
        &self,
        path: &str,
        filter: Option<&str>,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Option<Vec<Value>>, Fault> {
        let mut all = Vec::new();
        let mut seen = BTreeSet::new();
        let mut at: Option<String> = None;
        for _ in 0..MOST {
            let page = self.page(path, filter, at.as_deref(), self.page).await?;
            let Some(page) = page else {
                return Ok(None);
            };
            let before = seen.len();
            for resource in page.resources {
                let id = resource["id"].as_str().unwrap_or_default().to_owned();
                if seen.insert(id) && wanted(&resource) {
                    all.push(resource);
                }
            }
            // A server that ignores paging answers the same again. A page before a cursor may be empty.
            let stands = match self.dialect.paging {
                Paging::Index => seen.len() == before,
                Paging::Cursor => page.next == at,
            };
            if page.next.is_none() || stands {
                return Ok(Some(all));
            }
            at = page.next;
            if seen.len() > MOST {
                break;
            }
        }
        Err(self.rejected(format!(
            "it ignores filters and has more than {MOST} resources at /{path}"
        )))
    }

    /// What is wanted of all that a filter lets through, or of everything where the server does not filter. A server may ignore
    /// the filter, so `wanted` looks at each match.
    pub(crate) async fn matching(
        &self,
        path: &str,
        filter: Option<&str>,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Vec<Value>, Fault> {
        if filter.is_some()
            && let Some(found) = self.filtered(path, filter, &wanted).await?
        {
            return Ok(found);
        }
        Ok(self.filtered(path, None, wanted).await?.unwrap_or_default())
    }
}
