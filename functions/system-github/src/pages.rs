//! Lists, page by page. Where the next page begins stands in `Link` with `rel="next"`:
//! <https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api>.

use latchkey_systems::{Call, Fault, Leafing, Turn, Whole, next_link};
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

impl Part {
    /// As it is counted.
    pub(crate) fn page(&self) -> latchkey_systems::Part {
        latchkey_systems::Part::of_json(&self.items, "id", self.next.clone())
    }
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
        // Where that leads nowhere else, it leads to the first page again, and that is noticed.
        let next = next.map(|address| match address.split_once('?') {
            Some((_, query)) => query.to_owned(),
            None => String::new(),
        });
        let Some(Value::Array(items)) = answer.body else {
            return Err(self.no_answer("list"));
        };
        Ok(Part { items, next })
    }

    /// Shows every item of a list to its end, or until `see` has seen what it looks for, and keeps one page at a time.
    pub(crate) async fn each(
        &self,
        call: &Call,
        mut see: impl FnMut(&Value) -> bool + Send,
    ) -> Result<Whole, Fault> {
        let of = call.path.rsplit('/').next().unwrap_or_default();
        let mut list = Leafing::through(self.http.system(), of);
        let mut from = None::<String>;
        loop {
            let part = self.part(call, from.as_deref(), 100).await?;
            if part.items.iter().any(&mut see) {
                return Ok(Whole::asked_for_itself(()));
            }
            match list.turn(&part.page())? {
                Turn::To(next) => from = Some(next),
                Turn::End(whole) => return Ok(whole),
            }
            if list.seen() > MOST {
                return Err(self.rejected(format!(
                    "it answers with more than {MOST} where few were asked for"
                )));
            }
        }
    }
}
