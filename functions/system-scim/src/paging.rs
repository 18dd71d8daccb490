//! Lists, page by page (RFC 7644 section 3.4.2.4); survives servers that ignore paging or filters.

use std::collections::BTreeSet;

use latchkey_systems::{Call, Fault, Http};
use reqwest::Method;
use serde_json::Value;

/// More resources than this are not read to find one: the server ignores filters and is large.
const MOST: usize = 50_000;

/// One page as a server answered it.
pub(crate) struct Page {
    pub(crate) resources: Vec<Value>,
    pub(crate) total: Option<usize>,
}

/// Reads one page, from `start` (1 is the first).
pub(crate) async fn page(
    http: &Http,
    path: &str,
    filter: Option<&str>,
    start: usize,
    count: usize,
) -> Result<Option<Page>, Fault> {
    let mut call = Call::new(Method::GET, path);
    if let Some(filter) = filter {
        call.query.push(("filter".into(), filter.into()));
        // invalidFilter, or a server that does not filter at all: the caller reads everything instead.
        call.expected = &[400, 501];
    }
    call.query.push(("startIndex".into(), start.to_string()));
    call.query.push(("count".into(), count.to_string()));
    let answer = http.call(&call).await?;
    if !answer.status.is_success() {
        return Ok(None);
    }
    let body = answer.body.unwrap_or(Value::Null);
    let Some(resources) = body.get("Resources").and_then(Value::as_array) else {
        if body["totalResults"] == 0 {
            return Ok(Some(Page {
                resources: Vec::new(),
                total: Some(0),
            }));
        }
        return Err(Fault::Rejected {
            system: http.system().to_owned(),
            problem: format!(
                "it answers GET /{path} with something that is no list; check the address in the runbook"
            ),
        });
    };
    let total = body["totalResults"]
        .as_u64()
        .and_then(|n| usize::try_from(n).ok());
    Ok(Some(Page {
        resources: resources.clone(),
        total,
    }))
}

/// Everything that a filter lets through, or everything where the server does not filter. The caller checks
/// each match: a server may ignore the filter.
pub(crate) async fn all(
    http: &Http,
    path: &str,
    filter: Option<&str>,
    count: usize,
) -> Result<Vec<Value>, Fault> {
    let mut filter = filter;
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    loop {
        let start = all.len() + 1;
        let Some(page) = page(http, path, filter, start, count).await? else {
            filter = None;
            continue;
        };
        let before = all.len();
        for resource in page.resources {
            let id = resource["id"].as_str().unwrap_or_default().to_owned();
            // A server that ignores paging answers the same again.
            if seen.insert(id) {
                all.push(resource);
            }
        }
        let complete = page.total.is_none_or(|total| all.len() >= total);
        if complete || all.len() == before {
            return Ok(all);
        }
        if all.len() > MOST {
            return Err(Fault::Rejected {
                system: http.system().to_owned(),
                problem: format!(
                    "it ignores filters and has more than {MOST} resources at /{path}"
                ),
            });
        }
    }
}
