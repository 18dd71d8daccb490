//! What a team has been asked.

use latchkey_tests::Answers;

use crate::browser::{Browser, company};

const DESK: &str = "Prepare the desk";

#[tokio::test]
async fn a_team_sees_what_it_has_been_asked_and_others_do_not() {
    let mut rehearsal = company().await;
    rehearsal.take_in("hire.json").await;
    while rehearsal.letters_about(DESK).is_empty() {
        let later = rehearsal.later(12);
        rehearsal.play(&mut Answers::none(), Some(later)).await;
    }
    let mut facilities = Browser::of(&rehearsal, "maria.silva@acme.example").await;
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
