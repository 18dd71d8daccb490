//! A ledger with as many people and cases as one wants: one person's, made by the real handlers, again and again under
//! other numbers and names.

use latchkey_embedded::Stack;
use latchkey_ledger::{Attribute, Ledger, WRITTEN_AT_ONCE, WholeItem};
use latchkey_runbook::Source;
use serde_json::json;

use crate::{Answers, Rehearsal, acme};

/// The number of the person whose items are copied, and the name: nothing else is written so.
const NUMBER: u64 = 700_000_000;
const NAME: &str = "Qqxname";

/// The sample company's runbook with four tasks a hire.
pub fn four_tasks() -> Source {
    let mut files = acme().files().clone();
    let runbook = files.get_mut("runbook.yaml").unwrap();
    let begins = runbook.find("\nhire:\n").unwrap();
    let ends = begins + 1 + runbook[begins + 1..].find("\n# ---").unwrap();
    let hire = "\nhire:\n  accounts: {grant: [directory], opens: now, due: within 2 days}\n  \
                laptop: {title: Prepare the laptop, owner: it, opens: now, due: start at 12:00, instructions: Set it up.}\n  \
                desk: {title: Prepare the desk, owner: facilities, opens: now, due: start at 12:00, instructions: Find one.}\n  \
                briefing: {title: Security briefing, owner: security, opens: start at 09:00, due: 5 working days after start at 17:00, instructions: Hold it.}\n";
    runbook.replace_range(begins..ends, hire);
    Source::from_files(files)
}

/// Who works there, and one hire of each kind: under way, and closed.
async fn items_of_one(it: &mut Rehearsal, closed: bool) -> Vec<WholeItem> {
    let before: Vec<String> = keys(&all_items(&it.stack.ledger).await);
    let start = it.later(24 * 9).strftime("%Y-%m-%d").to_string();
    it.confirm(json!({ "type": "person.hired", "data": {
        "employee_id": NUMBER.to_string(), "effective_date": start, "person": {
            "given_name": "Uma", "family_name": NAME, "department": "Sales", "title": "Account Executive", "level": "L3",
            "employment_type": "employee", "country": "DE", "location": "Berlin", "time_zone": "Europe/Berlin",
            "manager": "1003", "manager_email": "tom.keller@acme.example",
        }}}))
    .await
    .unwrap();
    let (mut answers, until) = match closed {
        true => (Answers::willing(), it.later(24 * 30)),
        false => (Answers::none(), it.later(20)),
    };
    it.play(&mut answers, Some(until)).await;
    let all = all_items(&it.stack.ledger).await;
    let new = all.into_iter().filter(|item| {
        let key = key_of(item);
        !before.contains(&key)
            && (key.contains(&NUMBER.to_string()) || key.to_lowercase().contains("qqxname"))
    });
    new.collect()
}

async fn all_items(ledger: &Ledger) -> Vec<WholeItem> {
    let (mut all, mut from) = (Vec::new(), None);
    loop {
        let page = ledger.every_item(from).await.unwrap();
        all.extend(page.items);
        from = page.next;
        if from.is_none() {
            return all;
        }
    }
}

fn key_of(item: &WholeItem) -> String {
    let text = |name: &str| match item.0.get(name) {
        Some(Attribute::S(text)) => text.clone(),
        _ => String::new(),
    };
    format!("{} / {}", text("pk"), text("sk"))
}

fn keys(items: &[WholeItem]) -> Vec<String> {
    items.iter().map(key_of).collect()
}

/// The same under another number and name.
fn again(item: &WholeItem, number: u64) -> WholeItem {
    let (other, name) = (
        (NUMBER + number).to_string(),
        format!("{NAME}{}", letters(number)),
    );
    let attributes = item.0.iter().map(|(key, value)| {
        let value = match value {
            Attribute::S(text) => {
                let text = text
                    .replace(&NUMBER.to_string(), &other)
                    .replace(NAME, &name);
                let lower = NAME.to_lowercase();
                Attribute::S(text.replace(&lower, &name.to_lowercase()))
            }
            Attribute::N(digits) => Attribute::N(digits.clone()),
        };
        (key.clone(), value)
    });
    WholeItem(attributes.collect())
}

/// A number in letters: names have no digits.
fn letters(mut number: u64) -> String {
    let mut text = String::new();
    loop {
        let letter = u8::try_from(number % 26).unwrap_or(0);
        text.push(char::from(b'a' + letter));
        number /= 26;
        if number == 0 {
            return text;
        }
    }
}

/// So many cases, one in `OPEN_OF` of them open, each of another person, with four tasks each. Gives one of the open
/// cases' and one of the closed cases' employee ids.
pub async fn fill(cases: u64) -> (Rehearsal, [String; 2]) {
    let mut it = Rehearsal::of(&four_tasks()).await;
    it.seed().await;
    let closed = items_of_one(&mut it, true).await;
    let mut other = Rehearsal::of(&four_tasks()).await;
    other.seed().await;
    other.inner.clock.jump_to(it.now());
    let open = items_of_one(&mut other, false).await;
    it.inner.clock.jump_to(other.now());
    copy(&it.stack, (&open, &closed), cases).await;
    let id = |number: u64| (NUMBER + number).to_string();
    (it, [id(OPEN_OF), id(1)])
}

/// One case in so many is open.
const OPEN_OF: u64 = 2;

async fn copy(stack: &Stack, (open, closed): (&[WholeItem], &[WholeItem]), cases: u64) {
    let mut batch: Vec<WholeItem> = Vec::new();
    for number in 1..=cases {
        let of = if number.is_multiple_of(OPEN_OF) {
            open
        } else {
            closed
        };
        batch.extend(of.iter().map(|item| again(item, number)));
        while batch.len() >= WRITTEN_AT_ONCE {
            let rest = batch.split_off(WRITTEN_AT_ONCE);
            write(&stack.ledger, std::mem::replace(&mut batch, rest)).await;
        }
    }
    write(&stack.ledger, batch).await;
}

async fn write(ledger: &Ledger, items: Vec<WholeItem>) {
    if !items.is_empty() {
        assert!(ledger.put_items(items).await.unwrap().is_empty());
    }
}
