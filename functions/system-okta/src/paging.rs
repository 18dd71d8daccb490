//! Lists, page by page. Where the next page begins stands in a `Link` header with `rel="next"`, or in the body's
//! `_links` with administrator roles, and is not to be understood: <https://developer.okta.com/docs/api/#pagination>.

use latchkey_systems::{Answer, Call, Fault, Leafing, Turn, Whole, next_link};
use reqwest::{Method, Url};
use serde_json::Value;

use crate::okta::Okta;

/// What is asked for at once where no setting says otherwise; Okta recommends no more than 200.
pub(crate) const PAGE: usize = 200;
/// More than this is not read to find something: the server ignores what it is asked for, and is large.
const MOST: usize = 50_000;

/// A query: names and values, not yet encoded.
pub(crate) type Query = Vec<(String, String)>;

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

/// A query from names and values.
pub(crate) fn query<const N: usize>(of: [(&str, &str); N]) -> Query {
    of.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
}

/// The query that another page said.
pub(crate) fn said(next: &str) -> Query {
    let url = Url::parse(&format!("https://next.invalid/?{next}"));
    url.map(|url| url.query_pairs().into_owned().collect())
        .unwrap_or_default()
}

impl Okta {
    /// Reads one page; `None` when there is nothing at that path.
    async fn part_if_there(&self, path: &str, query: Query) -> Result<Option<Part>, Fault> {
        let mut call = Call::new(Method::GET, path);
        call.query = query;
        let Some(answer) = self.call_if_there(&call).await? else {
            return Ok(None);
        };
        let next = next(&answer);
        let items = match answer.body {
            Some(Value::Array(items)) => items,
            Some(Value::Object(mut of)) if of.get("value").is_some_and(Value::is_array) => {
                match of.remove("value") {
                    Some(Value::Array(items)) => items,
                    _ => Vec::new(),
                }
            }
            _ => {
                return Err(self.rejected(
                    "it answers with something that is no list; check the address in the runbook"
                        .to_owned(),
                ));
            }
        };
        Ok(Some(Part { items, next }))
    }

    /// Reads one page.
    pub(crate) async fn part(&self, path: &str, query: Query) -> Result<Part, Fault> {
        let part = self.part_if_there(path, query).await?;
        part.ok_or_else(|| self.no_such_list())
    }

    fn no_such_list(&self) -> Fault {
        self.rejected("it has no such list; check the address in the runbook".to_owned())
    }

    /// Shows every item of a list to its end, and keeps one page at a time. What somebody or something has that is not
    /// there any more is nothing; a list of all that the company has is always there.
    pub(crate) async fn each(
        &self,
        path: &str,
        query: Query,
        mut see: impl FnMut(&Value) + Send,
    ) -> Result<Whole, Fault> {
        let is_of_something = path.contains('/');
        let of = path.rsplit('/').next().unwrap_or_default();
        let mut list = Leafing::through(self.http.system(), of);
        let mut query = query;
        loop {
            let Some(part) = self.part_if_there(path, query).await? else {
                return match list.seen() {
                    0 if is_of_something => Ok(Whole::asked_for_itself(())),
                    0 => Err(self.no_such_list()),
                    _ => Err(list.incomplete("goes away while it is read")),
                };
            };
            part.items.iter().for_each(&mut see);
            match list.turn(&part.page())? {
                Turn::To(next) => query = said(&next),
                Turn::End(whole) => return Ok(whole),
            }
            if list.seen() > MOST {
                return Err(self.rejected(format!(
                    "it answers with more than {MOST} at /{} where few were asked for",
                    path.split('/').next().unwrap_or_default()
                )));
            }
        }
    }

    /// Everything of a list that should be short.
    pub(crate) async fn all(&self, path: &str, query: Query) -> Result<Whole<Vec<Value>>, Fault> {
        let mut all = Vec::new();
        let whole = self
            .each(path, query, |item| all.push(item.clone()))
            .await?;
        Ok(whole.map(|()| all))
    }
}

/// The query of the next page. Only the query: the token is not taken to an address that an answer names.
fn next(answer: &Answer) -> Option<String> {
    let body = answer.body.as_ref();
    let linked = next_link(&answer.headers);
    let address = linked.or_else(|| body?["_links"]["next"]["href"].as_str().map(str::to_owned))?;
    // Where it leads nowhere else, it leads to the first page again, and that is noticed.
    let query = address.split_once('?').map_or("", |(_, query)| query);
    Some(query.to_owned())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, StatusCode, header};
    use serde_json::json;

    use super::*;

    #[test]
    fn the_next_page_is_found_among_the_links() {
        let of = |links: &[&str], body: Value| {
            let mut headers = HeaderMap::new();
            for link in links {
                headers.append(header::LINK, HeaderValue::from_str(link).unwrap());
            }
            next(&Answer {
                status: StatusCode::OK,
                headers,
                body: Some(body),
            })
        };
        let own = r#"<https://acme.okta.com/api/v1/users?limit=2>; rel="self""#;
        let more = r#"<https://acme.okta.com/api/v1/users?after=00u1,x%3D&limit=2>; rel="next""#;
        let want = Some("after=00u1,x%3D&limit=2".to_owned());
        assert_eq!(of(&[own, more], json!([])), want);
        assert_eq!(of(&[&format!("{own}, {more}")], json!([])), want);
        assert_eq!(of(&[own], json!([])), None);
        let body =
            json!({"value": [], "_links": {"next": {"href": "https://acme.okta.com/x?after=7"}}});
        assert_eq!(of(&[], body), Some("after=7".to_owned()));
        assert_eq!(
            said("after=00u1,x%3D&limit=2"),
            query([("after", "00u1,x="), ("limit", "2")])
        );
    }
}
