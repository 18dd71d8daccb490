//! A company of four SCIM servers, its runbook, and what HR confirms. What each person should have in the end is
//! written down here, by none of Latchkey's code.

use std::path::Path;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use latchkey_peers::ScimServer;
use serde_json::{Value, json};

use crate::{chance::Chance, hr::Delivery};

/// Countries, and the systems of those who work there.
const SITES: [(&str, [&str; 2]); 2] = [
    ("DE", ["directory-de", "chat-de"]),
    ("US", ["directory-us", "chat-us"]),
];
/// Each is a group in each system of a country.
const DEPARTMENTS: [&str; 6] = ["Sales", "Finance", "People", "Design", "Support", "Legal"];
/// Few enough names for many people to share one.
const GIVEN: [&str; 8] = ["Ann", "Ben", "Zoë", "Dan", "Eva", "Finn", "Gül", "Hugo"];
const FAMILY: [&str; 5] = ["Berg", "Müller", "Okafor", "Silva", "Weber"];
const HIRED: &str = "person.hired";
/// The title of the task that a person does.
pub(crate) const ASKED: &str = "Send the welcome letter";
/// Cases of the five kinds of [`Life`] together.
const CASES_OF_FIVE: usize = 8;

/// What happens to a person.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Comes,
    ComesAndMoves,
    ComesAndLeaves,
    ComesAndIsCutOff,
    WasThereAndLeaves,
}

pub(crate) struct Person {
    pub(crate) id: String,
    number: usize,
    life: Life,
    site: usize,
    department: usize,
}

pub(crate) struct Server {
    pub(crate) system: &'static str,
    pub(crate) base: String,
    pub(crate) token: String,
    _process: ScimServer,
}

pub(crate) struct Company {
    servers: Vec<Server>,
    pub(crate) people: Vec<Person>,
    today: Date,
}

impl Server {
    pub(crate) fn secret(&self) -> String {
        format!("systems/{}", self.system)
    }
}

impl Person {
    /// What the person should have in a system in the end: a group, or nothing.
    pub(crate) fn wanted(&self, system: &str) -> Option<&'static str> {
        let here = SITES[self.site].1.contains(&system);
        match self.life {
            Life::Comes if here => Some(DEPARTMENTS[self.department]),
            Life::ComesAndMoves if here => Some(DEPARTMENTS[self.moved()]),
            _ => None,
        }
    }

    fn moved(&self) -> usize {
        (self.department + 1) % DEPARTMENTS.len()
    }

    /// The first day: today, on which everything else happens, too, or yesterday.
    fn begins(&self, today: Date) -> Date {
        match self.number.is_multiple_of(2) {
            true => today,
            false => today.yesterday().unwrap(),
        }
    }

    fn record(&self, department: usize, today: Date) -> Value {
        let family = match self.life {
            // Those who were there have names that nobody else has.
            Life::WasThereAndLeaves => format!("Elder{}", self.number),
            _ => FAMILY[self.number / 3 % FAMILY.len()].to_owned(),
        };
        json!({
            "given_name": GIVEN[self.number % GIVEN.len()], "family_name": family,
            "department": DEPARTMENTS[department], "title": "Expert", "employment_type": "employee",
            "country": SITES[self.site].0, "location": if self.number.is_multiple_of(3) { "Office" } else { "remote" },
            "personal_email": "somebody@private.example", "start_date": self.begins(today),
        })
    }

    /// Types of webhooks and the departments in them, in the order in which HR confirms them.
    fn events(&self) -> Vec<(&'static str, usize)> {
        let at = self.department;
        match self.life {
            Life::Comes => vec![(HIRED, at)],
            Life::ComesAndMoves => vec![(HIRED, at), ("person.transferred", self.moved())],
            Life::ComesAndLeaves => vec![(HIRED, at), ("person.exiting", at)],
            Life::ComesAndIsCutOff => vec![(HIRED, at), ("person.exit.urgent", at)],
            Life::WasThereAndLeaves => vec![("person.exiting", at)],
        }
    }
}

impl Company {
    /// Starts the servers, with the groups, and the accounts of those who were there before.
    pub(crate) async fn found(cases: usize, chance: &mut Chance) -> Company {
        let lives = [
            Life::Comes,
            Life::ComesAndMoves,
            Life::ComesAndLeaves,
            Life::ComesAndIsCutOff,
            Life::WasThereAndLeaves,
        ];
        let count = (cases * lives.len()).div_ceil(CASES_OF_FIVE);
        let people = (0..count).map(|number| Person {
            id: format!("{}", 1000 + number),
            number,
            life: lives[number % lives.len()],
            site: chance.below(SITES.len()),
            department: chance.below(DEPARTMENTS.len()),
        });
        let mut company = Company {
            servers: Vec::new(),
            people: people.collect(),
            today: Timestamp::now().to_zoned(TimeZone::UTC).date(),
        };
        for system in SITES.iter().flat_map(|(_, systems)| systems) {
            let process = ScimServer::start().await.unwrap();
            company.servers.push(Server {
                system,
                base: process.base_url().to_owned(),
                token: process.token().to_owned(),
                _process: process,
            });
        }
        let client = reqwest::Client::new();
        for server in &company.servers {
            company.furnish(&client, server).await;
        }
        company
    }

    pub(crate) fn servers(&self) -> &[Server] {
        &self.servers
    }

    async fn furnish(&self, client: &reqwest::Client, server: &Server) {
        let mut members = vec![Vec::new(); DEPARTMENTS.len()];
        for person in &self.people {
            let here = SITES[person.site].1.contains(&server.system);
            if !here || person.life != Life::WasThereAndLeaves {
                continue;
            }
            let user = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "externalId": person.id,
                "userName": format!("elder{}", person.number), "active": true,
            });
            let made = post(client, server, "/Users", &user).await;
            members[person.department].push(json!({ "value": made["id"] }));
        }
        for (name, members) in DEPARTMENTS.iter().zip(members) {
            let group = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name, "members": members,
            });
            post(client, server, "/Groups", &group).await;
        }
    }

    /// Everything may begin at once; every step is a machine's, but for the welcome of those who come to the office.
    pub(crate) fn write_runbook(&self, directory: &Path) {
        let mut yaml = String::from(
            "company: Example\ntime_zone: Etc/UTC\nemail: \"{given}.{family}@example.com\"\nhr: hr\noperations: it\n\
             brake: {within: 24 hours, exits: 100000, hires: 100000, urgent_exits: 100000, transfers: 100000, confirm: hr}\n\
             teams:\n  hr: {email: hr@example.com}\n  it: {email: it@example.com}\nsystems:\n",
        );
        for server in &self.servers {
            yaml += &format!(
                "  {}: {{kind: scim, address: \"{}\", secret: {}, owner: it, at_once: 8, \
                 account_name: \"{{given}}.{{family}}\"}}\n",
                server.system,
                server.base,
                server.secret()
            );
        }
        yaml += "roles:\n";
        for (country, systems) in SITES {
            for department in DEPARTMENTS {
                yaml += &format!("  {}-{department}:\n", country.to_lowercase());
                yaml += &format!("    match: {{country: {country}, department: {department}}}\n");
                let [one, other] = systems;
                yaml += &format!("    gets: {{{one}: [{department}], {other}: [{department}]}}\n");
            }
        }
        let now = "opens: now, due: within 8 hours";
        yaml += &format!(
            "hire:\n  accounts: {{grant: all, {now}}}\n  welcome: {{title: {ASKED}, owner: hr, \
             only: {{location: Office}}, instructions: \"Write to {{person.personal_email}}.\", {now}}}\n\
             transfer:\n  new: {{grant: all, {now}}}\n  old: {{revoke: all, {now}}}\n\
             exit:\n  access: {{revoke: all, {now}}}\nurgent_exit:\n  access: {{revoke: all, {now}}}\n"
        );
        std::fs::create_dir(directory).unwrap();
        std::fs::write(directory.join("runbook.yaml"), yaml).unwrap();
    }

    /// HR's webhooks. What comes after a hire comes soon after it, at times before the hire has been taken in.
    pub(crate) fn deliveries(&self, chance: &mut Chance) -> Vec<Delivery> {
        let mut all: Vec<(usize, &Person, &str, usize)> = Vec::new();
        for person in &self.people {
            let mut at = person.number * 4;
            for (kind, department) in person.events() {
                all.push((at, person, kind, department));
                at += 1 + chance.below(80);
            }
        }
        all.sort_by_key(|(at, ..)| *at);
        let an_hour_ago = Timestamp::now() - SignedDuration::from_hours(1);
        let delivery = |(at, person, kind, department): (usize, &Person, &str, usize)| {
            let day = match kind {
                HIRED => person.begins(self.today),
                _ => self.today,
            };
            let record = person.record(department, self.today);
            Delivery {
                id: format!("{kind}-{}", person.id),
                body: json!({
                    "type": kind,
                    "timestamp": an_hour_ago + SignedDuration::from_secs(i64::try_from(at).unwrap()),
                    "data": { "employee_id": person.id, "effective_date": day, "person": record },
                }),
                twice: chance.below(10) == 0,
            }
        };
        all.into_iter().map(delivery).collect()
    }
}

async fn post(client: &reqwest::Client, server: &Server, path: &str, body: &Value) -> Value {
    let request = client
        .post(format!("{}{path}", server.base))
        .bearer_auth(&server.token)
        .header("content-type", "application/scim+json")
        .body(body.to_string());
    let answer = request.send().await.unwrap().error_for_status().unwrap();
    answer.json().await.unwrap()
}
