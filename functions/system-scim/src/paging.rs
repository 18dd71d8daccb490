//! Lists, page by page (RFC 7644 section 3.4.2.4, RFC 9865). A server may ignore filters; one that ignores paging, or
//! shows less than it says, has shown a part.

use std::collections::BTreeSet;

use latchkey_systems::{Fault, Faults, Leafing, Part, Turn, Whole};
use reqwest::Method;
use serde_json::Value;

use crate::{dialect::Paging, scim::Scim};

/// More resources than this are not read to find one: the server ignores filters and is large.
const MOST: usize = 50_000;

/// One page as a server answered it.
pub(crate) struct Page {
    pub(crate) resources: Vec<Value>,
    pub(crate) part: Part,
}

/// What was found in a list.
pub(crate) struct Matches {
    pub(crate) found: Vec<Value>,
    /// That this is all of it, or why that is not known.
    pub(crate) all: Result<Whole, Fault>,
}

impl Matches {
    /// What was found, where it is all of it.
    pub(crate) fn whole(self) -> Result<Whole<Vec<Value>>, Fault> {
        let Matches { found, all } = self;
        Ok(all?.map(|()| found))
    }
}

/// What a path lists, in words.
fn listed(path: &str) -> String {
    path.to_lowercase()
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
        let start: u64 = at.and_then(|at| at.parse().ok()).unwrap_or(1);
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
        let total = body["totalResults"].as_u64();
        let resources = match body.get_mut("Resources").map(Value::take) {
            Some(Value::Array(resources)) => resources,
            None | Some(Value::Null) if total.is_some() => Vec::new(),
            _ => {
                return Err(self.rejected(format!(
                    "it answers GET /{path} with something that is no list; check the address in the runbook"
                )));
            }
        };
        if resources
            .iter()
            .any(|resource| resource["id"].as_str().is_none_or(str::is_empty))
        {
            let list = Leafing::through(self.http.system(), &listed(path));
            return Err(list.incomplete("has some without an id"));
        }
        let next = match self.dialect.paging {
            Paging::Index => {
                let next = start + resources.len() as u64;
                // A list that does not say how many it has goes on until a page is empty.
                let more = !resources.is_empty() && total.is_none_or(|total| next <= total);
                more.then(|| next.to_string())
            }
            Paging::Cursor => {
                let next = body["nextCursor"].as_str().filter(|next| !next.is_empty());
                next.map(str::to_owned)
            }
        };
        let part = Part::of_json(&resources, "id", next).out_of(total);
        Ok(Some(Page { resources, part }))
    }

    /// What is wanted of all that a filter lets through; `None` when the server refuses the filter. What comes is told
    /// once, however often it comes.
    pub(crate) async fn filtered(
        &self,
        path: &str,
        filter: Option<&str>,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Option<Matches>, Fault> {
        let mut found = Vec::new();
        let mut told = BTreeSet::new();
        let mut list = Leafing::through(self.http.system(), &listed(path));
        let mut at: Option<String> = None;
        while list.seen() <= MOST {
            let page = self.page(path, filter, at.as_deref(), self.page).await?;
            let Some(Page { resources, part }) = page else {
                return Ok(None);
            };
            for resource in resources {
                let id = resource["id"].as_str().unwrap_or_default().to_owned();
                if wanted(&resource) && told.insert(id) {
                    found.push(resource);
                }
            }
            let all = match list.turn(&part) {
                Ok(Turn::To(next)) => {
                    at = Some(next);
                    continue;
                }
                Ok(Turn::End(whole)) => Ok(whole),
                Err(fault) => Err(fault),
            };
            return Ok(Some(Matches { found, all }));
        }
        Err(self.rejected(format!(
            "it ignores filters and has more than {MOST} resources at /{path}"
        )))
    }

    /// What is wanted of all that a filter lets through, or of everything where the server does not filter. A server
    /// may ignore the filter, so `wanted` looks at each match.
    pub(crate) async fn matching(
        &self,
        path: &str,
        filter: Option<&str>,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Matches, Fault> {
        if filter.is_some()
            && let Some(found) = self.filtered(path, filter, &wanted).await?
        {
            return Ok(found);
        }
        let found = self.filtered(path, None, wanted).await?;
        found.ok_or_else(|| self.rejected(format!("it refuses to list /{path}")))
    }
}
