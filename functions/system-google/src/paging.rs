//! Lists, page by page: `nextPageToken` of one page is `pageToken` of the next.

use latchkey_systems::{Call, Fault, Faults, Leafing, Lines, Query, Reply, Whole};
use serde_json::Value;

use crate::answer::Api;

/// More than this is not read to find something: the server ignores what it is asked for, and is large.
const MOST: usize = 50_000;

/// A list of something that is not there any more: nothing is on it.
pub(crate) fn if_there(list: Option<Whole>) -> Whole {
    list.unwrap_or_else(|| Whole::asked_for_itself(()))
}

impl Api {
    /// A page of what stands under a key; `None` when there is nothing at that path.
    fn lines(&self, call: &Call, answer: Reply, key: &str) -> Result<Option<Lines>, Fault> {
        let Some(answer) = self.if_there(call, answer)? else {
            return Ok(None);
        };
        let Some(Value::Object(mut body)) = answer.body else {
            return Err(self.odd("something that is no list"));
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
        Ok(Some(Lines { items, next }))
    }

    /// Reads one page.
    pub(crate) async fn page(&self, path: &str, query: Query, key: &str) -> Result<Lines, Fault> {
        let call = Call::get(path).asking(query);
        let answer = self.ask(&call).await?;
        let lines = self.lines(&call, answer, key)?;
        lines.ok_or_else(|| self.rejected("it has no such list; check the address in the runbook"))
    }

    /// Shows every item of a list to its end. `None` where there is no such list.
    pub(crate) async fn each(
        &self,
        path: &str,
        query: Query,
        key: &str,
        see: impl FnMut(&Value) + Send,
    ) -> Result<Option<Whole>, Fault> {
        let first = Call::get(path).asking(query);
        self.each_after(None, first, key, see).await
    }

    /// As [`each`](Api::each), of a list the first page of which may be known.
    pub(crate) async fn each_after(
        &self,
        mut known: Option<Reply>,
        first: Call,
        key: &str,
        see: impl FnMut(&Value) + Send,
    ) -> Result<Option<Whole>, Fault> {
        let of = first.path.split('/').next().unwrap_or_default();
        let list = Leafing::through(self.its_name(), key).up_to(
            MOST,
            format!("it answers with more than {MOST} at /{of} where few were asked for"),
        );
        let page = |at: Option<String>| {
            let (known, mut call) = (known.take(), first.clone());
            call.query.extend(at.map(|at| ("pageToken".to_owned(), at)));
            async move {
                let answer = self.ask_unless(known, &call).await?;
                self.lines(&call, answer, key)
            }
        };
        list.each(page, see).await
    }
}
