//! Lists, page by page. Where the next page begins stands in `Link` with `rel="next"`:
//! <https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api>.

use latchkey_systems::{
    Call, Fault, Faults, Lines, Turn, Whole, next_link, parsed_query, query, query_of,
};
use serde_json::Value;

use crate::github::GitHub;

/// More than this is not read to find something: the server ignores what it is asked for, and is large.
const MOST: usize = 50_000;

impl GitHub {
    /// Reads one page of a list, from where another page said, or from its beginning.
    pub(crate) async fn page_of(
        &self,
        call: &Call,
        from: Option<&str>,
        size: usize,
    ) -> Result<Lines, Fault> {
        let mut asked = call.clone();
        match from {
            Some(next) => asked.query = parsed_query(next),
            None => asked.query.extend(query([("per_page", &size.to_string())])),
        }
        let answer = self.call(&asked).await?;
        let next = next_link(&answer.headers).map(|address| query_of(&address));
        let Some(Value::Array(items)) = answer.body else {
            return Err(self.odd("something that is no list"));
        };
        Ok(Lines { items, next })
    }

    /// Shows every item of a list to its end, or until `see` has seen what it looks for, and keeps one page at a time.
    pub(crate) async fn each(
        &self,
        call: &Call,
        mut see: impl FnMut(&Value) -> bool + Send,
    ) -> Result<Whole, Fault> {
        let of = call.path.rsplit('/').next().unwrap_or_default();
        let mut list = self.connection(of).up_to(
            MOST,
            format!("it answers with more than {MOST} where few were asked for"),
        );
        let mut from = None::<String>;
        loop {
            let lines = self.page_of(call, from.as_deref(), 100).await?;
            if lines.items.iter().any(&mut see) {
                return Ok(Whole::asked_for_itself(()));
            }
            match list.turn(&lines.part())? {
                Turn::To(next) => from = Some(next),
                Turn::End(whole) => return Ok(whole),
            }
        }
    }
}
