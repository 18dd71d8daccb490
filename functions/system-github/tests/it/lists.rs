//! Everybody, wherever a page ends.

use serde_json::json;

use crate::{
    organisation::acme,
    people::{everybody, start},
};

#[tokio::test]
async fn everybody_is_listed_once_with_what_they_have() {
    for page in [1, 2, 3, 100] {
        let mut acme = acme();
        acme.page = Some(page);
        acme.repositories.insert(
            "website".to_owned(),
            [("contractor".to_owned(), "read".to_owned())].into(),
        );
        for number in 0..7 {
            let login = format!("Zoe{number}");
            acme.accounts.insert(login.clone());
            acme.members.insert(login.clone(), "member".to_owned());
            acme.teams
                .get_mut("staff")
                .unwrap()
                .insert(login.clone(), "MEMBER");
            if number % 2 == 0 {
                acme.teams
                    .get_mut("vpn")
                    .unwrap()
                    .insert(login, "MAINTAINER");
            }
        }
        let settings = json!({"page": page, "repositories": ["website"]});
        let (system, org) = start(acme, settings).await;
        crate::people::bring(
            &system,
            "Max-M",
            &crate::people::have("Max-M", &["team:vpn"]),
        )
        .await
        .unwrap();
        let listed = everybody(&system).await;
        let mut shown: Vec<String> = listed
            .iter()
            .map(|found| {
                let has: Vec<String> = found
                    .account
                    .entitlements
                    .iter()
                    .map(ToString::to_string)
                    .collect();
                format!(
                    "{} {} {}",
                    found.account.name,
                    found.version.as_deref().unwrap_or("-"),
                    has.join(",")
                )
            })
            .collect();
        shown.sort();
        assert_eq!(
            shown,
            [
                "Max-M pending ",
                "Zoe0 - maintainer:vpn,team:staff,team:vpn",
                "Zoe1 - team:staff",
                "Zoe2 - maintainer:vpn,team:staff,team:vpn",
                "Zoe3 - team:staff",
                "Zoe4 - maintainer:vpn,team:staff,team:vpn",
                "Zoe5 - team:staff",
                "Zoe6 - maintainer:vpn,team:staff,team:vpn",
                "boss - role:admin",
                "contractor outside repository:website:read",
            ]
        );
        let org = org.lock().unwrap();
        let lists = org
            .calls
            .iter()
            .filter(|call| *call == "GET members")
            .count();
        // One for the owners, and one for each page.
        assert_eq!(lists, 1 + 8_usize.div_ceil(page), "{:?}", org.calls);
    }
}
