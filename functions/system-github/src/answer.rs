//! What GitHub's answers mean: <https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api>.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use latchkey_systems::{Call, Fault, Faults, Http, Reply};

const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
/// Seconds since 1970, UTC.
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
/// How long to wait where GitHub limits and does not say it
/// (<https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api>, "Exceeding the rate limit").
const UNTOLD_WAIT: SignedDuration = SignedDuration::from_secs(60);
/// Limits begin anew each hour.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(3600);

/// Whether what was asked for is not there. A 404 of something in between is not taken for it.
pub(crate) fn is_gone(answer: &Reply) -> bool {
    answer.status == 404 && !said(answer).is_empty()
}

fn said(answer: &Reply) -> &str {
    let body = answer.body.as_ref();
    body.and_then(|body| body["message"].as_str())
        .unwrap_or_default()
}

/// What an answer says about itself, without anybody's address.
pub(crate) fn message(answer: &Reply) -> String {
    let body = answer.body.as_ref();
    let errors = body.and_then(|body| body["errors"].as_array());
    let errors = errors.into_iter().flatten();
    let further = errors.filter_map(|e| e["message"].as_str().or(e.as_str()));
    let all: Vec<&str> = [said(answer)].into_iter().chain(further).collect();
    plain(&all.join("; "))
}

pub(crate) fn plain(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| !word.contains('@'));
    let text = words.collect::<Vec<_>>().join(" ");
    text.chars().filter(|c| !c.is_control()).take(250).collect()
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// How long GitHub asks to wait, when it limits. It says so with 403 as well as with 429.
pub(crate) fn wait(headers: &HeaderMap, text: &str, now: Timestamp) -> Option<SignedDuration> {
    if let Some(seconds) = number(headers, &header::RETRY_AFTER) {
        return Some(SignedDuration::from_secs(seconds.max(0)));
    }
    if number(headers, &REMAINING) == Some(0) {
        let reset = number(headers, &RESET).and_then(|at| Timestamp::from_second(at).ok());
        let left = reset.map_or(UNTOLD_WAIT, |at| at.duration_since(now));
        return Some(left.clamp(SignedDuration::ZERO, LONGEST_WAIT));
    }
    let limits = text.to_lowercase();
    let limits = limits.contains("rate limit") || limits.contains("abuse detection");
    limits.then_some(UNTOLD_WAIT)
}

/// Puts a token into a call.
pub(crate) fn show(call: &mut Call, token: &str, system: &str) -> Result<(), Fault> {
    let mut shown = HeaderValue::from_str(&format!("Bearer {token}"))
        .map_err(|_| system.unauthorized("the token has characters that no header can carry"))?;
    shown.set_sensitive(true);
    call.headers.insert(header::AUTHORIZATION, shown);
    Ok(())
}

/// What an answer means.
pub(crate) fn means(http: &Http, call: &Call, answer: Reply) -> Result<Reply, Fault> {
    let status = answer.status.as_u16();
    if answer.status.is_success() {
        return Ok(answer);
    }
    let said = message(&answer);
    if matches!(status, 403 | 429)
        && let Some(wait) = wait(&answer.headers, &said, Timestamp::now())
    {
        return Err(http.busy(Some(wait)));
    }
    // Nobody's name: only what kind of thing was asked for.
    let path: Vec<&str> = call.path.split('/').collect();
    let what = path.iter().rev().find(|part| {
        matches!(
            **part,
            "memberships" | "members" | "invitations" | "outside_collaborators" | "collaborators"
        )
    });
    let what = format!(
        "{} of its {} is answered with {status} ({said})",
        call.method,
        what.unwrap_or(&"data")
    );
    let folded = said.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| folded.contains(word));
    let sso = answer.headers.contains_key("x-github-sso");
    Err(match status {
        403 if sso || has(&["saml enforcement"]) => http.unauthorized(format!(
            "{what}; allow the token for the organisation's single sign-on"
        )),
        403 if has(&["synchroni", "identity provider", "externally managed"]) => http.rejected(format!(
            "{what}; change it in the identity provider that the team follows"
        )),
        // Lists are shown to members of the organisation.
        302 if call.path.ends_with("members") => http.unauthorized(
            "its token belongs to nobody in the organisation",
        ),
        422 if has(&["already a part of", "already invited", "already a member"]) => {
            http.conflict(format!(
                "{what}: somebody is there already whom Latchkey cannot tell to be the person; name their GitHub account in \
                 the setting `logins`"
            ))
        }
        422 if has(&["seat"]) => http.rejected(format!("{what}; buy seats, or free one")),
        422 => http.rejected(what),
        _ => return http.means(call, answer),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_to_wait_stands_in_one_of_three_places() {
        let now = Timestamp::from_second(1_000).unwrap();
        let of = |headers: &[(&'static str, &'static str)], text: &str| {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.insert(*name, HeaderValue::from_static(value));
            }
            wait(&map, text, now).map(|wait| wait.as_secs())
        };
        let limited = "You have exceeded a secondary rate limit.";
        let spent = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1030"),
        ];
        assert_eq!(of(&[("retry-after", "7")], limited), Some(7));
        assert_eq!(of(&spent, "API rate limit exceeded"), Some(30));
        assert_eq!(of(&[("x-ratelimit-remaining", "0")], "API"), Some(60));
        assert_eq!(of(&[], limited), Some(60));
        let far = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "99999"),
        ];
        assert_eq!(of(&far, ""), Some(3600));
        let left = [("x-ratelimit-remaining", "4999")];
        assert_eq!(of(&left, "Resource not accessible by integration"), None);
    }

    #[test]
    fn nobodys_address_is_told() {
        assert_eq!(
            plain("the address  zoe@acme.example\nis bad"),
            "the address is bad"
        );
    }
}
