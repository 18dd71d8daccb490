//! The account of a person: asked for, or looked for in the list; compared in any case.

use latchkey_http_api::{Request, Values};
use latchkey_lifecycle::{Account, EmployeeId};
use latchkey_systems::{Fault, Faults, Found, PageToken, Sought, System, Turn, Whole, theirs};
use serde_json::Value;

use crate::{
    api::Api,
    lines::nameless,
    names,
    pages::{Position, Purpose},
};

/// An account and what was answered of it.
pub(crate) type Match = (Found, Value);

impl Api {
    /// The account of a person, without entitlements, and its answer.
    pub(crate) async fn find(&self, who: &Sought) -> Result<Whole<Option<Match>>, Fault> {
        let id = &who.employee_id;
        let mut nobody = Whole::asked_for_itself(());
        if self.description.account.employee_id.is_some() {
            let by = self.description.find.by_employee_id.as_ref();
            let is = |account: &Account| account.employee_id.as_ref() == Some(id);
            let matches = self.matches(by, &names::of_sought(who), is, true).await?;
            let mut by_id = Vec::new();
            nobody = matches.map(|matches| by_id = matches);
            if by_id.len() > 1 {
                return Err(self.several_of(id, by_id).await?);
            }
            if let Some(found) = by_id.into_iter().next()
                && let Some(whole) = self.whole(&found.0, found.1).await?
                && let Some(found) = theirs(self.name(), who, whole.0)?
            {
                return Ok(nobody.map(|()| Some((found, whole.1))));
            }
        }
        let Some(name) = &who.name else {
            return Ok(nobody.map(|()| None));
        };
        let by = self.description.find.by_name.as_ref();
        let is = |account: &Account| self.same_name(&account.name, name);
        let mut by_name = Vec::new();
        let matches = self.matches(by, &names::of_sought(who), is, false).await?;
        nobody = nobody.and(matches.map(|matches| by_name = matches));
        let found = self.one(by_name, &format!("account name {name}"))?;
        let Some((found, value)) = found else {
            return Ok(nobody.map(|()| None));
        };
        let Some((found, value)) = self.whole(&found, value).await? else {
            return Ok(nobody.map(|()| None));
        };
        let found = theirs(self.name(), who, found)?;
        Ok(nobody.map(|()| found.map(|found| (found, value))))
    }

    /// The account with this handle: asked for itself, where the description says how that is done; else looked for in
    /// the list.
    pub(crate) async fn by_handle(
        &self,
        handle: &str,
        who: &Sought,
    ) -> Result<Whole<Option<Match>>, Fault> {
        if self.description.read.is_none() {
            return self.in_list(|found| found.handle == handle).await;
        }
        let account = Account {
            employee_id: Some(who.employee_id.clone()),
            name: who.name.clone().unwrap_or_default(),
            ..nameless()
        };
        let read = self.read_itself(handle, account).await?;
        Ok(Whole::asked_for_itself(read))
    }

    async fn in_list(&self, is: impl Fn(&Found) -> bool) -> Result<Whole<Option<Match>>, Fault> {
        let matches = self.matches(None, &|_| None, |_| true, false).await?;
        Ok(matches.map(|matches| matches.into_iter().find(|(found, _)| is(found))))
    }

    /// The account of a name that was made a moment ago.
    pub(crate) async fn by_name(&self, account: &Account) -> Result<Option<Match>, Fault> {
        let by = self.description.find.by_name.as_ref();
        let is = |other: &Account| self.same_name(&other.name, &account.name);
        let values = names::of_account(None, account, None);
        let matches = self.matches(by, &values, is, false).await?.into_inner();
        self.one(matches, &format!("account name {}", account.name))
    }

    /// Several accounts have a person's employee id.
    async fn several_of(&self, id: &EmployeeId, matches: Vec<Match>) -> Result<Fault, Fault> {
        let mut accounts = Vec::new();
        for (found, value) in matches {
            if let Some((found, value)) = self.whole(&found, value).await? {
                accounts.push(self.with_what_it_shows(found, &value).await?);
            }
        }
        Ok(self.several(id, accounts))
    }

    fn one(&self, mut matches: Vec<Match>, what: &str) -> Result<Option<Match>, Fault> {
        match matches.len() {
            0 | 1 => Ok(matches.pop()),
            n => Err(self.conflict(format!("{n} accounts have the {what}"))),
        }
    }

    /// Accounts that are what was asked for, `by_id` when that is an employee id. Where the answer has others only, the
    /// server did not look at the question, and `null` is no answer: then all are looked through.
    async fn matches(
        &self,
        request: Option<&Request>,
        values: &Values<'_>,
        is: impl Fn(&Account) -> bool,
        by_id: bool,
    ) -> Result<Whole<Vec<Match>>, Fault> {
        if let Some(request) = request {
            let (mut lines, mut is_told) = (Vec::new(), false);
            let told = self.told(request, values, Purpose::Search).await?;
            let whole = told.map(|told| (lines, is_told) = (told.lines, told.is_told));
            let there = !lines.is_empty() || !is_told;
            let found = self.accounts(request, lines, by_id).await?;
            let matches: Vec<Match> = found.into_iter().filter(|(f, _)| is(&f.account)).collect();
            if !there || !matches.is_empty() {
                return Ok(whole.map(|()| each_once(matches)));
            }
        }
        let request = &self.description.list;
        let mut list = self.leafing(request);
        let mut matches = Vec::new();
        let mut from = None;
        loop {
            let read = self.page_of_all(from).await?;
            let found = self.accounts(request, read.lines, by_id).await?;
            matches.extend(found.into_iter().filter(|(f, _)| is(&f.account)));
            from = match list.turn(&read.part)? {
                Turn::To(next) => Position::of(&PageToken(next)).ok(),
                Turn::End(whole) => return Ok(whole.map(|()| each_once(matches))),
            };
        }
    }

    /// The whole account, where lists show a part of it only; `None` when it has gone.
    pub(crate) async fn whole(&self, found: &Found, value: Value) -> Result<Option<Match>, Fault> {
        match &self.description.read {
            None => Ok(Some((found.clone(), value))),
            Some(_) => self.read_itself(&found.handle, found.account.clone()).await,
        }
    }
}

fn each_once(mut matches: Vec<Match>) -> Vec<Match> {
    matches.sort_by(|(a, _), (b, _)| a.handle.cmp(&b.handle));
    matches.dedup_by(|(a, _), (b, _)| a.handle == b.handle);
    matches
}
