//! Reading a list page by page, whatever it counts its pages by, and knowing whether it was read to its end.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use serde_json::Value;

use crate::{Fault, Faults, Whole};

fn short(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// One page of a list, as a system answered it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// What tells the lines apart, eight bytes each.
    lines: Vec<u64>,
    /// How many there are in all, where the system says so.
    total: Option<u64>,
    /// Where the next page begins; `None` on the last.
    next: Option<String>,
}

impl Part {
    /// A page with lines of these identities, and where the next one begins.
    pub fn of(lines: impl IntoIterator<Item = impl Hash>, next: Option<String>) -> Part {
        Part {
            lines: lines.into_iter().map(short).collect(),
            total: None,
            next,
        }
    }

    /// A page of JSON, whose lines are told apart by `id`, or by all that they say.
    pub fn of_json(lines: &[Value], id: &str, next: Option<String>) -> Part {
        let identity = |line: &Value| match &line[id] {
            Value::String(id) => short(id),
            Value::Number(id) => short(id.to_string()),
            _ => short(line.to_string()),
        };
        Part {
            lines: lines.iter().map(identity).collect(),
            total: None,
            next,
        }
    }

    /// The same, of a list that says how many it has in all.
    #[must_use]
    pub fn out_of(mut self, total: Option<u64>) -> Part {
        self.total = total;
        self
    }

    /// Where the next page begins; `None` on the last.
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}

/// A page of JSON, item by item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// What stands on it.
    pub items: Vec<Value>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<String>,
}

impl Lines {
    /// As it is counted, where items are told apart by their `id`.
    pub fn part(&self) -> Part {
        Part::of_json(&self.items, "id", self.next.clone())
    }
}

/// What comes after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// The page that begins here.
    To(String),
    /// Nothing: the list was read to its end.
    End(Whole),
}

/// Watches a list that is read page by page. What ends before it has shown what it says that it has, comes back to a
/// page that was read, or shows the same again, is [`Fault::Incomplete`].
#[derive(Debug)]
pub struct Leafing {
    system: String,
    /// What is listed, in words.
    list: String,
    seen: HashSet<u64>,
    places: HashSet<u64>,
    total: Option<u64>,
    /// More than so many are not read, and what is said then.
    most: Option<(usize, String)>,
}

impl Leafing {
    /// At the beginning of a list, e.g. of `users`.
    pub fn through(system: &str, list: &str) -> Leafing {
        Leafing {
            system: system.to_owned(),
            list: list.to_owned(),
            seen: HashSet::new(),
            places: HashSet::new(),
            total: None,
            most: None,
        }
    }

    /// The same, of a list that is read to find something. One that goes on with more than so many ignores what it was
    /// asked for, and is large: that is [`Fault::Rejected`] with this problem.
    #[must_use]
    pub fn up_to(mut self, most: usize, problem: impl Into<String>) -> Leafing {
        self.most = Some((most, problem.into()));
        self
    }

    /// How many different lines were shown so far.
    pub fn seen(&self) -> usize {
        self.seen.len()
    }

    /// Takes a page, and says what comes after it. A page may be empty before the last, where another one is named.
    ///
    /// # Errors
    /// [`Fault::Incomplete`] when the list does not show all that it has; see [`up_to`](Leafing::up_to).
    pub fn turn(&mut self, page: &Part) -> Result<Turn, Fault> {
        let before = self.seen.len();
        self.seen.extend(&page.lines);
        let shown = self.seen.len();
        let is_again = !page.lines.is_empty() && shown == before;
        let fewer = self
            .total
            .zip(page.total)
            .is_some_and(|(then, now)| now < then);
        self.total = page.total.or(self.total);
        let all = self.total.is_none_or(|total| total <= shown as u64);
        match &page.next {
            // Whoever went away moved the others to a page that was read already.
            _ if fewer => Err(self.incomplete("has lost some while it was read")),
            None if all => Ok(Turn::End(Whole::in_one_answer(()))),
            None if is_again => Err(self.incomplete("ignores paging")),
            None => Err(self.incomplete("ends there")),
            Some(_) if is_again => Err(self.incomplete("ignores paging")),
            Some(next) if !self.places.insert(short(next)) => {
                Err(self.incomplete("leads back to a page that was read"))
            }
            Some(next) => match &self.most {
                Some((most, problem)) if shown > *most => {
                    Err(self.system.as_str().rejected(problem.as_str()))
                }
                _ => Ok(Turn::To(next.clone())),
            },
        }
    }

    /// Reads a list of JSON to its end, and shows every item; keeps one page at a time. `page` reads the page that
    /// begins at a place, the first where there is none. `None` when there is no such list.
    ///
    /// # Errors
    /// Those of [`turn`](Leafing::turn) and of reading a page; [`Fault::Incomplete`] when the list goes away while it
    /// is read.
    pub async fn each<F>(
        mut self,
        mut page: impl FnMut(Option<String>) -> F,
        mut see: impl FnMut(&Value),
    ) -> Result<Option<Whole>, Fault>
    where
        F: Future<Output = Result<Option<Lines>, Fault>>,
    {
        let mut at = None;
        loop {
            let Some(lines) = page(at).await? else {
                return match self.seen() {
                    0 => Ok(None),
                    _ => Err(self.incomplete("goes away while it is read")),
                };
            };
            lines.items.iter().for_each(&mut see);
            match self.turn(&lines.part())? {
                Turn::To(next) => at = Some(next),
                Turn::End(whole) => return Ok(Some(whole)),
            }
        }
    }

    /// The list is not whole, for this reason.
    pub fn incomplete(&self, why: &str) -> Fault {
        let shown = self.seen.len();
        let of = match self.total.filter(|total| *total > shown as u64) {
            Some(total) => format!(" of {total}"),
            None => String::new(),
        };
        let system = self.system.as_str();
        system.incomplete(format!("it shows {shown}{of} {} and {why}", self.list))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn page(lines: std::ops::Range<u32>, next: Option<&str>) -> Part {
        Part::of(lines, next.map(str::to_owned))
    }

    /// How far it gets: the number of lines at the end, or what is wrong.
    fn read(pages: &[Part]) -> String {
        let mut list = Leafing::through("Directory", "users");
        for page in pages {
            match list.turn(page) {
                Ok(Turn::To(_)) => {}
                Ok(Turn::End(_)) => return format!("all {}", list.seen()),
                Err(Fault::Incomplete { problem, .. }) => return problem,
                Err(other) => panic!("{other:?}"),
            }
        }
        "goes on".to_owned()
    }

    #[test]
    fn a_list_that_shows_what_it_says_is_whole() {
        assert_eq!(read(&[page(0..0, None)]), "all 0");
        assert_eq!(read(&[page(0..3, None).out_of(Some(3))]), "all 3");
        let two = [page(0..3, Some("4")), page(3..5, None)];
        assert_eq!(read(&two), "all 5");
        // A page that is empty in the middle, one that overlaps, somebody who came meanwhile.
        let three = [
            page(0..3, Some("a")).out_of(Some(5)),
            page(0..0, Some("b")).out_of(Some(6)),
            page(2..6, None).out_of(Some(6)),
        ];
        assert_eq!(read(&three), "all 6");
    }

    #[test]
    fn a_list_that_shows_less_than_it_says_is_not_whole() {
        let short = page(0..20, None).out_of(Some(60));
        let why = "it shows 20 of 60 users and ends there";
        assert_eq!(read(&[short]), why);
        let same = page(0..20, Some("21")).out_of(Some(60));
        let why = "it shows 20 of 60 users and ignores paging";
        assert_eq!(read(&[same.clone(), same]), why);
        let empty = [
            page(0..20, Some("21")).out_of(Some(60)),
            page(0..0, None).out_of(Some(60)),
        ];
        let why = "it shows 20 of 60 users and ends there";
        assert_eq!(read(&empty), why);
        // The same three times is not three times as many.
        let last = page(0..20, None).out_of(Some(40));
        let thrice = [page(0..20, Some("21")).out_of(Some(40)), last];
        assert!(read(&thrice).contains("20 of 40"), "{}", read(&thrice));
    }

    #[test]
    fn a_list_that_goes_in_circles_is_not_whole() {
        let pages = [
            page(0..2, Some("a")),
            page(2..4, Some("b")),
            page(4..6, Some("a")),
        ];
        let why = "it shows 6 users and leads back to a page that was read";
        assert_eq!(read(&pages), why);
        let empty = [page(0..2, Some("a")), page(0..0, Some("a"))];
        assert!(read(&empty).ends_with("leads back to a page that was read"));
    }

    #[test]
    fn whoever_goes_away_while_a_list_is_read_moves_the_others_out_of_sight() {
        let pages = [
            page(0..2, Some("3")).out_of(Some(4)),
            page(3..4, None).out_of(Some(3)),
        ];
        let why = "it shows 3 users and has lost some while it was read";
        assert_eq!(read(&pages), why);
    }

    #[test]
    fn lines_without_an_id_are_told_apart_by_what_they_say() {
        let lines = [
            json!({"id": 1}),
            json!({"id": "1"}),
            json!({"x": 1}),
            json!("u1"),
            json!("u2"),
        ];
        let mut list = Leafing::through("Directory", "users");
        let part = Part::of_json(&lines, "id", None);
        assert!(matches!(list.turn(&part), Ok(Turn::End(_))));
        assert_eq!(list.seen(), 4);
    }

    #[test]
    fn a_list_that_should_be_short_is_not_read_for_ever() {
        let list = || Leafing::through("Directory", "users").up_to(3, "it shows too many");
        let fault = list().turn(&page(0..4, Some("a"))).unwrap_err();
        assert_eq!(fault.problem(), "it shows too many");
        assert!(matches!(
            list().turn(&page(0..3, Some("a"))),
            Ok(Turn::To(_))
        ));
        assert!(matches!(list().turn(&page(0..4, None)), Ok(Turn::End(_))));
    }

    /// How many items it shows of pages by the places where they begin.
    async fn shown(pages: &[(&str, Lines)]) -> Result<Option<usize>, Fault> {
        let page = |at: Option<String>| async move {
            let at = at.unwrap_or_default();
            let there = pages.iter().find(|(place, _)| *place == at);
            Ok(there.map(|(_, lines)| lines.clone()))
        };
        let mut shown = 0;
        let list = Leafing::through("Directory", "users");
        let whole = list.each(page, |_| shown += 1).await?;
        Ok(whole.map(|_| shown))
    }

    #[tokio::test]
    async fn every_item_of_a_list_is_shown_or_it_is_said_that_some_are_missing() {
        let lines = |ids: &[u32], next: Option<&str>| Lines {
            items: ids.iter().map(|id| json!({ "id": id })).collect(),
            next: next.map(str::to_owned),
        };
        let (first, last) = (lines(&[1, 2], Some("b")), lines(&[3], None));
        let both = [("", first.clone()), ("b", last)];
        assert_eq!(shown(&both).await, Ok(Some(3)));
        assert_eq!(shown(&[]).await, Ok(None));
        let fault = shown(&[("", first)]).await.unwrap_err();
        assert!(fault.problem().ends_with("goes away while it is read"));
    }
}
