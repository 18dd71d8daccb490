//! Company, working time, teams.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    civil::{Date, Time},
    tz::TimeZone,
};
use latchkey_lifecycle::TeamId;
use latchkey_values::{country_code, time_zone, time_zones_like};

use super::Check;
use crate::{
    calendar::Calendar,
    document::Weekday,
    pattern::Pattern,
    problem::{Problem, did_you_mean},
    runbook::{BrakeRule, Contact, Team},
    window::{Phrase, hours_minutes},
    yaml::At,
};

/// What the head of a runbook says.
pub(crate) struct Company {
    pub(crate) zone: TimeZone,
    pub(crate) emails: Vec<Pattern>,
    pub(crate) reserved_names: BTreeSet<String>,
    pub(crate) calendar: Calendar,
}

impl Check<'_> {
    pub(super) fn company(&mut self) -> Company {
        let document = self.document;
        let zone = self.zone();
        let emails = self.emails();
        let reserved_names = self.reserved_names();
        let hours = document.working_hours.as_ref().and_then(|text| {
            let both = text.value.split_once(['-', '–']).and_then(|(from, to)| {
                Some((hours_minutes(from.trim())?, hours_minutes(to.trim())?))
            });
            let message = match both {
                Some((from, to)) if from < to => return both,
                Some(_) => format!(
                    "the working hours `{}` end before they begin; say e.g. \"09:00-17:30\"",
                    text.value
                ),
                None => format!(
                    "`{}` are no working hours; say e.g. \"09:00-17:30\"",
                    text.value
                ),
            };
            self.error(text.place, message);
            None
        });
        let (opens, closes) =
            hours.unwrap_or((Time::constant(9, 0, 0, 0), Time::constant(17, 0, 0, 0)));
        let mut days = [false; 7];
        match &document.working_days {
            None => days[..5].fill(true),
            Some(list) => {
                for day in list {
                    days[*day as usize] = true;
                }
            }
        }
        let misfit = |p: &Problem| p.message.starts_with("`working_days`");
        if !days.contains(&true) && !self.problems.all.iter().any(misfit) {
            self.error(
                document.time_zone.place,
                "there is no working day in `working_days`",
            );
        }
        let holidays = self.holidays();
        self.team(&document.hr, "`hr`");
        self.team(&document.operations, "`operations`");
        Company {
            zone: zone.unwrap_or(TimeZone::UTC),
            emails,
            reserved_names,
            calendar: Calendar::new(days, opens, closes, holidays),
        }
    }

    /// The company's time zone, by the names that HR's records may use, too. Abbreviations stay behind when the clocks
    /// change.
    fn zone(&mut self) -> Option<TimeZone> {
        let name = &self.document.time_zone;
        if let Some(known) = time_zone(&name.value) {
            return TimeZone::get(&known).ok();
        }
        let zone = TimeZone::get(&name.value).ok();
        let message = match &zone {
            Some(_) => format!(
                "`{}` is an abbreviation, not the time zone of a place",
                name.value
            ),
            None => format!("`{}` is not a time zone", name.value),
        };
        let names: Vec<String> = jiff::tz::db().available().map(|n| n.to_string()).collect();
        let by_city = time_zones_like(&name.value).into_iter().next();
        let help = match (by_city, &zone) {
            (Some(city), _) => Some(format!("did you mean `{city}`?")),
            (None, Some(_)) => None,
            (None, None) => did_you_mean(&name.value, names.iter().map(String::as_str)),
        };
        let help = help.unwrap_or_else(|| "say e.g. Europe/Berlin".to_owned());
        let message = format!("{message}; {help}");
        match &zone {
            Some(_) => self.refuse(name.place, message),
            None => self.error(name.place, message),
        }
        zone
    }

    pub(super) fn brake(&mut self) -> Option<BrakeRule> {
        let Some(brake) = &self.document.brake else {
            let message = "there is no `brake`: however many exits come at once, nobody is asked";
            self.warning(self.document.hr.place, message);
            return None;
        };
        let confirm = self.team(&brake.confirm, "`brake`");
        let within = match Phrase::parse(&format!("within {}", brake.within.value)) {
            Ok(Phrase::Within(amount, unit)) => unit.length(amount),
            _ => None,
        };
        if within.is_none() {
            let message = format!(
                "`{}` is no time to count in; say e.g. \"24 hours\" or \"2 days\"",
                brake.within.value
            );
            self.error(brake.within.place, message);
        }
        let count = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        Some(BrakeRule {
            within: within?,
            exits: count(brake.exits),
            urgent_exits: count(brake.urgent_exits),
            transfers: count(brake.transfers),
            hires: count(brake.hires),
            two_people_above: brake
                .two_people_above
                .as_ref()
                .map(|most| count(most.value)),
            confirm: confirm?,
        })
    }

    fn holidays(&mut self) -> BTreeMap<String, BTreeSet<Date>> {
        let document = self.document;
        let mut all: BTreeMap<String, BTreeSet<Date>> = BTreeMap::new();
        for (country, list) in &document.holidays {
            let name = country.value.as_str();
            let key = match name {
                "all" => String::new(),
                _ => country_code(name).unwrap_or_else(|| {
                    let message = format!(
                        "`{name}` in `holidays` is no country, nor `all`: write its English name or its ISO 3166 code, like \
                         Germany or DE"
                    );
                    self.refuse(country.place, message);
                    name.to_owned()
                }),
            };
            for holiday in list {
                match holiday.date.value.parse::<Date>() {
                    Ok(date) => {
                        if !all.entry(key.clone()).or_default().insert(date) {
                            let message = format!("{date} stands among these holidays twice");
                            self.warning(holiday.date.place, message);
                        }
                    }
                    Err(_) => {
                        let message =
                            format!("`{}` is not a day such as 2026-12-25", holiday.date.value);
                        self.error(holiday.date.place, message);
                    }
                }
            }
        }
        all
    }

    pub(super) fn teams(&mut self) -> BTreeMap<TeamId, Team> {
        let document = self.document;
        let mut teams = BTreeMap::new();
        for (name, team) in &document.teams {
            let context = format!("team `{}`", name.value);
            if !is_address(&team.email.value) {
                let email = team.email.value.trim();
                let message = match email.strip_prefix("mailto:") {
                    Some(address) => {
                        format!("`{email}` is a link: write the address alone, `{address}`")
                    }
                    None => {
                        format!("`{email}` is not an e-mail address: nobody reaches the {context}")
                    }
                };
                self.error(team.email.place, message);
            }
            let mut contact = |what: &str, who: &Option<At<String>>| {
                let who = who.as_ref()?;
                if who.value.trim().is_empty() {
                    let message = format!(
                        "`{what}` of {context} is empty: name a team or an e-mail address, or take the line out"
                    );
                    self.error(who.place, message);
                    return None;
                }
                self.contact_of(who, &context)
            };
            let backup = contact("backup", &team.backup);
            let escalation = contact("escalation", &team.escalation);
            let members = self.members(&team.members, &context);
            match TeamId::new(name.value.clone()) {
                Ok(id) => {
                    let people = team.name.clone().unwrap_or_else(|| name.value.clone());
                    let email = team.email.value.clone();
                    teams.insert(
                        id,
                        Team {
                            name: people,
                            email,
                            backup,
                            escalation,
                            members,
                        },
                    );
                }
                Err(problem) => self.error(name.place, problem.to_string()),
            }
        }
        teams
    }

    /// A team or an address.
    fn contact_of(&mut self, who: &At<String>, context: &str) -> Option<Contact> {
        if is_address(&who.value) {
            return Some(Contact {
                team: None,
                email: who.value.clone(),
            });
        }
        let team = self.team(who, context)?;
        let email = self
            .document
            .teams
            .iter()
            .find(|(k, _)| k.value == who.value)?
            .1
            .email
            .value
            .clone();
        Some(Contact {
            team: Some(team),
            email,
        })
    }
}

/// Near enough to RFC 5321 to find typing errors: the mail server has the last word.
pub(super) fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let plain = |s: &str| {
        !s.is_empty()
            && !s
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || "<>,;:@".contains(c))
    };
    plain(local)
        && plain(domain)
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
}

const _: () = assert!(Weekday::Mon as usize == 0 && Weekday::Sun as usize == 6);
