//! Who is away, and who acts for them meanwhile. Whoever stands in counts as themselves: what they may not do, they may
//! not do for somebody else either.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Span, Timestamp, civil::Date};
use latchkey_ledger::{Ledger, LedgerError};
use latchkey_lifecycle::{Absence, OwnSettings, TeamId};
use latchkey_runbook::Runbook;

use crate::facts::{day as in_words, name_of, team_name};

/// The most absences that somebody has ahead.
pub const MOST_ABSENCES: usize = 10;
/// How many days ahead an absence may begin, and how many it may have.
const MOST_DAYS: i32 = 366;

/// Who of some teams is away, as they said.
#[derive(Debug, Clone)]
pub struct Absences {
    /// The day in the company's time zone.
    today: Date,
    settings: BTreeMap<String, OwnSettings>,
}

/// Who acts for somebody in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acts<'a> {
    /// They do: they are not away.
    Themselves,
    /// Somebody else, by address.
    StandIn(&'a str),
    /// Nobody by name, so the whole team: nobody was named, or whoever was is away, too, or in the team no more.
    Nobody,
}

/// Somebody who is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away<'a> {
    /// Their name.
    pub name: &'a str,
    /// Their work e-mail address.
    pub address: &'a str,
    /// From when until when.
    pub absence: &'a Absence,
}

impl Absences {
    /// Of everybody whom the runbook names in these teams, as of an instant.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger cannot be read.
    pub async fn read(
        ledger: &Ledger,
        runbook: &Runbook,
        teams: &[&TeamId],
        now: Timestamp,
    ) -> Result<Absences, LedgerError> {
        let named = teams.iter().flat_map(|team| runbook.addresses_of(team));
        let named: Vec<&str> = named.collect();
        let settings = ledger.own_settings_of(&named).await?;
        Ok(Absences::of(runbook, settings, now))
    }

    /// Of these people, as of an instant.
    pub fn of(
        runbook: &Runbook,
        settings: BTreeMap<String, OwnSettings>,
        now: Timestamp,
    ) -> Absences {
        Absences {
            today: now.to_zoned(runbook.time_zone().clone()).date(),
            settings,
        }
    }

    /// What somebody set, if they set anything.
    pub fn settings(&self, address: &str) -> Option<&OwnSettings> {
        self.settings.get(address)
    }

    /// Who is away today.
    pub fn away_today(&self) -> impl Iterator<Item = Away<'_>> {
        self.settings
            .keys()
            .filter_map(|address| self.away(address))
    }

    /// All of them with their absences that have not passed.
    pub fn to_come(&self) -> impl Iterator<Item = Away<'_>> {
        let all = self.settings.values().flat_map(|settings| {
            let absences = settings.absences.iter();
            absences.map(move |absence| Away::of(settings, absence))
        });
        all.filter(|away| away.absence.until >= self.today)
    }

    /// Whether somebody is away today, and until when.
    pub fn away(&self, address: &str) -> Option<Away<'_>> {
        let settings = self.settings.get(address)?;
        let absence = settings.away_on(self.today)?;
        Some(Away::of(settings, absence))
    }

    /// Who acts for somebody of a team today.
    pub fn acts_for(&self, runbook: &Runbook, team: &TeamId, address: &str) -> Acts<'_> {
        self.acts_on(runbook, team, address, self.today)
    }

    /// The same on another day. Whoever stands in may be away, too, and have named somebody: each is gone to once.
    fn acts_on(&self, runbook: &Runbook, team: &TeamId, address: &str, day: Date) -> Acts<'_> {
        let absence_of = |address: &str| {
            let settings = self.settings.get(address)?;
            settings.away_on(day)
        };
        let Some(mut absence) = absence_of(address) else {
            return Acts::Themselves;
        };
        let mut seen = BTreeSet::from([address]);
        loop {
            let Some(next) = absence.stand_in.as_deref() else {
                return Acts::Nobody;
            };
            if !is_of(runbook, team, next) || !seen.insert(next) {
                return Acts::Nobody;
            }
            match absence_of(next) {
                None => return Acts::StandIn(next),
                Some(further) => absence = further,
            }
        }
    }

    /// Why somebody cannot be away like this, in a sentence; `None` when they can.
    pub fn problem(&self, runbook: &Runbook, address: &str, new: &Absence) -> Option<String> {
        let last = self.today.saturating_add(Span::new().days(MOST_DAYS));
        let own = self.settings.get(address);
        let mut own = own.into_iter().flat_map(|settings| &settings.absences);
        let days = match () {
            () if new.until < new.from => "The last day is before the first.".to_owned(),
            () if new.until < self.today => "These days have passed.".to_owned(),
            () if new.until > last => {
                format!("It has to end by {}, a year from now.", in_words(last))
            }
            () => match own.find(|other| other.overlaps(new)) {
                None => return self.stand_in_problem(runbook, address, new),
                Some(other) => format!(
                    "You are away from {} until {} already: take that out first.",
                    in_words(other.from),
                    in_words(other.until)
                ),
            },
        };
        Some(days)
    }

    fn stand_in_problem(&self, runbook: &Runbook, address: &str, new: &Absence) -> Option<String> {
        let stand_in = new.stand_in.as_deref()?;
        let name = name_of(stand_in);
        if stand_in == address {
            return Some("Nobody stands in for themselves: choose somebody else.".to_owned());
        }
        let shared: Vec<&TeamId> = shared_teams(runbook, address, stand_in);
        if shared.is_empty() {
            return Some(format!(
                "{name} is in none of your teams: choose somebody who is."
            ));
        }
        let mut then = self.clone();
        let own = then.settings.entry(address.to_owned()).or_default();
        own.absences.push(new.clone());
        let first = new.from.max(self.today);
        let days = first.series(Span::new().days(1));
        for day in days.take_while(|day| *day <= new.until) {
            for team in &shared {
                if then.acts_on(runbook, team, address, day) == Acts::Nobody {
                    return Some(format!(
                        "{name} is away, too, on {}, and nobody of {} stands in for both: choose somebody else, or other days.",
                        in_words(day),
                        team_name(runbook, team)
                    ));
                }
            }
        }
        None
    }
}

impl<'a> Away<'a> {
    fn of(settings: &'a OwnSettings, absence: &'a Absence) -> Away<'a> {
        Away {
            name: &settings.name,
            address: &settings.address,
            absence,
        }
    }
}

fn is_of(runbook: &Runbook, team: &TeamId, address: &str) -> bool {
    runbook.addresses_of(team).any(|one| one == address)
}

/// The teams in which the runbook names both.
pub fn shared_teams<'r>(runbook: &'r Runbook, one: &str, other: &str) -> Vec<&'r TeamId> {
    let teams = runbook.teams().map(|(team, _)| team);
    let both = |team: &&TeamId| is_of(runbook, team, one) && is_of(runbook, team, other);
    teams.filter(both).collect()
}

/// The teams in which the runbook names somebody.
pub fn named_in<'r>(runbook: &'r Runbook, address: &str) -> Vec<&'r TeamId> {
    shared_teams(runbook, address, address)
}

#[cfg(test)]
mod tests {
    use latchkey_runbook::Source;

    use super::*;

    const TEXT: &str = "company: Acme
time_zone: Europe/Berlin
hr: people
operations: it
brake: {within: 24 hours, exits: 20, urgent_exits: 5, transfers: 50, confirm: it}
teams:
  people: {email: people@x.example, members: [ann@x.example, hal@x.example]}
  it: {email: it@x.example, members: [ann@x.example, ben@x.example, cy@x.example, di@x.example]}
";

    fn runbook() -> Runbook {
        let files = [("runbook.yaml".to_owned(), TEXT.to_owned())];
        let checked = Runbook::check(&Source::from_files(files.into()));
        checked
            .runbook
            .unwrap_or_else(|| panic!("{:?}", checked.problems))
    }

    fn absence(from: i8, until: i8, stand_in: &str) -> Absence {
        let day = |day| jiff::civil::date(2026, 12, day);
        let stand_in = Some(format!("{stand_in}@x.example"));
        Absence {
            from: day(from),
            until: day(until),
            stand_in: stand_in.filter(|one| !one.starts_with('@')),
        }
    }

    /// As of noon on the 10th.
    fn absences(all: &[(&str, Absence)]) -> Absences {
        let settings = all.iter().map(|(name, absence)| {
            let address = format!("{name}@x.example");
            let settings = OwnSettings {
                address: address.clone(),
                name: (*name).to_owned(),
                absences: vec![absence.clone()],
                ..OwnSettings::default()
            };
            (address, settings)
        });
        let now = "2026-12-10T11:00:00Z".parse().unwrap();
        Absences::of(&runbook(), settings.collect(), now)
    }

    fn acts(absences: &Absences, team: &str) -> String {
        let team = TeamId::new(team).unwrap();
        match absences.acts_for(&runbook(), &team, "ann@x.example") {
            Acts::StandIn(address) => name_of(address),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_stand_in_acts_while_somebody_is_away_and_no_longer() {
        for (from, until, who) in [
            (10, 10, "Ben"),
            (1, 31, "Ben"),
            (11, 12, "Themselves"),
            (1, 9, "Themselves"),
        ] {
            let all = absences(&[("ann", absence(from, until, "ben"))]);
            assert_eq!(acts(&all, "it"), who, "{from} to {until}");
        }
        // Ben is not in it.
        let all = absences(&[("ann", absence(1, 31, "ben"))]);
        assert_eq!(acts(&all, "people"), "Nobody");
    }

    #[test]
    fn the_day_is_that_of_the_company() {
        let settings = absences(&[("ann", absence(11, 11, "ben"))]).settings;
        for (now, who) in [
            ("2026-12-10T22:59:59Z", "Themselves"),
            ("2026-12-10T23:00:00Z", "Ben"),
            ("2026-12-11T22:59:59Z", "Ben"),
            ("2026-12-11T23:00:00Z", "Themselves"),
        ] {
            let now = now.parse().unwrap();
            let all = Absences::of(&runbook(), settings.clone(), now);
            assert_eq!(acts(&all, "it"), who, "{now}");
        }
    }

    #[test]
    fn two_who_are_away_come_to_a_third_and_a_circle_to_nobody() {
        let away = |who: &str| absence(1, 31, who);
        let third = [("ann", away("ben")), ("ben", away("cy"))];
        assert_eq!(acts(&absences(&third), "it"), "Cy");
        let circle = [
            ("ann", away("ben")),
            ("ben", away("cy")),
            ("cy", away("ann")),
        ];
        assert_eq!(acts(&absences(&circle), "it"), "Nobody");
        let behind = [
            ("ann", away("ben")),
            ("ben", away("cy")),
            ("cy", away("ben")),
        ];
        assert_eq!(acts(&absences(&behind), "it"), "Nobody");
        let unnamed = [("ann", away("ben")), ("ben", away(""))];
        assert_eq!(acts(&absences(&unnamed), "it"), "Nobody");
        // Hal was in the team once.
        assert_eq!(acts(&absences(&[("ann", away("hal"))]), "it"), "Nobody");
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_reason() {
        let all = absences(&[
            ("ann", absence(20, 22, "")),
            ("ben", absence(14, 14, "ann")),
        ]);
        let problem = |from, until, who: &str| {
            let problem = all.problem(&runbook(), "ann@x.example", &absence(from, until, who));
            problem.unwrap_or_default()
        };
        for (from, until, who, want) in [
            (12, 11, "", "The last day is before the first."),
            (1, 9, "", "These days have passed."),
            (
                22,
                24,
                "cy",
                "You are away from Sun 20 Dec 2026 until Tue 22 Dec 2026 already",
            ),
            (11, 12, "ann", "Nobody stands in for themselves"),
            (11, 12, "zed", "Zed is in none of your teams"),
            (
                11,
                15,
                "ben",
                "Ben is away, too, on Mon 14 Dec 2026, and nobody of it",
            ),
            (1, 13, "ben", ""),
            (11, 15, "cy", ""),
            (14, 14, "", ""),
        ] {
            let said = problem(from, until, who);
            assert!(
                said.starts_with(want) && want.is_empty() == said.is_empty(),
                "{said}: {want}"
            );
        }
    }
}
