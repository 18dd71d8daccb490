//! Lists, page by page: `nextPageToken` of one page is `pageToken` of the next.

use latchkey_systems::{Answer, Call, Fault, Leafing, Turn, Whole};
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

impl Part {
    /// As it is counted.
    pub(crate) fn page(&self) -> latchkey_systems::Part {
        latchkey_systems::Part::of_json(&self.items, "id", self.next.clone())
    }
}

/// A list of something that is not there any more: nothing is on it.
pub(crate) fn if_there(list: Option<Whole>) -> Whole {
    list.unwrap_or_else(|| Whole::asked_for_itself(()))
}

/// A query from names and values.
pub(crate) fn query<const N: usize>(of: [(&str, &str); N]) -> Query {
    of.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
}

/// A call that reads.
pub(crate) fn get(path: impl Into<String>, query: Query) -> Call {
    let mut call = Call::new(Method::GET, path);
    call.query = query;
    call
}

impl Api {
    /// A page of what stands under a key; `None` when there is nothing at that path.
    fn page(&self, call: &Call, answer: Answer, key: &str) -> Result<Option<Part>, Fault> {
        let Some(answer) = self.if_there(call, answer)? else {
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
            None => Vec::new(),
            Some(_) => {
                return Err(self.rejected(format!("it answers with `{key}` that is no list")));
            }
        };
        let next = body.get("nextPageToken").and_then(Value::as_str);
        let next = next.filter(|token| !token.is_empty()).map(str::to_owned);
        Ok(Some(Part { items, next }))
    }

    /// Reads one page.
    pub(crate) async fn part(&self, path: &str, query: Query, key: &str) -> Result<Part, Fault> {
        let call = get(path, query);
        let answer = self.ask(&call).await?;
        self.page(&call, answer, key)?.ok_or_else(|| {
            self.rejected("it has no such list; check the address in the runbook".to_owned())
        })
    }

    /// Shows every item of a list to its end, and keeps one page at a time. `None` where there is no such list.
    pub(crate) async fn each(
        &self,
        path: &str,
        query: Query,
        key: &str,
        see: impl FnMut(&Value) + Send,
    ) -> Result<Option<Whole>, Fault> {
        self.each_after(None, get(path, query), key, see).await
    }

    /// As [`each`](Api::each), of a list the first page of which may be known.
    pub(crate) async fn each_after(
        &self,
        mut known: Option<Answer>,
        first: Call,
        key: &str,
        mut see: impl FnMut(&Value) + Send,
    ) -> Result<Option<Whole>, Fault> {
        let mut call = first.clone();
        let mut list = Leafing::through(self.system(), key);
        loop {
            let answer = self.ask_unless(known.take(), &call).await?;
            let Some(part) = self.page(&call, answer, key)? else {
                return match list.seen() {
                    0 => Ok(None),
                    _ => Err(list.incomplete("goes away while it is read")),
                };
            };
            part.items.iter().for_each(&mut see);
            let next = match list.turn(&part.page())? {
                Turn::To(next) => next,
                Turn::End(whole) => return Ok(Some(whole)),
            };
            if list.seen() > MOST {
                return Err(self.rejected(format!(
                    "it answers with more than {MOST} at /{} where few were asked for",
                    first.path.split('/').next().unwrap_or_default()
                )));
            }
            call = first.clone();
            call.query.push(("pageToken".to_owned(), next));
        }
    }
}
