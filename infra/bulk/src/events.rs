//! A CSV file of mass events: one line, one event of one person.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use latchkey_hris::{
    Authentic, Mistake, Refusal, Row, Said, Sheet, Translation, generic_payload, lacking, source,
};
use latchkey_lifecycle::{EmployeeId, Event, EventKind, MissingFields, PersonDraft};
use sha2::{Digest, Sha256};

/// The HR source whose deliveries the lines are.
pub(crate) const SOURCE: &str = "generic";

/// Columns that are no fields of a person.
const EVENT: &str = "event";
const DAY: &str = "effectiveDate";
const REASON: &str = "reason";

/// A file of events that has no mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MassFile {
    /// The first half of each delivery's id: the file's contents, or the name that somebody gave. The second is the
    /// event's.
    pub id: String,
    /// Rows with something in them, below the first: each is an event, or says again what one before it says.
    pub rows: usize,
    /// The events, in the order of the file.
    pub lines: Vec<Line>,
}

/// One line: one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it stands; lines count from 1, as an editor shows them.
    pub line: u64,
    /// The delivery's id.
    pub delivery: String,
    /// What happens.
    pub kind: EventKind,
    /// To whom.
    pub employee: EmployeeId,
    /// From when, in the person's time zone.
    pub effective: Option<Date>,
    /// Why.
    pub reason: Option<String>,
    /// What is different of the person, or all of it.
    pub person: PersonDraft,
    /// What may be as it is written, or not.
    pub asked: Vec<String>,
}

impl Line {
    /// The webhook that tells it, confirmed now by somebody.
    pub fn body(&self, by: &str, now: Timestamp) -> Vec<u8> {
        let event = Event {
            kind: self.kind,
            source: SOURCE.to_owned(),
            delivery_id: self.delivery.clone(),
            occurred_at: now,
            effective: self.effective,
            person: self.person.clone(),
            reason: self.reason.clone(),
            confirmed_by: Some(by.to_owned()),
        };
        // Plain text and dates have no way not to be written; were there one, intake would refuse the empty body.
        serde_json::to_vec(&generic_payload(&event, &self.employee)).unwrap_or_default()
    }

    /// The event as intake will understand it, confirmed now.
    ///
    /// # Errors
    /// [`Refusal`] when intake would refuse it.
    pub fn event(&self, now: Timestamp) -> Result<Option<Event>, Refusal> {
        let authentic = Authentic {
            delivery_id: self.delivery.clone(),
            timestamp: now,
        };
        match source(SOURCE)?.translate(&authentic, &self.body("", now))? {
            Translation::Events(events) => Ok(events.into_iter().next()),
            _ => Ok(None),
        }
    }
}

/// Reads events. `id` names the run where the same file is meant again; its contents do when left out.
///
/// # Errors
/// Every mistake, in the order of the file.
pub fn events(text: &str, id: Option<&str>) -> Result<MassFile, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let Some(sheet) = Sheet::read(text, &[EVENT, DAY, REASON], &mut mistakes) else {
        return Err(mistakes);
    };
    let columns = sheet.lacks(&[EVENT, "employeeId"]);
    if !columns.is_empty() {
        mistakes.extend(columns);
        return Err(mistakes);
    }
    let id = id.map_or_else(|| short(text.as_bytes()), str::to_owned);
    let mut lines: Vec<Line> = Vec::new();
    let mut first: BTreeMap<EmployeeId, usize> = BTreeMap::new();
    for row in &sheet.rows {
        let before = mistakes.len();
        let said = sheet.person(row, &mut mistakes);
        let line = line(&sheet, row, said, &id, &mut mistakes);
        let Some(line) = line.filter(|_| mistakes.len() == before) else {
            continue;
        };
        match first.get(&line.employee).and_then(|n| lines.get(*n)) {
            Some(other) if other.delivery == line.delivery => {}
            Some(other) => {
                let text = format!(
                    "employee {} stands in line {}, too, with another event or day or record",
                    line.employee, other.line
                );
                mistakes.push(sheet.mistake(row, "employeeId", text));
            }
            None => {
                first.insert(line.employee.clone(), lines.len());
                lines.push(line);
            }
        }
    }
    if lines.is_empty() && mistakes.is_empty() {
        mistakes.push(Mistake::new(2, 1, "there is no event in the file"));
    }
    if mistakes.is_empty() {
        let rows = sheet.rows.len();
        return Ok(MassFile { id, rows, lines });
    }
    mistakes.sort_by_key(|mistake| mistake.line);
    Err(mistakes)
}

fn short(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..8])
}

fn needs_day(kind: EventKind) -> bool {
    !matches!(
        kind,
        EventKind::Transfer
            | EventKind::UrgentExit
            | EventKind::HireRescinded
            | EventKind::ExitWithdrawn
            | EventKind::Return
    )
}

/// What a hire lacks that stands nowhere in its row: what stands there and cannot be read is told already.
fn missing_of(
    sheet: &Sheet,
    row: &Row,
    person: &PersonDraft,
    day: Option<Date>,
) -> Vec<&'static str> {
    let mut whole = person.clone();
    whole.start_date = day.or(whole.start_date);
    let Err(MissingFields(missing)) = whole.complete() else {
        return Vec::new();
    };
    let lacking = missing.into_iter();
    let lacking = lacking.filter(|what| !matches!(*what, "employee id" | "start date"));
    lacking.filter(|what| !sheet.says(row, what)).collect()
}

fn line(
    sheet: &Sheet,
    row: &Row,
    Said { person, asked }: Said,
    id: &str,
    mistakes: &mut Vec<Mistake>,
) -> Option<Line> {
    let day = match sheet.day(row, DAY) {
        Ok(day) => day,
        Err(mistake) => {
            mistakes.push(mistake);
            return None;
        }
    };
    let mut wrong = |column: &str, text: String| {
        mistakes.push(sheet.mistake(row, column, text));
    };
    let kind = match sheet.cell(row, EVENT).map(kind_of) {
        Some(Ok(kind)) => Some(kind),
        Some(Err(text)) => {
            wrong(EVENT, text);
            None
        }
        None => {
            wrong(EVENT, format!("which event? One of {}", kinds()));
            None
        }
    };
    if person.employee_id.is_none() && sheet.cell(row, "employeeId").is_none() {
        wrong(
            "employeeId",
            "whose event? The employee id is missing".to_owned(),
        );
    }
    let kind = kind?;
    let day = match kind {
        EventKind::Hire | EventKind::Rehire => day.or(person.start_date),
        EventKind::Exit | EventKind::UrgentExit => day.or(person.last_day),
        EventKind::DateMoved => day.or(person.start_date).or(person.last_day),
        _ => day,
    };
    if needs_day(kind) && day.is_none() {
        wrong(
            DAY,
            format!("from which day? The {} has none", kind.words()),
        );
    }
    if kind == EventKind::Hire {
        let missing = missing_of(sheet, row, &person, day);
        if !missing.is_empty() {
            wrong(EVENT, format!("the hire lacks: {}", lacking(&missing)));
        }
    }
    let employee = person.employee_id.clone()?;
    if kind == EventKind::Transfer && person == only_id(&employee) {
        wrong(
            EVENT,
            "a transfer of what? No field of the person is filled in".to_owned(),
        );
    }
    let mut line = Line {
        line: row.line,
        delivery: String::new(),
        kind,
        employee,
        effective: day,
        reason: sheet.cell(row, REASON).map(str::to_owned),
        person,
        asked,
    };
    // Called by what it says, and not by where it stands: what an editor calls a line another program may not, and a
    // line that was corrected is another event.
    line.delivery = format!("mass-{id}-{}", short(&line.body("", Timestamp::UNIX_EPOCH)));
    Some(line)
}

fn only_id(employee: &EmployeeId) -> PersonDraft {
    PersonDraft {
        employee_id: Some(employee.clone()),
        ..PersonDraft::default()
    }
}

/// The kind by its name, `urgent_exit`, or as people say it, `urgent exit`.
fn kind_of(text: &str) -> Result<EventKind, String> {
    let folded = |text: &str| text.to_lowercase().replace(['_', '-'], " ");
    let wanted = folded(text);
    let found = EventKind::ALL
        .into_iter()
        .find(|kind| wanted == folded(kind.as_str()) || wanted == kind.words());
    found.ok_or_else(|| {
        let score = |kind: &EventKind| strsim::jaro_winkler(&wanted, &folded(kind.as_str()));
        let near = EventKind::ALL
            .into_iter()
            .filter(|kind| score(kind) > 0.75)
            .max_by(|a, b| score(a).total_cmp(&score(b)));
        match near {
            Some(near) => format!("there is no event `{text}`; did you mean `{near}`?"),
            None => format!("there is no event `{text}`; write one of {}", kinds()),
        }
    })
}

fn kinds() -> String {
    EventKind::ALL.map(EventKind::as_str).join(", ")
}
