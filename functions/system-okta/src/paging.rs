//! Lists, page by page. Where the next page begins stands in a `Link` header with `rel="next"`, or in the body's
//! `_links` with administrator roles, and is not to be understood: <https://developer.okta.com/docs/api/#pagination>.

use latchkey_systems::{
    Call, Fault, Faults, Leafing, Lines, Query, Reply, System, Whole, next_link, parsed_query,
    query_of,
};
use serde_json::Value;

use crate::okta::Okta;

/// What is asked for at once where no setting says otherwise; Okta recommends no more than 200.
pub(crate) const PAGE: usize = 200;
/// More than this is not read to find something: the server ignores what it is asked for, and is large.
const MOST: usize = 50_000;

impl Okta {
    /// Reads one page; `None` when there is nothing at that path.
    async fn page_if_there(&self, path: &str, query: Query) -> Result<Option<Lines>, Fault> {
        let call = Call::get(path).asking(query);
        let Some(answer) = self.call_if_there(&call).await? else {
            return Ok(None);
        };
        let next = next(&answer);
        let items = match answer.body {
            Some(Value::Object(mut of)) => of.remove("value"),
            body => body,
        };
        match items {
            Some(Value::Array(items)) => Ok(Some(Lines { items, next })),
            _ => Err(self.odd("something that is no list")),
        }
    }

    /// Reads one page.
    pub(crate) async fn page(&self, path: &str, query: Query) -> Result<Lines, Fault> {
        let page = self.page_if_there(path, query).await?;
        page.ok_or_else(|| self.no_such_list())
    }

    fn no_such_list(&self) -> Fault {
        self.rejected("it has no such list; check the address in the runbook")
    }

    /// Shows every item of a list to its end. What somebody or something has that is not there any more is nothing; a
    /// list of all that the company has is always there.
    pub(crate) async fn each(
        &self,
        path: &str,
        query: Query,
        see: impl FnMut(&Value) + Send,
    ) -> Result<Whole, Fault> {
        let (first, of) = path.split_once('/').unwrap_or((path, ""));
        let list = Leafing::through(self.name(), path.rsplit('/').next().unwrap_or_default());
        let list = list.up_to(
            MOST,
            format!("it answers with more than {MOST} at /{first} where few were asked for"),
        );
        let page = |at: Option<String>| {
            let query = at.map_or_else(|| query.clone(), |at| parsed_query(&at));
            self.page_if_there(path, query)
        };
        match list.each(page, see).await? {
            Some(whole) => Ok(whole),
            None if !of.is_empty() => Ok(Whole::asked_for_itself(())),
            None => Err(self.no_such_list()),
        }
    }

    /// Everything of a list that should be short.
    pub(crate) async fn all(&self, path: &str, query: Query) -> Result<Whole<Vec<Value>>, Fault> {
        let mut all = Vec::new();
        let see = |item: &Value| all.push(item.clone());
        let whole = self.each(path, query, see).await?;
        Ok(whole.map(|()| all))
    }
}

/// The query of the next page.
fn next(answer: &Reply) -> Option<String> {
    let body = answer.body.as_ref();
    let linked = next_link(&answer.headers);
    let address = linked.or_else(|| body?["_links"]["next"]["href"].as_str().map(str::to_owned))?;
    Some(query_of(&address))
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
            next(&Reply {
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
    }
}
