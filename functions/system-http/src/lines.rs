//! The accounts on the lines of an answer. No line is dropped: one that does not show by what accounts are told apart
//! is read by its handle, and where that cannot be, the answer is of no use.

use futures::{StreamExt, TryStreamExt, stream};
use http::HeaderMap;
use latchkey_http_api::{Request, Without, text_of};
use latchkey_lifecycle::Account;
use latchkey_systems::{Fault, next_link};
use serde_json::Value;

use crate::{answer::Came, api::Api, find::Match, names, pages::Purpose};

/// Accounts that are read at once, where lines show a part of each only.
pub(crate) const AT_ONCE: usize = 8;

/// Where in an answer it usually stands whether more comes: beside the list, or in one of these.
const BESIDE: [&str; 7] = [
    "meta",
    "metadata",
    "pagination",
    "paging",
    "page",
    "links",
    "_links",
];
/// What leads to the next page, as APIs call it.
const NEXT: [&str; 10] = [
    "next",
    "next_page",
    "nextPage",
    "next_cursor",
    "nextCursor",
    "next_page_token",
    "nextPageToken",
    "next_url",
    "nextLink",
    "@odata.nextLink",
];
/// Whether more comes.
const MORE: [&str; 3] = ["has_more", "hasMore", "has_next"];
/// How many there are in all.
const TOTAL: [&str; 6] = [
    "total",
    "total_count",
    "totalCount",
    "totalResults",
    "total_size",
    "total_items",
];

impl Api {
    /// The accounts on lines; `by_id` when they are told apart by employee id.
    pub(crate) async fn accounts(
        &self,
        request: &Request,
        lines: Vec<Value>,
        by_id: bool,
    ) -> Result<Vec<Match>, Fault> {
        let each: Vec<_> = lines
            .into_iter()
            .map(|line| self.account_on(request, line, by_id))
            .collect();
        let each: Vec<Option<Match>> = stream::iter(each).buffered(AT_ONCE).try_collect().await?;
        Ok(each.into_iter().flatten().collect())
    }

    /// The account on a line; `None` when it has gone since.
    pub(crate) async fn account_on(
        &self,
        request: &Request,
        line: Value,
        by_id: bool,
    ) -> Result<Option<Match>, Fault> {
        let places = &self.description.account;
        let id = places.employee_id.as_deref();
        let shows_id = id.is_none_or(|place| self.at(place, &line).is_some());
        let found = self.found(&line);
        if let Some(found) = &found
            && (shows_id || !by_id || self.description.read.is_none())
        {
            return Ok(Some((found.clone(), line)));
        }
        let handle = self.at(&places.handle, &line).and_then(text_of);
        match (handle, &self.description.read) {
            (Some(handle), Some(_)) => {
                let account = found.map(|found| found.account);
                self.read_itself(&handle, account.unwrap_or_else(nameless))
                    .await
            }
            _ => Err(self.without_account(request)),
        }
    }

    /// The account with a handle, by asking for it; `None` when there is none. Only where the description says how.
    pub(crate) async fn read_itself(
        &self,
        handle: &str,
        account: Account,
    ) -> Result<Option<Match>, Fault> {
        let Some(request) = &self.description.read else {
            return Ok(None);
        };
        let values = names::of_account(Some(handle), &account, None);
        let Came::Done(answer) = self.send(request, Without::LeftOut, &values).await? else {
            return Ok(None);
        };
        let body = self.json(request, answer)?;
        let lines = self.lines(request, &body, Purpose::Search)?.into_iter();
        let mut found = lines.filter_map(|line| self.found(&line).map(|found| (found, line)));
        match found.find(|(found, _)| found.handle == handle) {
            Some(found) => Ok(Some(found)),
            None => Err(self.without_account(request)),
        }
    }
}

/// What is known of an account before it is read.
pub(crate) fn nameless() -> Account {
    Account {
        employee_id: None,
        name: String::new(),
        active: true,
        attributes: Default::default(),
        entitlements: Default::default(),
    }
}

/// Why an answer of so many lines is not all there is, in the words that APIs use for it: for lists of which the
/// description says nothing about pages.
pub(crate) fn says_more(body: &Value, headers: &HeaderMap, lines: usize) -> Option<String> {
    if next_link(headers).is_some() {
        return Some("the header `Link` leads to a next page".to_owned());
    }
    let beside = BESIDE.iter().filter_map(|place| body.get(*place));
    for place in std::iter::once(body).chain(beside) {
        let there = |name: &&&str| place.get(**name).is_some_and(leads_on);
        if let Some(name) = NEXT.iter().find(there) {
            return Some(format!("`{name}` leads to a next page"));
        }
        let more = |name: &&&str| place.get(**name) == Some(&Value::Bool(true));
        if let Some(name) = MORE.iter().find(more) {
            return Some(format!("`{name}` is true"));
        }
        for name in TOTAL {
            let total = place.get(name).and_then(Value::as_u64);
            if let Some(total) = total.filter(|total| *total > lines as u64) {
                return Some(format!("`{name}` is {total}, and it shows {lines}"));
            }
        }
    }
    None
}

fn leads_on(next: &Value) -> bool {
    match next {
        Value::String(text) => !text.is_empty(),
        Value::Number(_) => true,
        Value::Object(link) => link.get("href").is_some_and(leads_on),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_that_says_that_more_comes_is_seen_as_a_part() {
        let none = HeaderMap::new();
        for body in [
            json!({"users": [], "next": "/users?page=2"}),
            json!({"users": [], "meta": {"next_cursor": "abc"}}),
            json!({"users": [], "_links": {"next": {"href": "/users?page=2"}}}),
            json!({"users": [], "has_more": true}),
            json!({"users": [], "pagination": {"total": 3}}),
        ] {
            assert!(says_more(&body, &none, 2).is_some(), "{body}");
        }
        for body in [
            json!([{"next": "x"}]),
            json!({"users": [], "next": null, "has_more": false, "total": 2}),
            json!({"users": [], "next": "", "page": 1, "_links": {"next": {}}}),
        ] {
            assert_eq!(says_more(&body, &none, 2), None, "{body}");
        }
        let mut link = HeaderMap::new();
        link.insert("link", r#"</users?page=2>; rel="next""#.parse().unwrap());
        assert!(says_more(&json!([]), &link, 2).is_some());
    }
}
