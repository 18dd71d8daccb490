//! Where the next page is, by the header `Link` or another address in an answer.

use http::{HeaderMap, header};
use reqwest::Url;

use crate::Query;

/// The address with `rel="next"` in `Link` (RFC 8288 section 3), in however many headers the links stand.
pub fn next_link(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::LINK).iter();
    all.filter_map(|value| value.to_str().ok())
        .find_map(|text| {
            // An address may have commas in it, so a link ends where the next one begins.
            text.split('<').skip(1).find_map(|link| {
                let (address, parameters) = link.split_once('>')?;
                let is_next = parameters.split([';', ',']).any(|parameter| {
                    let (name, value) = parameter.split_once('=').unwrap_or_default();
                    let mut kinds = value.trim().trim_matches('"').split_whitespace();
                    name.trim().eq_ignore_ascii_case("rel")
                        && kinds.any(|kind| kind.eq_ignore_ascii_case("next"))
                });
                is_next.then(|| address.to_owned())
            })
        })
}

/// The query of an address that an answer leads to. Only the query: no token is taken to an address that an answer
/// names. One without a query leads to the first page again, and that is noticed.
pub fn query_of(address: &str) -> String {
    let query = address.split_once('?').map(|(_, query)| query);
    query.unwrap_or_default().to_owned()
}

/// A query that was [taken from an address](query_of), by names and values.
pub fn parsed_query(query: &str) -> Query {
    let url = Url::parse(&format!("https://next.invalid/?{query}"));
    url.map(|url| url.query_pairs().into_owned().collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::LINK, text.parse().unwrap());
            next_link(&headers)
        };
        let both = r#"<https://x.example/a?p=1>; rel="prev", <https://x.example/a?p=3,4>; title="x"; rel="next last""#;
        assert_eq!(of(both), Some("https://x.example/a?p=3,4".to_owned()));
        assert_eq!(
            of("</users?after=7>; rel=next"),
            Some("/users?after=7".to_owned())
        );
        assert_eq!(of(r#"<https://x.example/a>; rel="last""#), None);
        assert_eq!(of("nothing"), None);
    }

    #[test]
    fn only_the_query_of_an_address_is_followed() {
        let next = "https://x.example/users?$top=2&$skiptoken=m~AQA%2B";
        assert_eq!(query_of(next), "$top=2&$skiptoken=m~AQA%2B");
        assert_eq!(query_of("https://elsewhere.example/"), "");
        assert_eq!(
            parsed_query("after=00u1,x%3D&limit=2"),
            crate::query([("after", "00u1,x="), ("limit", "2")])
        );
    }
}
