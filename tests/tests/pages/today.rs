//! What a team has been asked.

use latchkey_ledger::{Attribute, WholeItem};
use latchkey_tests::{Answers, Rehearsal, filled::fill};

use crate::browser::{Answer, Browser, company};

const DESK: &str = "Prepare the desk";
const FACILITIES: &str = "maria.silva@acme.example";

#[tokio::test]
async fn a_team_sees_what_it_has_been_asked_and_others_do_not() {
    let mut rehearsal = company().await;
    rehearsal.take_in("hire.json").await;
    while rehearsal.letters_about(DESK).is_empty() {
        let later = rehearsal.later(12);
        rehearsal.play(&mut Answers::none(), Some(later)).await;
    }
    let mut facilities = Browser::of(&rehearsal, FACILITIES).await;
    let today = facilities.get("/").await;
    assert_eq!(today.status, 200);
    assert!(today.text.contains(DESK), "{}", today.text);
    let mut payroll = Browser::of(&rehearsal, "greta.olsen@acme.example").await;
    for path in ["/", "/?team=facilities"] {
        assert!(!payroll.get(path).await.text.contains(DESK), "{path}");
    }
    let mut operator = Browser::of(&rehearsal, "ada.king@acme.example").await;
    assert!(operator.get("/?team=facilities").await.text.contains(DESK));
}

/// Where the tasks are that a page lists, in its order.
fn tasks_on(page: &Answer) -> Vec<String> {
    let links = page.text.split(r#"<h3><a href=""#).skip(1);
    let links = links.map(|link| link.split('"').next().unwrap().to_owned());
    links.filter(|link| link.contains("/tasks/")).collect()
}

/// The page that comes after a page.
fn next(page: &Answer) -> Option<String> {
    let (before, _) = page.text.split_once(r#"" rel="next""#)?;
    let (_, link) = before.rsplit_once(r#"href=""#)?;
    Some(link.replace("&amp;", "&"))
}

#[tokio::test]
async fn of_many_tasks_each_is_on_some_page_and_no_number_is_a_limit_of_ours() {
    let (it, _) = fill(160).await;
    let mut maria = Browser::of(&it, FACILITIES).await;
    let first = maria.get("/").await;
    first.says("More than 50 tasks asked; of the first of them none is due today.");
    first.says("Only mine 0");
    first.says("Nobody’s yet, at least 50");
    let second = maria.get(&next(&first).unwrap()).await;
    assert_eq!((tasks_on(&first).len(), next(&second)), (50, None));
    second.says("A later page of what is asked");
    let mut all = tasks_on(&first);
    all.extend(tasks_on(&second));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 80);
    // Security is asked about each on the first day only.
    let mut chidi = Browser::of(&it, "chidi.eze@acme.example").await;
    let page = chidi.get("/?team=security").await;
    page.says("At least 50 tasks have not opened yet.");
    // What is no place begins at the beginning.
    assert_eq!(
        tasks_on(&maria.get("/?from=nonsense").await),
        tasks_on(&first)
    );
}

#[tokio::test]
async fn what_somebody_took_is_found_by_them_however_long_their_teams_list_is() {
    let (it, _) = fill(160).await;
    let mut maria = Browser::of(&it, FACILITIES).await;
    let first = maria.get("/").await;
    let second = maria.get(&next(&first).unwrap()).await;
    let taken = tasks_on(&second).pop().unwrap();
    let took = maria.post(&format!("{taken}/take"), &[]).await;
    assert_eq!(took.status, 303, "{}", took.text);
    for path in ["/", "/?whose=mine", "/?team=facilities&whose=mine"] {
        let page = maria.get(path).await;
        assert_eq!(tasks_on(&page)[0], taken, "{path}");
        page.says("Only mine 1");
    }
    let page = maria.get("/").await;
    page.says("In your hands 1");
    assert_eq!(tasks_on(&page).len(), 51);
    assert_eq!(tasks_on(&maria.get("/?whose=mine").await).len(), 1);
    // It does not stand on its old page once more, and others find it with who has it.
    assert!(!tasks_on(&maria.get(&next(&page).unwrap()).await).contains(&taken));
    // As an earlier release left it: nothing leads to it by whoever has it, until that is filled in.
    forget_hands(&it).await;
    maria.get("/").await.says("Only mine 0");
    let (ledger, now) = (&it.stack.ledger, it.now());
    while !ledger.fill_in(now).await.unwrap() {}
    maria.get("/").await.says("Only mine 1");
    // Whoever hands it over has it no longer.
    let asked = maria.get(&taken).await.value("question");
    let over = [
        ("answer", "handover"),
        ("question", asked.as_str()),
        ("to", ""),
    ];
    let over = maria.post(&taken, &over).await;
    assert_eq!(over.status, 303, "{}", over.text);
    maria.get("/?whose=mine").await.says("Only mine 0");
}

/// Takes away what leads to tasks by whoever has them in hand, as in a ledger of an earlier release.
async fn forget_hands(it: &Rehearsal) {
    let ledger = &it.stack.ledger;
    let text = |item: &WholeItem, name: &str| match item.0.get(name) {
        Some(Attribute::S(text)) => text.clone(),
        _ => String::new(),
    };
    let (mut from, mut hands) = (None, Vec::new());
    loop {
        let page = ledger.every_item(from).await.unwrap();
        let items = page.items.into_iter();
        hands.extend(items.filter(|item| text(item, "sk").starts_with("HANDS#")));
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    assert!(!hands.is_empty());
    for item in &mut hands {
        item.0.retain(|name, _| !name.starts_with("gsi1"));
    }
    let filled = r#"{"at":"all","since":"2026-01-01T00:00:00Z"}"#;
    let filled = [("pk", "CURSOR"), ("sk", "FILLED-IN"), ("body", filled)];
    let filled = filled.map(|(name, value)| (name.to_owned(), Attribute::S(value.to_owned())));
    hands.push(WholeItem(filled.into()));
    assert!(ledger.put_items(hands).await.unwrap().is_empty());
}
