//! Every call of every step is cut once before the server hears of it, and once after it has answered.

use latchkey_systems::Fault;

use crate::{
    Company, Cut, Person, Stage, Wire,
    person::{bring, settled},
};

/// What was cut is reached by the same again, and nobody has two accounts then.
pub async fn every_call_may_be_cut_before_and_after_it_took_effect(company: &dyn Company) {
    let wire = Wire::to(company.port()).await.expect("a wire");
    let open = |port| company.open(port).expect("opens");
    let mut number = 100;
    for (nth, stage) in Stage::LIFE.into_iter().enumerate() {
        let before = nth.checked_sub(1).map(|nth| Stage::LIFE[nth]);
        let mut call = 1;
        loop {
            let mut calls = 0;
            for cut in [Cut::Before, Cut::After] {
                number += 1;
                let person = Person::new(company, number);
                if let Some(before) = before {
                    // Nothing is in the way yet.
                    for stage in [Some(Stage::Given), Some(before)].into_iter().flatten() {
                        let stages_before = before != Stage::Made || stage == Stage::Made;
                        if stages_before {
                            let goal = person.goal(stage);
                            bring(&open(company.port()), &person, &goal)
                                .await
                                .expect("begins");
                        }
                    }
                }
                let goal = person.goal(stage);
                wire.cut(call, cut);
                let first = bring(&open(wire.port), &person, &goal).await;
                calls = calls.max(wire.calls());
                match first {
                    Ok(_) | Err(Fault::Unreachable { .. } | Fault::Busy { .. }) => {}
                    Err(fault) => panic!("{stage:?}, call {call} cut {cut:?}: {fault:?}"),
                }
                wire.reset();
                let again = bring(&open(wire.port), &person, &goal).await;
                if let Err(fault) = again {
                    panic!("{stage:?}, call {call} cut {cut:?}, once more: {fault}");
                }
                let seen = settled(company, &person, &goal).await;
                let seen = seen.unwrap_or_else(|fault| panic!("{stage:?} read back: {fault}"));
                assert!(
                    seen.same,
                    "{stage:?}, call {call} cut {cut:?}: {:?}",
                    seen.differences
                );
            }
            call += 1;
            if call > calls {
                break;
            }
        }
    }
}
