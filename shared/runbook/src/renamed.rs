//! What people have to know about names: that one changed, or that HR gave somebody else's address.

use latchkey_lifecycle::{SystemId, Verification, Work};

use crate::{
    grants::Piece,
    names::Choice,
    plan::{Draft, Scene},
    runbook::{Line, System},
};

/// HR's task when the work address of the record is another person's: Latchkey gives another one, and the record has
/// to say so, too.
pub(crate) fn wrong_address<'l>(scene: &Scene<'_>, line: &'l Line, drafts: &mut Vec<Draft<'l>>) {
    let (Some(of_hr), Some(given)) = (&scene.person.work_email, &scene.names.email) else {
        return;
    };
    let same = of_hr.trim().is_empty() || of_hr.eq_ignore_ascii_case(given);
    if same || Choice::of(scene.case) == Choice::Find {
        return;
    }
    let who = scene.person.called();
    let who = who.trim();
    let work = Work::Person {
        instructions: format!(
            "The HR system gives {who} the work address {of_hr}, which belongs, or belonged, to somebody else. A name once \
             given is never given to another person, so {who} gets {given}. Write it into the HR system."
        ),
        checklist: vec![format!("The HR system says {given}")],
        fields: Vec::new(),
    };
    drafts.push(Draft {
        id: "work-address".to_owned(),
        line,
        system: None,
        piece: Piece {
            why: Some(format!("{of_hr} is another person's.")),
            ..Piece::new(
                format!("Correct the work address of {who}"),
                scene.runbook.hr_team().clone(),
                work,
                Verification::Attested,
            )
        },
    });
}

/// What changes in a system where the person has something already and nothing is added; `None` for who is new there.
pub(crate) fn details(scene: &Scene<'_>, system: &SystemId, known: &System) -> Option<String> {
    let before = scene.case.before.as_ref()?;
    scene.desired(before, system)?;
    let (was, is) = (before.full_name(), scene.person.full_name());
    let (was, is) = (was.trim(), is.trim());
    if was == is {
        return Some(format!(
            "Bring what {} says about the person up to date. Nothing is given or taken.",
            known.name
        ));
    }
    let account = match scene.account_name(system) {
        Some(account) if known.renames() => format!(" Rename the account to {account}."),
        Some(account) => format!(" The account is called {account} as before."),
        None => String::new(),
    };
    Some(format!(
        "Change the person's name in {} from {was} to {is}.{account}",
        known.name
    ))
}
