//! Lists, page by page. Where the next page begins is a `next_cursor`, empty on the last, and pages may be short before
//! that: <https://docs.slack.dev/apis/web-api/pagination>.

use latchkey_systems::{Fault, Leafing, Turn, Whole};
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

/// One page.
pub(crate) struct Part {
    pub(crate) items: Vec<Value>,
    pub(crate) next: Option<String>,
}

impl Part {
    /// As it is counted.
    pub(crate) fn page(&self) -> latchkey_systems::Part {
        latchkey_systems::Part::of_json(&self.items, "id", self.next.clone())
    }
}

impl Slack {
    /// Reads one page.
    pub(crate) async fn part(&self, list: &List, cursor: Option<&str>) -> Result<Part, Fault> {
        let part = self.part_unless(list, cursor, &[]).await?;
        part.ok_or_else(|| self.rejected(format!("it refuses {}", list.method)))
    }

    /// Reads one page; `None` when Slack refuses it with one of these codes.
    async fn part_unless(
        &self,
        list: &List,
        cursor: Option<&str>,
        fine: &[&str],
    ) -> Result<Option<Part>, Fault> {
        let named = list
            .arguments
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let cursor = cursor.map(|cursor| ("cursor", cursor));
        let arguments: Vec<(&str, &str)> = named.chain(cursor).collect();
        let Some(mut body) = self.call_unless(list.method, &arguments, fine).await? else {
            return Ok(None);
        };
        let next = body["response_metadata"]["next_cursor"].as_str();
        let next = next.filter(|next| !next.is_empty()).map(str::to_owned);
        let Value::Array(items) = body[list.field].take() else {
            return Err(self.rejected(format!(
                "{} is answered with no list; check the address in the runbook",
                list.method
            )));
        };
        Ok(Some(Part { items, next }))
    }

    /// Shows every item of a list to its end, and keeps one page at a time.
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
        mut see: impl FnMut(&Value) + Send,
    ) -> Result<Whole, Fault> {
        let mut pages = Leafing::through(self.http.system(), list.field);
        let mut cursor = None::<String>;
        loop {
            let Some(part) = self.part_unless(list, cursor.as_deref(), fine).await? else {
                return match pages.seen() {
                    0 => Ok(Whole::asked_for_itself(())),
                    _ => Err(pages.incomplete("goes away while it is read")),
                };
            };
            part.items.iter().for_each(&mut see);
            match pages.turn(&part.page())? {
                Turn::To(next) => cursor = Some(next),
                Turn::End(whole) => return Ok(whole),
            }
            if pages.seen() > MOST {
                return Err(self.rejected(format!("{} does not end", list.method)));
            }
        }
    }
}
