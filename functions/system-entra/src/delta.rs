//! Groups with their members, by Microsoft Graph's delta function
//! (<https://learn.microsoft.com/graph/delta-query-groups>): a call for each page of groups instead of a request for
//! each group.
//!
//! Each list is a round of its own, from the beginning: what was read yesterday is not believed today. What changes
//! while a round goes on is told in the same round, as removed or once more.

use std::collections::HashMap;

use latchkey_systems::{Fault, Faults, Leafing, Memberships, Part, Turn, Whole};
use reqwest::StatusCode;
use serde_json::Value;

use crate::{
    ask::Ask,
    entra::Entra,
    groups::GROUP,
    user::{is_ours_to_give, named},
};

const DELTA: &str = "groups/delta";
const REMOVED: &str = "@removed";
const NO_LINES: [&str; 0] = [];
/// Rounds that are begun: a token may be too old in the middle of one ("410 Gone").
const ROUNDS: usize = 2;

/// What a round has told so far.
#[derive(Default)]
struct Round {
    all: Memberships,
    /// Where groups have their place, by id; `None` for those that are not ours to give.
    places: HashMap<String, Option<u32>>,
}

impl Round {
    /// A group, or a part of it: its members may come on several pages, anywhere in the round.
    fn see(&mut self, group: &Value) {
        let Some(id) = group["id"].as_str() else {
            return;
        };
        if !group[REMOVED].is_null() {
            if let Some(Some(place)) = self.places.remove(id) {
                self.all.clear(place);
            }
            return;
        }
        let place = match self.places.get(id) {
            Some(place) => *place,
            None => {
                let of = named("group", group).filter(|_| is_ours_to_give(group));
                let place = of.map(|(entitlement, _)| self.all.place(entitlement));
                self.places.insert(id.to_owned(), place);
                place
            }
        };
        let Some(place) = place else {
            return;
        };
        for member in group["members@delta"].as_array().into_iter().flatten() {
            match member["id"].as_str() {
                Some(id) if member[REMOVED].is_null() => self.all.add(id, place),
                Some(id) => self.all.remove(id, place),
                None => {}
            }
        }
    }
}

impl Entra {
    /// Who is in which group.
    pub(crate) async fn groups_by_delta(&self) -> Result<Whole<Memberships>, Fault> {
        let first = Ask::get(format!("{DELTA}?$select={GROUP},members"));
        let list = || Leafing::through(self.http.system(), "groups");
        let (mut round, mut ask, mut pages) = (Round::default(), first.clone(), list());
        let mut rounds = 1;
        loop {
            let answer = self.ask(&ask).await?;
            if answer.status == StatusCode::GONE && rounds < ROUNDS {
                rounds += 1;
                (round, ask, pages) = (Round::default(), first.clone(), list());
                continue;
            }
            let body = answer.body.as_ref();
            let is_end = body.is_some_and(|body| body["@odata.deltaLink"].is_string());
            let lines = self.lines(&ask, answer)?;
            lines.items.iter().for_each(|group| round.see(group));
            // A group may come on several pages, a part of its members on each.
            let page = Part::of(NO_LINES, lines.next);
            match pages.turn(&page)? {
                Turn::To(next) => ask = Ask::get(format!("{DELTA}?{next}")),
                // Half a round would take memberships for missing.
                Turn::End(_) if !is_end => return Err(self.odd("groups that have no end")),
                Turn::End(whole) => return Ok(whole.map(|()| round.all)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(groups: &[Value]) -> Memberships {
        let mut round = Round::default();
        groups.iter().for_each(|group| round.see(group));
        round.all.complete(Whole::in_one_answer(())).into_inner()
    }

    fn has(all: &Memberships, member: &str) -> String {
        let names = all.of(member);
        let names: Vec<&str> = names.iter().map(|of| of.name()).collect();
        names.join(" ")
    }

    #[test]
    fn a_group_may_come_in_parts_and_what_is_said_last_counts() {
        let removed = json!({"reason": "deleted"});
        let all = told(&[
            json!({"id": "1", "displayName": "vpn", "members@delta": [{"id": "a"}, {"id": "b"}]}),
            json!({"id": "2", "displayName": "staff", "members@delta": [{"id": "a"}]}),
            json!({"id": "3", "displayName": "rule", "groupTypes": ["DynamicMembership"], "members@delta": [{"id": "a"}]}),
            json!({"id": "4", "displayName": "empty"}),
            json!({"id": "5", "displayName": "short", "members@delta": [{"id": "c"}]}),
            // Of the first one, later.
            json!({"id": "1", "displayName": "vpn", "members@delta": [{"id": "c"}, {"id": "b", "@removed": removed}]}),
            json!({"id": "2", "displayName": "staff", "members@delta": [{"id": "a", "@removed": removed}, {"id": "a"}]}),
            json!({"id": "3", "members@delta": [{"id": "c"}]}),
            json!({"id": "5", "@removed": removed}),
            json!({"displayName": "no group"}),
        ]);
        assert_eq!(has(&all, "a"), "staff vpn");
        assert_eq!(has(&all, "b"), "");
        assert_eq!(has(&all, "c"), "vpn");
    }

    #[test]
    fn a_group_that_was_removed_and_made_anew_is_there() {
        let all = told(&[
            json!({"id": "1", "displayName": "vpn", "members@delta": [{"id": "a"}]}),
            json!({"id": "1", "@removed": {"reason": "changed"}}),
            json!({"id": "1", "displayName": "vpn", "members@delta": [{"id": "b"}]}),
        ]);
        assert_eq!(
            (has(&all, "a"), has(&all, "b")),
            (String::new(), "vpn".into())
        );
    }
}
