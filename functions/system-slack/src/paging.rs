//! Lists, page by page. Where the next page begins is a `next_cursor`, empty on the last, and pages may be short before
//! that: <https://docs.slack.dev/apis/web-api/pagination>.

use latchkey_systems::{Fault, Faults, Leafing, Lines, System, Whole, text};
use serde_json::Value;

use crate::slack::Slack;

/// Accounts asked for at once where no setting says otherwise, as Slack recommends.
pub(crate) const PAGE: usize = 200;
/// Channels and members asked for at once, the most that Slack allows.
const MOST_AT_ONCE: usize = 999;
/// More than this is not read: the server ignores what it is asked for.
const MOST: usize = 1_000_000;

/// A list.
#[derive(Debug)]
pub(crate) struct List {
    method: &'static str,
    /// The field of the answer that it stands in.
    field: &'static str,
    arguments: Vec<(&'static str, String)>,
}

/// People ("users.list").
pub(crate) fn users(page: usize) -> List {
    List {
        method: "users.list",
        field: "members",
        arguments: vec![("limit", page.to_string())],
    }
}

/// Channels that are not archived: all ("conversations.list"), or those that somebody is in ("users.conversations").
/// Private ones only where the token's owner is in them, too.
pub(crate) fn channels(of: Option<&str>) -> List {
    let mut arguments = vec![
        ("types", "public_channel,private_channel".to_owned()),
        ("exclude_archived", "true".to_owned()),
        ("limit", MOST_AT_ONCE.to_string()),
    ];
    arguments.extend(of.map(|user| ("user", user.to_owned())));
    List {
        method: of.map_or("conversations.list", |_| "users.conversations"),
        field: "channels",
        arguments,
    }
}

/// Members of a channel, as ids ("conversations.members").
pub(crate) fn members(channel: &str) -> List {
    List {
        method: "conversations.members",
        field: "members",
        arguments: vec![
            ("channel", channel.to_owned()),
            ("limit", MOST_AT_ONCE.to_string()),
        ],
    }
}

impl Slack {
    /// Reads one page.
    pub(crate) async fn lines(&self, list: &List, cursor: Option<String>) -> Result<Lines, Fault> {
        let lines = self.lines_unless(list, cursor, &[]).await?;
        lines.ok_or_else(|| self.rejected(format!("it refuses {}", list.method)))
    }

    /// Reads one page; `None` when Slack refuses it with one of these codes.
    async fn lines_unless(
        &self,
        list: &List,
        cursor: Option<String>,
        fine: &[&str],
    ) -> Result<Option<Lines>, Fault> {
        let named = list
            .arguments
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let cursor = cursor.as_deref().map(|cursor| ("cursor", cursor));
        let arguments: Vec<(&str, &str)> = named.chain(cursor).collect();
        let Some(mut body) = self.call_unless(list.method, &arguments, fine).await? else {
            return Ok(None);
        };
        let next = text(&body["response_metadata"]["next_cursor"]).map(str::to_owned);
        let Value::Array(items) = body[list.field].take() else {
            return Err(self.rejected(format!(
                "{} is answered with no list; check the address in the runbook",
                list.method
            )));
        };
        Ok(Some(Lines { items, next }))
    }

    /// Shows every item of a list to its end.
    pub(crate) async fn each(
        &self,
        list: &List,
        see: impl FnMut(&Value) + Send,
    ) -> Result<Whole, Fault> {
        self.each_unless(list, &[], see).await
    }

    /// The same; a list that is refused with one of these codes has nothing.
    pub(crate) async fn each_unless(
        &self,
        list: &List,
        fine: &[&str],
        see: impl FnMut(&Value) + Send,
    ) -> Result<Whole, Fault> {
        let pages = Leafing::through(self.name(), list.field);
        let pages = pages.up_to(MOST, format!("{} does not end", list.method));
        let page = |cursor| self.lines_unless(list, cursor, fine);
        let whole = pages.each(page, see).await?;
        Ok(whole.unwrap_or_else(|| Whole::asked_for_itself(())))
    }
}
