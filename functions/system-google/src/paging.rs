//! Lists, page by page: `nextPageToken` of one page is `pageToken` of the next.

use latchkey_systems::{Call, Fault};
use reqwest::Method;
use serde_json::Value;

use crate::answer::Api;

/// More than this is not read to find something: the server ignores what it is asked for, and is large.
const MOST: usize = 50_000;

/// A query: names and values, not yet encoded.
pub(crate) type Query = Vec<(String, String)>;

/// One page.
pub(crate) struct Part {
    pub(crate) items: Vec<Value>,
    /// The token of the next page.
    pub(crate) next: Option<String>,
}

/// A query from names and values.
pub(crate) fn query<const N: usize>(of: [(&str, &str); N]) -> Query {
    of.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
}

impl Api {
    /// Reads one page of what stands under a key; `None` when there is nothing at that path.
    pub(crate) async fn part_if_there(
        &self,
        path: &str,
        query: Query,
        key: &str,
    ) -> Result<Option<Part>, Fault> {
        let mut call = Call::new(Method::GET, path);
        call.query = query;
        let Some(answer) = self.call_if_there(&call).await? else {
            return Ok(None);
        };
        let Some(Value::Object(mut body)) = answer.body else {
            return Err(self.rejected(
                "it answers with something that is no list; check the address in the runbook"
                    .to_owned(),
            ));
        };
        // A list without anything leaves the key out.
        let items = match body.remove(key) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        let next = body.get("nextPageToken").and_then(Value::as_str);
        let next = next.filter(|token| !token.is_empty()).map(str::to_owned);
        Ok(Some(Part { items, next }))
    }

    /// Reads one page.
    pub(crate) async fn part(&self, path: &str, query: Query, key: &str) -> Result<Part, Fault> {
        let part = self.part_if_there(path, query, key).await?;
        part.ok_or_else(|| {
            self.rejected("it has no such list; check the address in the runbook".to_owned())
        })
    }

    /// Shows every item of a list, and keeps one page at a time. Says whether the list is there.
    pub(crate) async fn each(
        &self,
        path: &str,
        query: Query,
        key: &str,
        mut see: impl FnMut(&Value) + Send,
    ) -> Result<bool, Fault> {
        let (mut asked, mut seen) = (query.clone(), 0);
        let mut before = None;
        loop {
            let Some(part) = self.part_if_there(path, asked, key).await? else {
                return Ok(before.is_some());
            };
            part.items.iter().for_each(&mut see);
            seen += part.items.len();
            // A server that ignores paging says the same token again.
            let Some(next) = part.next.filter(|next| before.as_ref() != Some(next)) else {
                return Ok(true);
            };
            if seen > MOST {
                return Err(self.rejected(format!(
                    "it answers with more than {MOST} at /{} where few were asked for",
                    path.split('/').next().unwrap_or_default()
                )));
            }
            asked = query.clone();
            asked.push(("pageToken".to_owned(), next.clone()));
            before = Some(next);
        }
    }
}
