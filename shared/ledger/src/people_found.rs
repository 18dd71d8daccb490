//! People by name in either order, by work address, and by whom they report to.
//!
//! An item leads to each; it is written with the person's row and never taken away. One that leads to somebody who is
//! called otherwise since, or reports to somebody else, is left out when it is read.

use std::collections::BTreeSet;

use latchkey_lifecycle::{EmployeeId, PersonDraft, spelling};
use serde_json::json;

use crate::{
    Ledger, LedgerError, PersonRecord, keys,
    store::{PageStart, Query, When, Write},
};

/// A page of people who were looked for.
#[derive(Debug, Clone)]
pub struct FoundPage {
    /// Each with the id, in the order of names.
    pub people: Vec<(EmployeeId, PersonRecord)>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<FoundPlace>,
}

/// Where a page of people begins: in which search, and after whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPlace(String);

impl FoundPlace {
    /// As a link carries it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a link carried it. What is no place begins somewhere else in the list, and does no harm.
    pub fn of(text: &str) -> FoundPlace {
        FoundPlace(text.to_owned())
    }

    fn in_search(search: usize, after: &str) -> FoundPlace {
        FoundPlace(format!("{search}.{after}"))
    }

    fn parts(&self) -> (usize, Option<String>) {
        let (search, after) = self.0.split_once('.').unwrap_or_default();
        let after = Some(after.to_owned()).filter(|after| !after.is_empty());
        (search.parse().unwrap_or_default(), after)
    }
}

/// Words by which somebody is found, and the partition in which they stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    partition: &'static str,
    words: String,
}

/// By what somebody is found, the order of the list first: `Zoë Müller` is `muller zoe` there, and elsewhere
/// `zoe muller`, both as they are spelled where umlauts are not known (`mueller zoe`), and the work address.
fn ways_by_words(record: &PersonDraft) -> Vec<Way> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let names = [text(&record.family_name), text(&record.given_name)];
    let country = text(&record.country);
    let bare = names.clone().map(|name| spelling::bare(&name));
    let spelled = names.map(|name| spelling::bare(&spelling::plain(&name, &country)));
    let joined = |first: &str, second: &str| format!("{first} {second}").trim().to_owned();
    let [family, given] = &bare;
    let [spelled_family, spelled_given] = &spelled;
    let listed = joined(family, given);
    let others = [
        joined(given, family),
        joined(spelled_family, spelled_given),
        joined(spelled_given, spelled_family),
        spelling::bare(&text(&record.work_email)),
    ];
    let mut ways = vec![Way {
        partition: keys::BY_NAME,
        words: listed.clone(),
    }];
    for words in others {
        let partition = keys::BY_OTHER_WORDS;
        if words != listed && ways.iter().all(|way| way.words != words) {
            ways.push(Way { partition, words });
        }
    }
    ways.retain(|way| !way.words.is_empty());
    for way in &mut ways {
        way.words.truncate(MOST_LETTERS);
    }
    ways
}

/// Of plain words so many letters count: a sort key takes 1024 bytes, and some letters have long names in ASCII.
const MOST_LETTERS: usize = 300;

/// More words than these are looked for as one.
const MOST_WORDS: usize = 4;

/// What is looked for, one after the other. A family name of several words is one word where it stands, so each place
/// is tried at which the second name could begin.
fn searches(text: &str) -> Vec<Way> {
    let all = |partition| Way {
        partition,
        words: String::new(),
    };
    if text.trim().is_empty() {
        return vec![all(keys::BY_NAME)];
    }
    let words = text.split_whitespace().map(spelling::bare);
    let mut words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    if words.len() > MOST_WORDS {
        let rest = words.split_off(MOST_WORDS - 1).concat();
        words.push(rest);
    }
    let cuts = (1..=words.len()).map(|cut| {
        let (first, second) = words.split_at(cut);
        format!("{} {}", first.concat(), second.concat())
    });
    let mut prefixes: Vec<String> = cuts.map(|words| words.trim().to_owned()).collect();
    for prefix in &mut prefixes {
        prefix.truncate(MOST_LETTERS);
    }
    let partitions = [keys::BY_NAME, keys::BY_OTHER_WORDS].into_iter();
    let both = partitions.flat_map(|partition| {
        prefixes.iter().map(move |words| Way {
            partition,
            words: words.clone(),
        })
    });
    both.collect()
}

/// Whether somebody of these ways is shown by this one: whoever is found by several is shown by the first.
fn is_shown_by(ways: &[Way], way: &Way, searches: &[Way], at: usize) -> bool {
    let found = |search: &Way, one: &Way| {
        one.partition == search.partition && one.words.starts_with(&search.words)
    };
    let all = searches.iter().enumerate().flat_map(|(n, search)| {
        let these = ways.iter().filter(move |one| found(search, one));
        these.map(move |one| (n, &one.words))
    });
    all.min() == Some((at, &way.words))
}

/// Of so many who ever reported to somebody at least one still does, if anybody does.
const SOME: u16 = 100;

fn manager_of(record: &PersonDraft) -> Option<String> {
    let address = record.manager_email.as_deref()?.trim().to_lowercase();
    (!address.is_empty()).then_some(address)
}

impl Ledger {
    /// The writes of the items that lead to a person.
    pub(crate) fn ways_to(
        &self,
        employee: &EmployeeId,
        record: &PersonDraft,
    ) -> Result<Vec<Write>, LedgerError> {
        let by_words = ways_by_words(record).into_iter();
        let mut ways: Vec<keys::Key> = by_words
            .map(|way| keys::person_by_words(way.partition, &way.words, employee))
            .collect();
        if let Some(manager) = manager_of(record) {
            ways.push(keys::report(&manager, employee));
        }
        let ways = ways
            .iter()
            .map(|key| self.put(key, &json!({}), When::Always, &[]));
        ways.collect()
    }

    /// People of whom a name, both names in either order, or the work address begins so; everybody by their family
    /// names where it is empty. At most `limit`.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn people_named(
        &self,
        name: &str,
        limit: u16,
        after: Option<FoundPlace>,
    ) -> Result<FoundPage, LedgerError> {
        let searches = searches(name);
        let (begin, mut from) = after.map(|place| place.parts()).unwrap_or_default();
        let mut people = Vec::new();
        for (at, search) in searches.iter().enumerate().skip(begin) {
            let left = usize::from(limit).saturating_sub(people.len());
            if left == 0 {
                let next = Some(FoundPlace::in_search(at, ""));
                return Ok(FoundPage { people, next });
            }
            // One more, to know whether there is one.
            let asked = u16::try_from(left + 1).unwrap_or(u16::MAX);
            let mut sks = self.words_like(search, asked, from.take()).await?;
            let more = sks.len() > left;
            sks.truncate(left);
            let found = self.found(&sks, |sk, id, record| {
                let ways = ways_by_words(record);
                let by = ways.iter().find(|way| {
                    let key = keys::person_by_words(way.partition, &way.words, id);
                    way.partition == search.partition && key.sk == sk
                });
                by.is_some_and(|way| is_shown_by(&ways, way, &searches, at))
            });
            people.extend(found.await?);
            if let Some(last) = sks.last().filter(|_| more) {
                let next = Some(FoundPlace::in_search(at, last));
                return Ok(FoundPage { people, next });
            }
        }
        Ok(FoundPage { people, next: None })
    }

    /// The sort keys of items whose words begin so.
    async fn words_like(
        &self,
        search: &Way,
        limit: u16,
        after: Option<String>,
    ) -> Result<Vec<String>, LedgerError> {
        // DynamoDB refuses a place outside of what is asked for.
        let after = after.filter(|sk| sk.starts_with(&keys::words_like(&search.words)));
        let from = after.map(|sk| {
            let keys = [("pk", search.partition.to_owned()), ("sk", sk)];
            PageStart(keys.map(|(name, value)| (name.to_owned(), value)).into())
        });
        let query = Query {
            partition: search.partition.to_owned(),
            prefix: Some(keys::words_like(&search.words)),
            limit: Some(limit),
            from,
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        Ok(page.items.into_iter().map(|item| item.key.sk).collect())
    }

    /// Whose employee id, address or account name this is. An id that is nobody's is looked for with other noughts
    /// before it, too.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn people_called(
        &self,
        text: &str,
    ) -> Result<Vec<(EmployeeId, PersonRecord)>, LedgerError> {
        let Ok(typed) = EmployeeId::new(text.trim()) else {
            return Ok(Vec::new());
        };
        let named = self.name_given(typed.as_str()).await?;
        let mut ids = typed.with_other_noughts();
        ids.insert(0, typed.clone());
        if let Some(named) = named.filter(|named| !ids.contains(&named.employee_id)) {
            ids.push(named.employee_id);
        }
        let mut records = self.records_of(&ids).await?;
        let exact = records.contains_key(&typed);
        let found = ids.into_iter().enumerate().filter_map(|(n, id)| {
            let counts = n == 0 || !exact || !typed.with_other_noughts().contains(&id);
            let record = records.remove(&id).filter(|_| counts)?;
            Some((id, record))
        });
        Ok(found.collect())
    }

    /// Whose work e-mail address this is or ever was, by HR's records, or whose it is by what Latchkey gave. Addresses
    /// that differ in their punctuation lead to each other: whoever asks compares with the records.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn ever_at(&self, address: &str) -> Result<BTreeSet<EmployeeId>, LedgerError> {
        let address = address.trim();
        let given = self.name_given(address).await?;
        let mut ids: BTreeSet<EmployeeId> =
            given.map(|given| given.employee_id).into_iter().collect();
        let mut words = spelling::bare(address);
        words.truncate(MOST_LETTERS);
        if !words.is_empty() {
            let prefix = keys::at_these_words(&words);
            let items = self.items(keys::BY_OTHER_WORDS, &prefix).await?;
            let found = items
                .iter()
                .filter_map(|item| keys::found_person(&item.key.sk));
            ids.extend(found);
        }
        Ok(ids)
    }

    /// Who reports to a work e-mail address, by HR's records; of the first `limit` who ever did.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn reports_of(
        &self,
        manager: &str,
        limit: u16,
    ) -> Result<Vec<(EmployeeId, PersonRecord)>, LedgerError> {
        let manager = manager.trim().to_lowercase();
        let query = Query {
            partition: keys::reports_partition(&manager),
            limit: Some(limit),
            ..Query::default()
        };
        let page = self.store.query(query).await?;
        let sks: Vec<String> = page.items.into_iter().map(|item| item.key.sk).collect();
        self.found(&sks, |_, _, record| {
            manager_of(record).as_ref() == Some(&manager)
        })
        .await
    }

    /// Whether anybody reports to a work e-mail address, by HR's records.
    ///
    /// # Errors
    /// [`LedgerError`] when the table cannot be read.
    pub async fn has_reports(&self, manager: &str) -> Result<bool, LedgerError> {
        Ok(!self.reports_of(manager, SOME).await?.is_empty())
    }

    /// The people whom these items lead to, in their order, but those of whom it is not so any more.
    async fn found(
        &self,
        sks: &[String],
        is_so: impl Fn(&str, &EmployeeId, &PersonDraft) -> bool,
    ) -> Result<Vec<(EmployeeId, PersonRecord)>, LedgerError> {
        let ids: Vec<(&String, EmployeeId)> = sks
            .iter()
            .filter_map(|sk| Some((sk, keys::found_person(sk)?)))
            .collect();
        // Several items may lead to one person, and each is read once.
        let all: BTreeSet<EmployeeId> = ids.iter().map(|(_, id)| id.clone()).collect();
        let all: Vec<EmployeeId> = all.into_iter().collect();
        let records = self.records_of(&all).await?;
        let found = ids.into_iter().filter_map(|(sk, id)| {
            let record = records.get(&id)?;
            is_so(sk, &id, &record.record).then(|| (id, record.clone()))
        });
        Ok(found.collect())
    }
}

#[cfg(all(test, feature = "embedded"))]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::embedded;

    fn person(given: &str, family: &str, manager: &str) -> PersonDraft {
        PersonDraft {
            given_name: Some(given.to_owned()),
            family_name: Some(family.to_owned()),
            manager_email: Some(manager.to_owned()),
            ..PersonDraft::default()
        }
    }

    #[tokio::test]
    async fn people_are_found_by_name_and_by_manager() {
        let ledger = embedded::open(None).await.unwrap();
        for (id, record) in [
            ("1001", person("Zoë", "Müller", "Ada.King@acme.example")),
            ("1002", person("Bo", "Lind", "ada.king@acme.example ")),
            ("10#3", person("Ana", "Muller", "eva@acme.example")),
        ] {
            let id = EmployeeId::new(id).unwrap();
            ledger
                .import_person(&id, record, Timestamp::UNIX_EPOCH)
                .await
                .unwrap();
        }
        let ids = |people: Vec<(EmployeeId, PersonRecord)>| -> Vec<String> {
            people.into_iter().map(|(id, _)| id.to_string()).collect()
        };
        let named = async |name: &str, limit, after| {
            let page = ledger.people_named(name, limit, after).await.unwrap();
            (ids(page.people), page.next)
        };
        assert_eq!(named("", 10, None).await.0, ["1002", "10#3", "1001"]);
        assert_eq!(named("MÜLLER", 10, None).await.0, ["10#3", "1001"]);
        for typed in ["Müller Zo", "zoë mül", "Mueller, Zoe", "zoe m", "zoe"] {
            assert_eq!(named(typed, 10, None).await.0, ["1001"], "{typed}");
        }
        assert_eq!(named("###", 10, None).await.0, Vec::<String>::new());
        assert_eq!(named("nobody", 10, None).await.0, Vec::<String>::new());
        let (first, next) = named("", 2, None).await;
        assert_eq!(first, ["1002", "10#3"]);
        let (last, next) = named("", 2, next).await;
        assert_eq!((last, next), (vec!["1001".to_owned()], None));
        let reports = ledger
            .reports_of(" ADA.king@acme.example", 50)
            .await
            .unwrap();
        assert_eq!(ids(reports), ["1001", "1002"]);
    }
    #[tokio::test]
    async fn names_of_several_words_addresses_and_ids_are_found_and_nobody_twice() {
        let ledger = embedded::open(None).await.unwrap();
        let mut jan = person("Jan", "van der Berg", "");
        jan.work_email = Some("jan.berg@acme.example".to_owned());
        let ana = person("Ana", "Anders", "");
        for (id, record) in [
            ("0042", jan),
            ("7", ana),
            ("8", person("Anders", "Ana", "")),
        ] {
            let id = EmployeeId::new(id).unwrap();
            let at = Timestamp::UNIX_EPOCH;
            ledger.import_person(&id, record, at).await.unwrap();
        }
        let ids = |people: &[(EmployeeId, PersonRecord)]| -> Vec<String> {
            people.iter().map(|(id, _)| id.to_string()).collect()
        };
        for (typed, found) in [
            ("van der Berg", &["0042"][..]),
            ("Van der Berg J", &["0042"]),
            ("jan van der", &["0042"]),
            ("jan.berg@acme", &["0042"]),
            ("an", &["8", "7"]),
            ("Ana Anders", &["8", "7"]),
        ] {
            let page = ledger.people_named(typed, 10, None).await.unwrap();
            assert_eq!(
                (ids(&page.people), page.next),
                (ids_of(found), None),
                "{typed}"
            );
            // One at a time it is the same.
            let (mut all, mut after) = (Vec::new(), None);
            loop {
                let page = ledger.people_named(typed, 1, after).await.unwrap();
                all.extend(ids(&page.people));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(all, ids_of(found), "{typed}");
        }
        for stray in ["", "x", "0.", "1.PERSON#zz#1", "9.PERSON#a#1"] {
            let page = ledger.people_named("jan", 10, Some(FoundPlace::of(stray)));
            assert!(page.await.is_ok(), "{stray}");
        }
        let long = "\u{5c0f}".repeat(2000);
        assert!(ledger.people_named(&long, 10, None).await.is_ok());
        for typed in ["0042", "42", " 0042 "] {
            assert_eq!(ids(&ledger.people_called(typed).await.unwrap()), ["0042"]);
        }
        assert!(ledger.people_called("Jan Berg").await.unwrap().is_empty());
        let at = async |address: &str| -> Vec<String> {
            let ids = ledger.ever_at(address).await.unwrap();
            ids.into_iter().map(|id| id.to_string()).collect()
        };
        assert_eq!(at(" Jan.Berg@acme.example").await, ["0042"]);
        for nobody in ["jan.berg@acme.exampl", "", "@"] {
            assert_eq!(at(nobody).await, Vec::<String>::new(), "{nobody}");
        }
    }

    fn ids_of(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }
}
