//! What the HR system sends.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use latchkey_hris::{Outgoing, RecordError, RecordRequest, Records, SourceSecret, source};
use latchkey_lifecycle::EventKind;
use latchkey_runtime::{Clock, Failure};
use serde_json::{Value, json};

use super::{
    sabotage::Sabotage,
    script::{DEPARTMENTS, Detail, Happening, Life},
    world::{Next, World},
};

const SECRET: &str = "whsec_c2ltdWxhdGlvbnMgc2lnbiB3aXRoIHRoaXMgc2VjcmV0";

/// Where the sources' secrets are.
pub(crate) struct Safe;

#[async_trait]
impl latchkey_decisions::SourceSecrets for Safe {
    async fn secret(&self, _: &str) -> Result<Option<SourceSecret>, Failure> {
        Ok(Some(SourceSecret::new(SECRET)))
    }

    async fn api(&self, _: &str) -> Result<Option<String>, Failure> {
        Ok(None)
    }
}

#[async_trait]
impl Records for Safe {
    async fn fetch(&self, _: RecordRequest) -> Result<Value, RecordError> {
        Ok(json!({}))
    }
}

/// A webhook on its way.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) person: usize,
    pub(crate) nth: usize,
}

impl World {
    /// A webhook comes.
    pub(crate) async fn deliver(&mut self, delivery: Delivery) {
        let Delivery { person, nth } = delivery;
        let life = &self.script.people[person];
        let happening = &life.happenings[nth];
        let mut body = payload(life, happening);
        let mut id = format!("{}-{nth}", life.id);
        let what = format!(
            "HR {} of {} for {:?}",
            happening.kind,
            life.id_of(happening),
            happening.day
        );
        let now = self.clock.now();
        if self.is_deaf_to(happening.kind) {
            self.taken.entry((person, nth)).or_insert(now);
            return;
        }
        let again = self.taken.contains_key(&(person, nth));
        if again && self.script.sabotage == Some(Sabotage::CopiesAreNews) {
            id.push_str("-again");
            let next = happening.day.and_then(|day| day.tomorrow().ok());
            body["data"]["effective_date"] = json!(next);
            body["timestamp"] = json!(now);
        }
        let body = body.to_string();
        self.tried.entry((person, nth)).or_insert(now);
        let secret = SourceSecret::new(SECRET);
        let outgoing = Outgoing {
            id: &id,
            sent_at: now,
            body: body.as_bytes(),
        };
        let headers = source("generic").unwrap().sign(&secret, &outgoing).unwrap();
        self.fate.tell(|| what.clone());
        let fate = Arc::clone(&self.fate);
        let call = latchkey_decisions::receive(&self.intake, "generic", &headers, body.as_bytes());
        let reply = fate.run(&what, None, call).await;
        match reply {
            Some(reply) if matches!(reply.status, 200 | 202) => {
                self.taken.entry((person, nth)).or_insert(now);
                let case = reply.body["case"].as_str().unwrap_or_default().to_owned();
                let before = self
                    .answered
                    .entry((person, nth))
                    .or_insert_with(|| case.clone());
                if *before != case {
                    let told = format!("promise 4: {what} was {before} and then {case}");
                    self.fate.broke(told);
                }
                self.let_go().await;
            }
            Some(reply) if reply.status < 500 => {
                self.fate
                    .broke(format!("{what} was refused: {}", reply.body));
            }
            // Whoever gets no answer sends it again.
            _ => self.note(now + SignedDuration::from_mins(5), Next::Delivers(delivery)),
        }
    }

    /// Which of a person's happenings HR looks at to complete a record: the one that was told without everything, or
    /// the first.
    fn looked_up(&self, employee: &str) -> Option<(usize, usize)> {
        let person = self.person(employee)?;
        let happenings = &self.script.people[person].happenings;
        let lacks = |h: &Happening| matches!(h.detail, Detail::Lacks | Detail::LacksDay);
        let nth = happenings.iter().position(lacks).unwrap_or(0);
        (nth < happenings.len()).then_some((person, nth))
    }

    /// HR has told by hand what was to come by a webhook.
    pub(crate) fn hr_told(&mut self, employee: &str) {
        let now = self.clock.now();
        if let Some(told) = self.looked_up(employee) {
            self.tried.entry(told).or_insert(now);
        }
    }

    /// What HR fills in where a record is incomplete, by the name of the field.
    pub(crate) fn hr_knows(&self, employee: &str, field: &str) -> String {
        let Some((person, nth)) = self.looked_up(employee) else {
            return String::new();
        };
        let life = &self.script.people[person];
        let happening = &life.happenings[nth];
        let day = happening.day.map(|day| day.to_string());
        let joins = happening.kind.joins();
        match field {
            "givenName" => "Person".to_owned(),
            "familyName" => format!("N{}", life.id),
            "department" => DEPARTMENTS[happening.department.unwrap_or(0)].to_owned(),
            "title" => "Specialist".to_owned(),
            "employmentType" => contract(happening.contractor == Some(true)).to_owned(),
            "country" => "GB".to_owned(),
            "startDate" if joins => day.unwrap_or_default(),
            "startDate" => "2020-01-01".to_owned(),
            _ => day.unwrap_or_default(),
        }
    }
}

fn contract(contractor: bool) -> &'static str {
    if contractor { "contractor" } else { "employee" }
}

/// The record of somebody who has worked here for long.
pub(crate) fn record(life: &Life, department: usize) -> Value {
    json!({
        "employeeId": life.id,
        "givenName": "Person",
        "familyName": format!("N{}", life.id),
        "department": DEPARTMENTS[department],
        "title": "Specialist",
        "employmentType": contract(life.contractor),
        "country": "GB",
        "startDate": "2020-01-01",
    })
}

fn payload(life: &Life, happening: &Happening) -> Value {
    let names = latchkey_hris::GenericType::ALL;
    let name = names
        .iter()
        .find(|(_, kind)| *kind == happening.kind)
        .map(|(name, _)| *name);
    let lacks = happening.detail == Detail::Lacks;
    let mut person = json!({});
    if let Some(department) = happening.department.filter(|_| !lacks) {
        person["department"] = json!(DEPARTMENTS[department]);
    }
    if let Some(contractor) = happening.contractor {
        person["employment_type"] = json!(contract(contractor));
    }
    if matches!(happening.kind, EventKind::Hire | EventKind::Rehire) {
        person["given_name"] = json!("Person");
        person["family_name"] = json!(format!("N{}", life.id));
        person["country"] = json!("GB");
        if !lacks {
            person["title"] = json!("Specialist");
        }
        if happening.renumbered {
            person["previous_employee_id"] = json!(life.id);
        }
    }
    match happening.detail {
        Detail::Manager => person["manager_email"] = json!(format!("boss.{}@sim.example", life.id)),
        Detail::Name => person["family_name"] = json!(format!("Other{}", life.id)),
        Detail::None | Detail::Lacks | Detail::LacksDay => {}
    }
    let mut data = json!({ "employee_id": life.id_of(happening), "person": person });
    if let Some(day) = happening
        .day
        .filter(|_| happening.detail != Detail::LacksDay)
    {
        data["effective_date"] = json!(day);
    }
    json!({ "type": name, "timestamp": happening.at, "data": data })
}
