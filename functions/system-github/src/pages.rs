//! Lists, page by page. Where the next page begins stands in `Link` with `rel="next"`:
//! <https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api>.

use latchkey_systems::{Call, Fault, next_link};
use reqwest::Url;
use serde_json::Value;

use crate::{calls::query, github::GitHub};

/// More than this is not read to find something: the server ignores what it is asked for, and is large.
const MOST: usize = 50_000;

/// One page.
pub(crate) struct Part {
    pub(crate) items: Vec<Value>,
    /// The query of the next page, encoded.
    pub(crate) next: Option<String>,
}

/// The query that another page said.
fn said(next: &str) -> Vec<(String, String)> {
    let url = Url::parse(&format!("https://next.invalid/?{next}"));
    url.map(|url| url.query_pairs().into_owned().collect())
        .unwrap_or_default()
}

impl GitHub {
    /// Reads one page of a list, from where another page said, or from its beginning.
    pub(crate) async fn part(
        &self,
        call: &Call,
        from: Option<&str>,
        size: usize,
    ) -> Result<Part, Fault> {
        let mut asked = call.clone();
        match from {
            Some(next) => asked.query = said(next),
            None => asked.query.extend(query([("per_page", &size.to_string())])),
        }
        let answer = self.call(&asked).await?;
        // Only the query: the token is not taken to an address that an answer names.
        let next = next_link(&answer.headers);
        let next = next.and_then(|address| Some(address.split_once('?')?.1.to_owned()));
        let Some(Value::Array(items)) = answer.body else {
            return Err(self.no_answer("list"));
        };
        // A server that ignores paging says the same again.
        let next = next.filter(|next| Some(next.as_str()) != from);
        Ok(Part { items, next })
    }

    /// Shows every item of a list until `see` has seen enough, and keeps one page at a time.
    pub(crate) async fn each(
        &self,
        call: &Call,
        mut see: impl FnMut(&Value) -> bool + Send,
    ) -> Result<(), Fault> {
        let (mut from, mut seen, mut first) = (None::<String>, 0, Value::Null);
        loop {
            let part = self.part(call, from.as_deref(), 100).await?;
            let now = part.items.first().map_or(Value::Null, |i| i["id"].clone());
            if part.items.iter().any(&mut see) || (!now.is_null() && now == first) {
                return Ok(());
            }
            seen += part.items.len();
            let Some(next) = part.next else {
                return Ok(());
            };
            if seen > MOST {
                return Err(self.rejected(format!(
                    "it answers with more than {MOST} where few were asked for"
                )));
            }
            (from, first) = (Some(next), now);
        }
    }
}
