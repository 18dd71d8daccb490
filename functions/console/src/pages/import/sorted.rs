//! What a file says, by what would come of each line.

use latchkey_decisions::listing::{Line, Looked};
use latchkey_hris::Told;
use latchkey_lifecycle::{Brake, CaseId, Event, EventKind, Load, Passage, sentence};
use latchkey_questions::facts::team_name;
use latchkey_runtime::Failure;

use crate::{Deps, sign_in::Signed};

/// The lines of a file, counted and sorted.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// Rows with something in them, and people.
    pub(super) rows: usize,
    pub(super) people: usize,
    /// People who would begin.
    pub(super) new: usize,
    /// People of whom something else would change.
    pub(super) changed: usize,
    /// People of whom everything is known.
    pub(super) same: usize,
    /// Cases that the brake would hold, at most.
    pub(super) held: usize,
    /// What would happen: the line, whose it is, and what.
    pub(super) happens: Vec<(u64, String, String)>,
    /// Of what nothing would come, or what somebody should look at: the line, whose it is, and why.
    pub(super) to_look_at: Vec<(u64, String, String)>,
}

impl Sorted {
    pub(super) async fn of(
        deps: &Deps,
        viewer: &Signed,
        looked: Looked,
        own: &[u64],
    ) -> Result<Sorted, Failure> {
        let whose = &viewer.actor.name;
        let own = own
            .iter()
            .map(|line| (*line, whose.clone(), super::own::WHY.to_owned()));
        let own: Vec<_> = own.collect();
        let mut sorted = Sorted {
            rows: looked.rows,
            people: looked.lines.len() + own.len(),
            to_look_at: own,
            ..Sorted::default()
        };
        let mut brake = deps.intake.ledger.brake().await?.item;
        let operators = operators(viewer);
        for line in &looked.lines {
            sorted.add(line, &operators);
            if let Told::Events(events) | Told::Stranger(events) = &line.told {
                let held = |event: &&Event| is_held(viewer, line, event, &mut brake);
                sorted.held += events.iter().filter(held).count();
            }
        }
        Ok(sorted)
    }

    /// `operators`: the team that runs Latchkey.
    fn add(&mut self, line: &Line, operators: &str) {
        let whose = line.employee.to_string();
        let mut look_at = |why: String| self.to_look_at.push((line.line, whose.clone(), why));
        for asked in &line.asked {
            look_at(asked.clone());
        }
        match &line.told {
            Told::Events(events) => {
                let begins =
                    |event: &Event| matches!(event.kind, EventKind::Hire | EventKind::Rehire);
                match events.iter().any(begins) {
                    true => self.new += 1,
                    false => self.changed += 1,
                }
                self.happens
                    .push((line.line, called(line, events), in_words(events)));
            }
            Told::Nothing => self.same += 1,
            Told::Older => look_at(OLDER.to_owned()),
            Told::Alike(alike) => look_at(not_before_hr(&alike.to_string())),
            Told::Stranger(events) => {
                look_at(stranger(operators));
                if !events.is_empty() {
                    self.changed += 1;
                    self.happens
                        .push((line.line, called(line, events), in_words(events)));
                }
            }
        }
    }
}

/// Why nothing comes of a line of which something newer is known.
pub(super) const OLDER: &str = "Nothing happens: what is known is newer than the file.";

/// Why nothing comes of a line of somebody who is most likely known under another id.
pub(super) fn not_before_hr(alike: &str) -> String {
    format!(
        "Nothing happens before HR says so: {} Correct the id, or name the old one in the column previousId.",
        sentence(alike)
    )
}

/// Why nobody is hired by a line of somebody who has been here for long.
pub(super) fn stranger(operators: &str) -> String {
    format!(
        "Has been here for long, and Latchkey was never told: nobody is hired anew. Have {operators} take over who is \
         there: the systems have to be read for it, which no page does."
    )
}

/// The team that runs Latchkey, by name.
pub(super) fn operators(viewer: &Signed) -> String {
    team_name(&viewer.runbook, viewer.runbook.operations_team())
}

fn called(line: &Line, events: &[Event]) -> String {
    let name = events.first().map(|event| event.person.full_name());
    match name.unwrap_or_default().as_str() {
        "" => line.employee.to_string(),
        name => format!("{name}, {}", line.employee),
    }
}

fn in_words(events: &[Event]) -> String {
    let words = events.iter().map(|event| match event.effective {
        Some(day) => format!("{}, for {day}", event.kind.words()),
        None => event.kind.words().to_owned(),
    });
    words.collect::<Vec<_>>().join("; ")
}

/// Whether the brake would hold it, after all that the file has before. Whether a transfer takes access away is known
/// only once it is decided: each counts as one that does.
fn is_held(viewer: &Signed, line: &Line, event: &Event, brake: &mut Brake) -> bool {
    let (Some(rule), Some(load)) = (viewer.runbook.brake(), Load::of(event.kind, true)) else {
        return false;
    };
    let case = CaseId::of(event.kind, &line.employee, event.effective);
    let passage = brake.lets_pass(load, &case, None, viewer.now, rule.limit(load));
    matches!(passage, Passage::Held | Passage::Full)
}
