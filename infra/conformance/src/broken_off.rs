//! Answers that break off in the middle.

use crate::{
    Company, Cut, Person, Stage, Wire,
    parts::{all_of, is_verified},
};

/// Lists and accounts of which the connection ends in the middle of each answer, one after the other: nobody is left
/// out.
pub(crate) async fn broken_off(company: &dyn Company, people: &[Person]) {
    let wire = Wire::to(company.port()).await.expect("a wire");
    let open = || company.open(wire.port).expect("opens");
    for call in 1.. {
        wire.cut(call, Cut::Within);
        let all = all_of(open().as_ref()).await;
        let is_cut = wire.calls() >= call;
        assert!(is_cut || call > 1, "a list takes a call");
        match all {
            Ok(all) => {
                let missing = people.iter().find(|person| !all.contains(person.name()));
                assert_eq!(
                    missing.map(Person::name),
                    None,
                    "call {call} breaks off: the list leaves out somebody"
                );
            }
            Err(_) if is_cut => {}
            Err(fault) => panic!("nothing is cut: {fault}"),
        }
        if !is_cut {
            break;
        }
    }
    for person in people.iter().take(1) {
        for call in 1.. {
            wire.cut(call, Cut::Within);
            let verified = is_verified(open().as_ref(), person, Stage::Left).await;
            assert!(
                !verified,
                "call {call} breaks off: {} counts as cut off",
                person.name()
            );
            if wire.calls() < call {
                break;
            }
        }
    }
}
