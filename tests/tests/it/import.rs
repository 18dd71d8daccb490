//! The people who are there already: what they have is adopted or reported, and later cases count with it.

use latchkey_lifecycle::{
    Account, CaseState, EmployeeId, Entitlement, FindingKind, PersonDraft, SystemId,
};
use latchkey_runbook::Runbook;
use latchkey_systems::Fault;
use latchkey_tests::{Answers, Rehearsal, acme, sample};
use sweep::{Adoption, Matched, Request};

const AMARA: &str = "1017";
const JONAS: &str = "1021";

fn people() -> Vec<PersonDraft> {
    serde_json::from_value(sample("people.json")).unwrap()
}

/// Everybody has what the runbook wants; the ledger knows nobody.
async fn company() -> Rehearsal {
    let it = Rehearsal::of(&acme()).await;
    let runbook = Runbook::check(&acme()).runbook.unwrap();
    for person in people().into_iter().map(|draft| draft.complete().unwrap()) {
        for system in it.systems.names() {
            if let Some(account) = runbook.desired(&person, system) {
                it.systems
                    .get(system.as_str())
                    .put(person.employee_id.as_str(), account);
            }
        }
    }
    it
}

async fn adopt(it: &Rehearsal, dry_run: bool) -> Adoption {
    sweep::adopt(&it.stack.sweep_deps(), &people(), dry_run)
        .await
        .unwrap()
}

fn account(it: &Rehearsal, system: &str, employee: &str) -> Account {
    let employee = EmployeeId::new(employee).unwrap();
    it.systems.get(system).account_of(&employee).unwrap()
}

async fn claimed(it: &Rehearsal, system: &str, employee: &str) -> Option<Account> {
    let (employee, system) = (
        EmployeeId::new(employee).unwrap(),
        SystemId::new(system).unwrap(),
    );
    it.stack
        .ledger
        .standing(&employee, &system)
        .await
        .unwrap()
        .item
        .live()
}

#[tokio::test]
async fn what_people_have_is_adopted_once_and_a_sweep_agrees() {
    let it = company().await;
    let dry = adopt(&it, true).await;
    assert_eq!((dry.new, dry.known), (people().len(), 0));
    assert!(
        it.stack
            .ledger
            .people(None, 10)
            .await
            .unwrap()
            .people
            .is_empty(),
        "a dry run writes nothing"
    );
    assert_eq!(claimed(&it, "chat", AMARA).await, None);

    let adoption = adopt(&it, false).await;
    assert_eq!(adoption, dry);
    for one in &adoption.accounts {
        assert!(matches!(one.matched, Matched::Adopted { .. }), "{one:?}");
        assert_eq!(one.differences, []);
    }
    // What a team decided on for them before stays theirs.
    let production = Entitlement::from("production");
    assert!(
        claimed(&it, "directory", JONAS)
            .await
            .unwrap()
            .entitlements
            .contains(&production)
    );
    let report = sweep::handle(&it.stack.sweep_deps(), &Request::default())
        .await
        .unwrap();
    assert_eq!(report.systems.iter().map(|s| s.opened).sum::<usize>(), 0);

    let again = adopt(&it, false).await;
    assert_eq!((again.new, again.known), (0, people().len()));
    assert!(
        again
            .accounts
            .iter()
            .all(|one| matches!(one.matched, Matched::Found { .. }))
    );
}

#[tokio::test]
async fn what_differs_is_reported_and_never_changed() {
    let it = company().await;
    let chat = it.systems.get("chat");
    let mut amara = account(&it, "chat", AMARA);
    amara.entitlements.remove(&Entitlement::from("sales"));
    amara.entitlements.insert(Entitlement::from("finance"));
    chat.put(AMARA, amara);
    // Jonas's account has no employee id, and another one has his.
    let jonas = account(&it, "directory", JONAS);
    it.systems.get("directory").put(
        "second",
        Account {
            name: "jonas.2".into(),
            ..jonas.clone()
        },
    );
    chat.put(
        "bot",
        Account {
            employee_id: None,
            name: "bot".into(),
            ..jonas
        },
    );
    let adoption = adopt(&it, false).await;
    let of = |system: &str, employee: &str| {
        let found = adoption
            .accounts
            .iter()
            .find(|one| one.system.as_str() == system && one.employee_id.as_str() == employee);
        found.unwrap().clone()
    };
    assert_eq!(
        of("chat", AMARA).differences,
        [
            (
                FindingKind::ExtraEntitlement,
                vec!["group:finance".to_owned()]
            ),
            (
                FindingKind::MissingEntitlement,
                vec!["group:sales".to_owned()]
            ),
        ]
    );
    assert!(
        matches!(&of("directory", JONAS).matched, Matched::Several { accounts } if accounts.len() == 2)
    );
    assert_eq!(claimed(&it, "directory", JONAS).await, None);
    let others = adoption
        .others
        .iter()
        .find(|(system, _)| system.as_str() == "chat")
        .unwrap();
    assert_eq!(others.1, 1);
    assert_eq!(it.systems.applied(), []);
    // A sweep finds the same.
    sweep::handle(&it.stack.sweep_deps(), &Request::default())
        .await
        .unwrap();
    let place = latchkey_ledger::Where::Everywhere;
    let page = it
        .stack
        .ledger
        .findings(latchkey_ledger::Shelf::Open, place, None)
        .await
        .unwrap();
    let mut kinds: Vec<FindingKind> = page.findings.iter().map(|f| f.seen.kind).collect();
    kinds.sort();
    assert_eq!(
        kinds,
        [
            FindingKind::OrphanAccount,
            FindingKind::SecondAccount,
            FindingKind::ExtraEntitlement,
            FindingKind::MissingEntitlement,
        ]
    );
}

#[tokio::test]
async fn an_account_without_an_employee_id_is_known_by_its_name_and_a_system_that_fails_is_said() {
    let it = company().await;
    let amara = account(&it, "chat", AMARA);
    it.systems.get("chat").put(
        AMARA,
        Account {
            employee_id: None,
            ..amara
        },
    );
    let down = Fault::Unreachable {
        system: "directory".into(),
        problem: "no answer".into(),
    };
    it.systems.get("directory").fail_with([down]);
    let adoption = adopt(&it, false).await;
    assert_eq!(adoption.not_read.len(), 1);
    assert!(claimed(&it, "chat", AMARA).await.is_some());
    assert_eq!(claimed(&it, "directory", AMARA).await, None);
    // The same file again, once it answers.
    let again = adopt(&it, false).await;
    assert_eq!(again.not_read, []);
    assert!(claimed(&it, "directory", AMARA).await.is_some());
}

#[tokio::test]
async fn a_transfer_and_an_exit_count_with_what_was_adopted() {
    let mut it = company().await;
    adopt(&it, false).await;
    let transfer = it.take_in("transfer.json").await;
    let person = it.case(&transfer).await.employee_id;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&transfer).await.state, CaseState::Closed);
    let claims = claimed(&it, "chat", person.as_str())
        .await
        .unwrap()
        .entitlements;
    assert_eq!(
        account(&it, "chat", person.as_str()).entitlements,
        claims,
        "the old role is taken back"
    );
    let exit = it
        .happens("person.exit.urgent", person.as_str(), None)
        .await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&exit).await.state, CaseState::Closed);
    let left = account(&it, "chat", person.as_str());
    assert!(!left.active && left.entitlements.is_empty());
    assert_eq!(claimed(&it, "chat", person.as_str()).await, None);
}

#[tokio::test]
async fn what_a_team_decided_on_before_the_import_outlasts_a_leave() {
    let mut it = Rehearsal::of(&acme()).await;
    let engineer: PersonDraft = PersonDraft {
        department: Some("Engineering".into()),
        title: Some("Platform Engineer".into()),
        level: Some("L4".into()),
        ..people()[0].clone()
    };
    let person = engineer.clone().complete().unwrap();
    let id = person.employee_id.clone();
    let runbook = Runbook::check(&acme()).runbook.unwrap();
    for system in it.systems.names() {
        if let Some(account) = runbook.desired(&person, system) {
            it.systems.get(system.as_str()).put(id.as_str(), account);
        }
    }
    let had = account(&it, "directory", id.as_str());
    let production = Entitlement::from("production");
    assert!(had.entitlements.contains(&production), "{had:?}");
    let adopted = sweep::adopt(&it.stack.sweep_deps(), &[engineer], false).await;
    adopted.unwrap();
    let nothing_differs = async |it: &Rehearsal, when: &str| {
        sweep::handle(&it.stack.sweep_deps(), &Request::default())
            .await
            .unwrap();
        let place = latchkey_ledger::Where::Everywhere;
        let found = &it.stack.ledger;
        let open = found
            .findings(latchkey_ledger::Shelf::Open, place, None)
            .await
            .unwrap();
        let about = open
            .findings
            .iter()
            .filter(|f| f.seen.employee_id.as_ref() == Some(&id));
        assert_eq!(about.count(), 0, "{when}: {:#?}", open.findings);
    };
    nothing_differs(&it, "imported").await;
    it.happens("person.leave_started", id.as_str(), Some("2026-12-14"))
        .await;
    it.play(&mut Answers::willing(), None).await;
    nothing_differs(&it, "on leave").await;
    it.happens("person.leave_ended", id.as_str(), None).await;
    let hour = it.later(30);
    it.play(&mut Answers::none(), Some(hour)).await;
    nothing_differs(&it, "coming back").await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(account(&it, "directory", id.as_str()), had);
    nothing_differs(&it, "back").await;
}

#[tokio::test]
async fn who_is_imported_holds_their_address_and_account_names() {
    let mut it = Rehearsal::of(&acme()).await;
    let kai = |id: &str, mail: Option<&str>| PersonDraft {
        employee_id: id.parse().ok(),
        given_name: Some("Kai".into()),
        family_name: Some("Brandt".into()),
        work_email: mail.map(str::to_owned),
        ..people()[0].clone()
    };
    let runbook = Runbook::check(&acme()).runbook.unwrap();
    let first = runbook.first_names(&kai("1", None).complete().unwrap());
    let address = first.email.clone().unwrap();
    // No system knows anybody: what HR says, and what the runbook would give, is held all the same.
    // Whose address is known comes first, wherever they stand.
    let file = [kai("8802", None), kai("8801", Some(&address))];
    let adopt = async |dry| {
        sweep::adopt(&it.stack.sweep_deps(), &file, dry)
            .await
            .unwrap()
    };
    assert_eq!(adopt(true).await.taken, []);
    assert_eq!(adopt(false).await.taken, []);
    assert_eq!(adopt(false).await.known, 2, "again it changes nothing");
    let held = it
        .stack
        .ledger
        .names_of(&"8801".parse().unwrap())
        .await
        .unwrap()
        .item;
    assert_eq!(held.email.as_ref(), Some(&address));
    let second = it
        .stack
        .ledger
        .names_of(&"8802".parse().unwrap())
        .await
        .unwrap()
        .item;
    assert_ne!(second.email.as_ref(), Some(&address));
    let of_either = |names: &latchkey_lifecycle::Names| names.accounts.len();
    assert_eq!(
        (of_either(&held), of_either(&second)),
        (first.accounts.len(), 0)
    );
    let twice = [kai("8803", Some(&address))];
    let adoption = sweep::adopt(&it.stack.sweep_deps(), &twice, false)
        .await
        .unwrap();
    assert_eq!(adoption.taken.len(), 1, "{adoption:?}");
    let hire = kai_is_hired(&mut it).await;
    let names = it.case(&hire).await.names.unwrap();
    assert_ne!(names.email.as_ref(), Some(&address));
    let common = names
        .accounts
        .iter()
        .filter(|(system, name)| first.accounts.get(*system) == Some(*name));
    assert_eq!(common.count(), 0, "{names:?}");
}

/// Another Kai Brandt, under the id 8901.
async fn kai_is_hired(it: &mut Rehearsal) -> latchkey_lifecycle::CaseId {
    let row = "employeeId,givenName,familyName,department,title,employmentType,country,startDate\n\
               8901,Kai,Brandt,Sales,Account Executive,employee,GB,2026-11-30\n";
    let file = drop::Dropped {
        name: "people.csv".into(),
        at: it.now(),
        bytes: row.into(),
    };
    let outcome = drop::take(&it.stack.drop_deps(), &file).await.unwrap();
    let drop::Outcome::Taken(taken) = outcome else {
        panic!("{outcome:?}");
    };
    it.play(&mut Answers::willing(), None).await;
    taken.cases[0].1.clone()
}

#[tokio::test]
async fn who_is_known_under_an_id_that_differs_by_noughts_is_not_imported_twice() {
    let it = company().await;
    adopt(&it, false).await;
    let mut twice = people()[0].clone();
    let id = format!("00{}", twice.employee_id.unwrap());
    twice.employee_id = id.parse().ok();
    let adoption = sweep::adopt(&it.stack.sweep_deps(), &[twice], false)
        .await
        .unwrap();
    assert_eq!((adoption.new, adoption.alike.len()), (0, 1));
    let unknown = it
        .stack
        .ledger
        .find_person(&id.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(unknown, None);
}
