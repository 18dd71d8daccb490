//! Somebody who looks at pages, without a socket, and what each page asks of the ledger.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{
        Request, StatusCode,
        header::{COOKIE, LOCATION, SET_COOKIE},
    },
};
use latchkey_embedded::Stack;
use latchkey_ledger::embedded::{Gate, Passage, through};
use tower::ServiceExt;

/// A unit of reading. Source: DynamoDB developer guide, "Read/write capacity mode".
const UNIT: usize = 4096;

/// What was asked of the ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// Calls.
    pub calls: usize,
    /// Items that were read.
    pub items: usize,
    /// Read units, as if every read was consistent: an index's cost half of it.
    pub units: usize,
}

/// Counts what is asked.
#[derive(Debug, Default)]
struct Counter(Mutex<Asked>);

impl Counter {
    fn change(&self, change: impl FnOnce(&mut Asked)) {
        change(&mut self.0.lock().unwrap());
    }
}

impl Gate for Counter {
    fn pass(&self, _: &str) -> Passage {
        self.change(|asked| asked.calls += 1);
        Passage::Answered
    }

    fn has_read(&self, operation: &str, items: &[usize]) {
        let units = |bytes: usize| bytes.div_ceil(UNIT).max(1);
        let whole = match operation {
            // A query is rounded up as a whole, what is got each by itself.
            "Query" => units(items.iter().sum()),
            _ => items.iter().map(|bytes| units(*bytes)).sum(),
        };
        self.change(|asked| {
            asked.items += items.len();
            asked.units += whole;
        });
    }
}

/// Every page with something on it, as an operator asks for it over [`crate::filled::fill`]; [`pages`] puts what a
/// person's and a case's are called in the place of `{person}` and `{case}`.
const PAGES: [&str; 28] = [
    "/",
    "/?team=it",
    "/cases",
    "/cases?shelf=closed",
    "/cases?kind=exit",
    "/cases/{case}",
    "/cases/{case}/board",
    "/cases/{case}/tasks/laptop",
    "/people",
    "/people/{person}",
    "/people/{person}/what-if",
    "/people/{person}/what-if?department=Finance",
    "/search?q=uma",
    "/search?q=qqxname",
    "/report",
    "/import",
    "/findings",
    "/systems",
    "/systems/directory",
    "/systems/directory/who?has=everyone",
    "/held",
    "/audit",
    "/audit?on={person}",
    "/audit?on={case}",
    "/audit?system=directory",
    "/audit?who=ada.king%40acme.example",
    "/setup",
    "/me",
];

/// [`PAGES`] for each of these people, those that are of nobody once.
pub async fn pages(visitor: &Visitor, numbers: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for number in numbers {
        let person = visitor.get(&format!("/people/{number}")).await;
        let cases = links(&person.text);
        let mut cases = cases.iter().filter_map(|link| link.strip_prefix("/cases/"));
        let case = cases.find(|case| !case.contains('/')).unwrap();
        for page in PAGES {
            let path = page.replace("{person}", number).replace("{case}", case);
            if !all.contains(&path) {
                all.push(path);
            }
        }
    }
    all
}

/// A page as it was answered.
#[derive(Debug)]
pub struct Seen {
    /// Its status.
    pub status: StatusCode,
    /// Where it leads, for a redirect.
    pub to: Option<String>,
    /// Its text.
    pub text: String,
    /// What it asked of the ledger.
    pub asked: Asked,
}

/// Somebody who signed in.
pub struct Visitor {
    pages: Router,
    cookie: String,
    counter: Arc<Counter>,
}

impl Visitor {
    /// Somebody whom the runbook, or HR's records, name by this work address.
    pub async fn of(stack: &Stack, address: &str) -> Visitor {
        let counter: Arc<Counter> = Arc::default();
        let ledger = through(&stack.ledger, Arc::clone(&counter) as _).unwrap();
        let pages = console::router(console::Deps {
            intake: latchkey_decisions::Deps {
                ledger,
                ..stack.intake.clone()
            },
            links: Arc::clone(&stack.links),
            sign_in: console::SignInBy::Links,
            attachments: Arc::new(console::InMemory::default()),
            repairs: None,
            place: Arc::default(),
        });
        let (_, runbook) = stack.runbooks.current(&stack.ledger).await.unwrap();
        let now = stack.clock.now();
        let link = console::sign_in_link(&stack.ledger, &runbook, now, ("", address)).await;
        let request = Request::post(link.unwrap()).header("sec-fetch-site", "same-origin");
        let answer = pages.clone().oneshot(request.body(Body::empty()).unwrap());
        let answer = answer.await.unwrap();
        let kept = answer.headers()[SET_COOKIE].to_str().unwrap();
        Visitor {
            cookie: kept.split(';').next().unwrap().to_owned(),
            pages,
            counter,
        }
    }

    /// Looks at a page.
    pub async fn get(&self, path: &str) -> Seen {
        self.counter.change(|asked| *asked = Asked::default());
        let request = Request::get(path).header(COOKIE, &self.cookie);
        let answer = self
            .pages
            .clone()
            .oneshot(request.body(Body::empty()).unwrap());
        let answer = answer.await.unwrap();
        let to = answer.headers().get(LOCATION);
        let to = to.map(|to| to.to_str().unwrap().to_owned());
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        Seen {
            status,
            to,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
            asked: *self.counter.0.lock().unwrap(),
        }
    }
}

/// The links of a page that lead to pages of ours, in their order.
pub fn links(page: &str) -> Vec<String> {
    let after = page.split("href=\"").skip(1);
    let all = after.filter_map(|rest| rest.split('"').next());
    all.filter(|link| link.starts_with('/') && !link.starts_with("//"))
        .map(|link| link.split('#').next().unwrap_or(link).replace("&amp;", "&"))
        .collect()
}

/// What kind of page a path is: with `*` for whatever is one of many, and the names of what is chosen.
pub fn kind_of(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let parts = path.split('/').enumerate().map(|(n, part)| {
        let of_a_task = n == 4 && path.contains("/tasks/");
        match of_a_task || part.chars().any(|c| c.is_ascii_digit()) {
            true => "*",
            false => part,
        }
    });
    let parts: Vec<&str> = parts.collect();
    let names = query.split('&').filter_map(|pair| pair.split('=').next());
    let mut names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    match names.is_empty() {
        true => parts.join("/"),
        false => format!("{}?{}", parts.join("/"), names.join("&")),
    }
}

#[cfg(test)]
mod tests {
    use console::Needs;

    use super::*;

    /// Those of a file of evidence, which nobody gave here.
    const NOT_HERE: &[&str] = &["/cases/{case}/tasks/{task}/files/{file}"];

    fn same(path: &str, page: &str) -> bool {
        let path = path.split('?').next().unwrap_or(path);
        let (path, page) = (path.split('/'), page.split('/'));
        let given = |(one, of): (&str, &str)| of.starts_with('{') || one == of;
        path.clone().count() == page.clone().count() && path.zip(page).all(given)
    }

    #[test]
    fn each_page_that_somebody_signed_in_asks_for_is_in_the_list() {
        let asked =
            |page: &&console::Page| page.method == "GET" && matches!(page.needs, Needs::To(_));
        for page in console::PAGES.iter().filter(asked) {
            let listed = PAGES.iter().any(|path| same(path, page.path));
            assert!(listed != NOT_HERE.contains(&page.path), "{}", page.path);
        }
    }
}
