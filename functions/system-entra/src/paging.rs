//! Lists, page by page. Where the next page begins stands in `@odata.nextLink`, and is not to be understood:
//! <https://learn.microsoft.com/graph/paging>.

use latchkey_systems::{Fault, Faults, Leafing, Lines, Reply, System, Whole, query_of};
use serde_json::Value;

use crate::{
    ask::{AT_ONCE, Ask, Order},
    entra::Entra,
};

/// More than this is not read to find something: the server ignores what it is asked for, and is large.
const MOST: usize = 50_000;

impl Entra {
    /// A page from an answer that has to be one.
    pub(crate) fn lines(&self, ask: &Ask, answer: Reply) -> Result<Lines, Fault> {
        let mut body = self.means(ask, answer)?.body.unwrap_or_default();
        let next = body["@odata.nextLink"].as_str().map(query_of);
        match body["value"].take() {
            Value::Array(items) => Ok(Lines { items, next }),
            _ => Err(self.odd("something that is no list")),
        }
    }

    /// Shows every item of a list whose first page was answered, to its end.
    pub(crate) async fn each_after(
        &self,
        ask: &Ask,
        answer: Reply,
        see: impl FnMut(&Value) + Send,
    ) -> Result<Whole, Fault> {
        let path = ask.path.split('?').next().unwrap_or_default();
        let (first, of) = (path.split('/').next(), path.rsplit('/').next());
        let list = Leafing::through(self.name(), of.unwrap_or_default());
        let list = list.up_to(
            MOST,
            format!(
                "it answers with more than {MOST} at /{} where few were asked for",
                first.unwrap_or_default()
            ),
        );
        let mut answer = Some(answer);
        let page = |at: Option<String>| {
            let known = answer.take();
            async move {
                if let Some(answer) = known {
                    return self.lines(ask, answer).map(Some);
                }
                let more = Ask::get(format!("{path}?{}", at.unwrap_or_default()));
                self.lines(&more, self.ask(&more).await?).map(Some)
            }
        };
        let whole = list.each(page, see).await?;
        whole.ok_or_else(|| self.odd("something that is no list"))
    }

    /// Shows every item of a list.
    pub(crate) async fn each(
        &self,
        ask: &Ask,
        see: impl FnMut(&Value) + Send,
    ) -> Result<Whole, Fault> {
        let answer = self.ask(ask).await?;
        self.each_after(ask, answer, see).await
    }

    /// Shows every item of many lists, with the number of its list: their first pages come several in a call.
    pub(crate) async fn each_of(
        &self,
        asks: &[Ask],
        mut see: impl FnMut(usize, &Value) + Send,
    ) -> Result<Whole, Fault> {
        let mut whole = Whole::in_one_answer(());
        for (nth, some) in asks.chunks(AT_ONCE).enumerate() {
            let answers = self.batch(some, Order::Any).await?;
            for (at, (ask, answer)) in some.iter().zip(answers).enumerate() {
                // What goes away while the list is read has nothing.
                if crate::answer::is_gone(&answer) {
                    continue;
                }
                let list = nth * AT_ONCE + at;
                let of = self.each_after(ask, answer, |item| see(list, item)).await?;
                whole = whole.and(of);
            }
        }
        Ok(whole)
    }
}
