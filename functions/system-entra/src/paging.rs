//! Lists, page by page. Where the next page begins stands in `@odata.nextLink`, and is not to be understood:
//! <https://learn.microsoft.com/graph/paging>.

use latchkey_systems::{Answer, Fault, Leafing, Turn, Whole};
use serde_json::Value;

use crate::{
    ask::{AT_ONCE, Ask, Order},
    entra::Entra,
};

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

impl Entra {
    /// A page from an answer that has to be one.
    pub(crate) fn part(&self, ask: &Ask, answer: Answer) -> Result<Part, Fault> {
        let mut body = self.means(ask, answer)?.body.unwrap_or_default();
        let next = next(&body);
        match body["value"].take() {
            Value::Array(items) => Ok(Part { items, next }),
            _ => Err(self.odd("something that is no list")),
        }
    }

    /// Shows every item of a list whose first page was answered, to its end, and keeps one page at a time.
    pub(crate) async fn each_after(
        &self,
        ask: &Ask,
        answer: Answer,
        mut see: impl FnMut(&Value) + Send,
    ) -> Result<Whole, Fault> {
        let path = ask.path.split('?').next().unwrap_or_default();
        let of = path.rsplit('/').next().unwrap_or_default();
        let mut list = Leafing::through(self.http.system(), of);
        let mut part = self.part(ask, answer)?;
        loop {
            part.items.iter().for_each(&mut see);
            let next = match list.turn(&part.page())? {
                Turn::To(next) => next,
                Turn::End(whole) => return Ok(whole),
            };
            if list.seen() > MOST {
                let first = path.split('/').next().unwrap_or_default();
                return Err(self.rejected(format!(
                    "it answers with more than {MOST} at /{first} where few were asked for"
                )));
            }
            let more = Ask::get(format!("{path}?{next}"));
            part = self.part(&more, self.ask(&more).await?)?;
        }
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

/// The query of the next page. Only the query: the token is not taken to an address that an answer names.
fn next(body: &Value) -> Option<String> {
    let address = body["@odata.nextLink"].as_str()?;
    // Where it leads nowhere else, it leads to the first page again, and that is noticed.
    let query = address.split_once('?').map_or("", |(_, query)| query);
    Some(query.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_query_of_a_next_page_is_followed() {
        let of = |link: Value| next(&json!({ "@odata.nextLink": link, "value": [] }));
        let link = "https://graph.microsoft.com/v1.0/users?$top=2&$skiptoken=m~AQA%2B";
        assert_eq!(
            of(json!(link)).as_deref(),
            Some("$top=2&$skiptoken=m~AQA%2B")
        );
        assert_eq!(of(json!(null)), None);
        assert_eq!(of(json!("https://elsewhere.example/")).as_deref(), Some(""));
    }
}
