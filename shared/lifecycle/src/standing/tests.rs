use proptest::prelude::*;

use super::*;
use crate::Until;

fn account(names: &[&str]) -> Account {
    Account {
        employee_id: None,
        name: "zoe".into(),
        active: true,
        attributes: Default::default(),
        entitlements: names.iter().map(|n| Entitlement::from(*n)).collect(),
    }
}

fn order(effective: &str, confirmed: &str, comes: bool) -> Order {
    Order {
        effective: effective.parse().unwrap(),
        confirmed: format!("{confirmed}T07:00:00Z").parse().unwrap(),
        comes,
        until: Until::Ever,
        by_story: false,
    }
}

fn id(id: &str) -> EmployeeId {
    EmployeeId::new(id).unwrap()
}

fn case(id: &str) -> CaseId {
    CaseId::new(id).unwrap()
}

fn entry(case: &CaseId, order: Order) -> Entry<'_> {
    Entry {
        case,
        order,
        instead_of: &[],
    }
}

fn wants(names: &[&str]) -> Goal {
    let grantable = ["a", "b", "c", "d"].map(Entitlement::from);
    Goal::Have {
        account: account(names),
        managed: Managed::Only(grantable.into()),
        renames: false,
    }
}

fn named(goal: &Goal) -> Vec<String> {
    match goal {
        Goal::Have { account, .. } => account
            .entitlements
            .iter()
            .map(|e| e.name().to_owned())
            .collect(),
        other => vec![format!("{other:?}")],
    }
}

#[test]
fn an_exit_leaves_nothing_that_a_late_hire_could_give_back_and_a_rehire_can() {
    let mut it = Standing::default();
    let hire = order("2026-12-07", "2026-11-23", true);
    let exit = order("2027-06-30", "2027-05-01", false);
    let rehire = order("2027-06-30", "2027-05-02", true);
    it.enter(
        entry(&case("hire"), hire),
        Some(account(&["a"])),
        Takes::Nothing,
    );
    it.enter(entry(&case("exit"), exit), None, Takes::All);
    assert_eq!(it.goal(exit, &Goal::NoAccess), Goal::NoAccess);
    it.enter(
        entry(&case("hire"), hire),
        Some(account(&["a"])),
        Takes::Nothing,
    );
    assert_eq!(it.goal(hire, &wants(&["a"])), Goal::NoAccess);
    it.enter(
        entry(&case("rehire"), rehire),
        Some(account(&["b"])),
        Takes::Nothing,
    );
    assert_eq!(named(&it.goal(rehire, &wants(&["b"]))), ["b"]);
    // The exit's step once more, late: who came back keeps what they have.
    it.enter(entry(&case("exit"), exit), None, Takes::All);
    assert_eq!(named(&it.goal(exit, &Goal::NoAccess)), ["b"]);
}

/// HR told of the last day before the first one; or corrected the hire after the last day was known.
#[test]
fn an_exit_ends_a_hire_of_its_own_spell_that_was_told_later() {
    let mut it = Standing::default();
    let day = |day: &str| Until::Day(day.parse().unwrap());
    let hire = Order {
        until: day("2027-07-01"),
        ..order("2026-12-07", "2027-05-02", true)
    };
    let exit = Order {
        until: day("2027-07-01"),
        ..order("2027-06-30", "2027-05-01", false)
    };
    it.enter(
        entry(&case("hire"), hire),
        Some(account(&["a"])),
        Takes::Nothing,
    );
    it.enter(entry(&case("exit"), exit), None, Takes::All);
    assert_eq!(it.goal(exit, &Goal::NoAccess), Goal::NoAccess);
    let rehire = Order {
        until: Until::Ever,
        ..order("2027-09-01", "2027-05-02", true)
    };
    it.enter(
        entry(&case("rehire"), rehire),
        Some(account(&["b"])),
        Takes::Nothing,
    );
    assert_eq!(named(&it.goal(rehire, &wants(&["b"]))), ["b"]);
}

#[test]
fn what_is_decided_after_an_urgent_exit_and_a_rehire_counts() {
    let mut it = Standing::default();
    let cut = order("9999-12-31", "2027-05-01", false);
    let rehire = order("2027-06-01", "2027-05-02", true);
    let moved = order("2027-07-01", "2027-06-10", false);
    let away = order("2027-08-01", "2027-07-10", false);
    it.enter(entry(&case("cut"), cut), None, Takes::All);
    let back = Some(account(&["a"]));
    it.enter(entry(&case("rehire"), rehire), back, Takes::Nothing);
    let moves = Some(account(&["b"]));
    it.enter(entry(&case("moved"), moved), moves, Takes::Nothing);
    assert_eq!(named(&it.goal(moved, &wants(&["b"]))), ["a", "b"]);
    it.enter(entry(&case("away"), away), None, Takes::SignIn);
    assert_eq!(it.goal(away, &Goal::Suspended), Goal::Suspended);
}

#[test]
fn a_late_step_is_given_what_the_person_keeps_and_nothing_else() {
    let mut it = Standing::default();
    let (hire, transfer) = (case("hire"), case("transfer"));
    let hired = order("2026-12-07", "2026-11-23", true);
    let moved = order("2027-01-11", "2026-12-10", false);
    let roles: BTreeSet<Entitlement> = ["b", "c"].map(Entitlement::from).into();
    it.enter(
        entry(&transfer, moved),
        Some(account(&["b"])),
        Takes::Earlier,
    );
    it.narrow(&transfer, &roles);
    it.enter(
        entry(&hire, hired),
        Some(account(&["a", "c"])),
        Takes::Nothing,
    );
    assert_eq!(named(&it.goal(hired, &wants(&["a", "c"]))), ["b", "c"]);
    assert_eq!(it.live().unwrap().entitlements, roles);
}

#[test]
fn what_is_claimed_goes_over_to_another_id_and_a_leave_does_not() {
    let mut before = Standing::default();
    let hired = order("2026-12-07", "2026-11-23", true);
    let away = order("2027-02-01", "2027-01-10", false);
    let left = order("2027-06-30", "2027-05-01", false);
    let gives = Some(account(&["a"]));
    before.enter(entry(&case("hire"), hired), gives, Takes::Nothing);
    before.enter(entry(&case("leave"), away), None, Takes::SignIn);
    let mut after = Standing::default();
    after.take_over(&id("c"), &before, away);
    assert_eq!(after.live(), Some(account(&["a"])));
    assert!(before.is_away() && !after.is_away());
    before.enter(entry(&case("exit"), left), None, Takes::All);
    let mut nobodys = Standing::default();
    nobodys.take_over(&id("c"), &before, left);
    assert!(nobodys.is_empty());
}

#[test]
fn steps_of_an_earlier_id_act_where_the_account_is_now_also_when_it_comes_back() {
    let (first, second) = (id("1"), id("2"));
    let hired = order("2026-12-07", "2026-11-23", true);
    let over = order("2027-01-11", "2026-12-01", false);
    let back = order("2027-02-08", "2027-01-20", false);
    let mut one = Standing::default();
    one.enter(
        entry(&case("hire"), hired),
        Some(account(&["a"])),
        Takes::Nothing,
    );
    assert_eq!(one.known_as(None, hired), None);
    one.leave_for(&second, over);
    let mut two = Standing::default();
    two.take_over(&first, &one, over);
    assert_eq!(one.known_as(None, hired), Some(&second));
    assert_eq!(two.known_as(Some(&first), over), None);
    two.enter(
        entry(&case("more"), over),
        Some(account(&["b"])),
        Takes::Nothing,
    );
    // Back under the first id: what was claimed meanwhile comes along, and steps of the second follow.
    assert_eq!(one.known_as(Some(&second), back), None);
    two.leave_for(&first, back);
    one.take_over(&second, &two, back);
    assert_eq!(one.live(), Some(account(&["a", "b"])));
    assert_eq!(two.known_as(Some(&first), over), Some(&first));
    assert_eq!(one.known_as(None, hired), None);
    // A late step of the first going over acts under the first id, and sends nobody away again.
    two.leave_for(&first, over);
    one.take_over(&second, &two, over);
    assert_eq!(one.live(), Some(account(&["a", "b"])));
    assert_eq!(one.known_as(Some(&second), over), None);
}

#[test]
fn what_is_over_under_an_earlier_id_stays_there() {
    let left = order("2026-12-31", "2026-11-23", false);
    let again = order("2027-03-01", "2027-02-01", true);
    let mut one = Standing::default();
    one.enter(entry(&case("exit"), left), None, Takes::All);
    one.leave_for(&id("2"), again);
    assert_eq!(one.known_as(None, left), None);
}

#[test]
fn a_leave_that_is_carried_out_after_the_return_suspends_nobody() {
    let mut it = Standing::default();
    let (hire, leave, back) = (case("hire"), case("leave"), case("return"));
    let hired = order("2026-12-07", "2026-11-23", true);
    let away = order("2027-02-01", "2027-01-10", false);
    let returned = order("2027-03-01", "2027-02-10", false);
    it.enter(entry(&hire, hired), Some(account(&["a"])), Takes::Nothing);
    it.enter(entry(&back, returned), Some(account(&["a"])), Takes::Lifts);
    it.enter(entry(&leave, away), None, Takes::SignIn);
    assert_eq!(named(&it.goal(away, &Goal::Suspended)), ["a"]);
    assert!(!it.is_away());
    // Another leave is another one.
    let again = order("2027-04-01", "2027-03-10", false);
    it.enter(entry(&case("again"), again), None, Takes::SignIn);
    assert_eq!(it.goal(again, &Goal::Suspended), Goal::Suspended);
}

#[test]
fn a_transfers_new_access_keeps_the_old_until_the_same_transfer_takes_it() {
    let mut it = Standing::default();
    let (hire, transfer) = (case("hire"), case("transfer"));
    let hired = order("2026-12-07", "2026-11-23", true);
    let moved = order("2027-03-01", "2027-02-10", false);
    // What stays during the overlap is not this step's to give.
    let overlap = wants(&["b"]);
    it.enter(entry(&hire, hired), Some(account(&["a"])), Takes::Nothing);
    let gives = Some(account(&["b"]));
    it.enter(entry(&transfer, moved), gives.clone(), Takes::Nothing);
    assert_eq!(named(&it.goal(moved, &overlap)), ["a", "b"]);
    // They may both be open: whichever of the two is read back last finds what both of them want.
    it.enter(entry(&transfer, moved), gives, Takes::Earlier);
    assert_eq!(named(&it.goal(moved, &overlap)), ["b"]);
}

#[test]
fn a_rehire_that_was_confirmed_before_its_last_day_waits_for_nothing() {
    let mut it = Standing::default();
    let exit = order("2027-06-30", "2027-05-01", false);
    let rehire = order("2027-09-01", "2027-04-01", true);
    it.enter(
        entry(&case("rehire"), rehire),
        Some(account(&["b"])),
        Takes::Nothing,
    );
    it.enter(entry(&case("exit"), exit), None, Takes::All);
    assert_eq!(named(&it.goal(rehire, &wants(&["b"]))), ["b"]);
}

#[test]
fn an_exit_that_is_withdrawn_took_nothing() {
    let mut it = Standing::default();
    let (hire, exit) = (case("hire"), case("exit"));
    let hired = order("2026-12-07", "2026-11-23", true);
    let left = order("2027-06-30", "2027-05-01", false);
    it.enter(entry(&hire, hired), Some(account(&["a"])), Takes::Nothing);
    it.enter(entry(&exit, left), None, Takes::All);
    let stays = order("2027-06-30", "2027-06-01", true);
    let withdrawn = Entry {
        case: &case("stays"),
        order: stays,
        instead_of: &[exit],
    };
    it.enter(withdrawn, Some(account(&[])), Takes::Nothing);
    assert_eq!(named(&it.goal(stays, &wants(&[]))), ["a"]);
}

#[test]
fn a_leave_suspends_whatever_is_given_meanwhile_until_it_is_lifted() {
    let mut it = Standing::default();
    let (hire, leave, transfer) = (case("hire"), case("leave"), case("transfer"));
    let hired = order("2026-12-07", "2026-11-23", true);
    let away = order("2027-02-01", "2027-01-10", false);
    let moved = order("2027-03-01", "2027-02-10", false);
    it.enter(entry(&hire, hired), Some(account(&["a"])), Takes::Nothing);
    it.enter(entry(&leave, away), None, Takes::SignIn);
    assert_eq!(it.goal(away, &Goal::Suspended), Goal::Suspended);
    it.enter(
        entry(&transfer, moved),
        Some(account(&["b"])),
        Takes::Nothing,
    );
    let active = |goal: &Goal| match goal {
        Goal::Have { account, .. } => account.active,
        _ => false,
    };
    let goal = it.goal(moved, &wants(&["b"]));
    assert_eq!(
        (named(&goal), active(&goal)),
        (vec!["a".into(), "b".into()], false)
    );
    it.enter(entry(&transfer, moved), None, Takes::Earlier);
    assert!(!active(&it.goal(moved, &wants(&["b"]))));
    let back = order("2027-06-01", "2027-05-10", false);
    let returns = case("return");
    it.enter(entry(&returns, back), Some(account(&["b"])), Takes::Lifts);
    assert!(active(&it.goal(back, &wants(&["b"]))));
    it.enter(entry(&transfer, moved), None, Takes::Earlier);
    assert_eq!(named(&it.goal(back, &wants(&["b"]))), ["b"]);
}

proptest! {
    /// A hire and two transfers, whose steps come in any order that keeps a case's giving before its taking:
    /// what the last one gives is all that is left, and what all of them give is never interrupted.
    #[test]
    fn transfers_at_once_do_not_undo_each_other(
        sets in prop::array::uniform3(prop::sample::subsequence(vec!["a", "b", "c", "d"], 0..=4)),
        steps in Just(vec![0usize, 1, 1, 2, 2]).prop_shuffle(),
        again in 0usize..5,
    ) {
        let days = ["2026-12-01", "2027-01-01", "2027-01-02"];
        let order = |n: usize| order(days[n], "2026-11-23", n == 0);
        let ids = ["hire", "first", "second"].map(case);
        let mut it = Standing::default();
        it.enter(entry(&ids[0], order(0)), Some(account(&sets[0])), Takes::Nothing);
        let always: Vec<&str> =
            sets[0].iter().filter(|e| sets[1].contains(e) && sets[2].contains(e)).copied().collect();
        let mut begun = [true, false, false];
        let mut script = steps.clone();
        script.push(steps[again]);
        for n in script {
            let takes = match (n, begun[n]) {
                (0, _) | (_, false) => Takes::Nothing,
                (_, true) => Takes::Earlier,
            };
            begun[n] = true;
            let gives = Some(account(&sets[n]));
            it.enter(entry(&ids[n], order(n)), gives.clone(), takes);
            let once = it.clone();
            it.enter(entry(&ids[n], order(n)), gives, takes);
            prop_assert_eq!(&once, &it);
            let goal = named(&it.goal(order(n), &wants(&sets[n])));
            prop_assert!(always.iter().all(|e| goal.iter().any(|g| g == e)), "{goal:?}");
        }
        for n in [1, 2] {
            it.enter(entry(&ids[n], order(n)), Some(account(&sets[n])), Takes::Earlier);
        }
        prop_assert_eq!(named(&it.goal(order(2), &wants(&sets[2]))), sets[2].clone());
    }
}
