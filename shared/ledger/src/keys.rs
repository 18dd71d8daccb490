//! Every key of the table, and nothing else builds one.
//!
//! | item | `pk` | `sk` |
//! | --- | --- | --- |
//! | person | `PERSON#<employee>` | `PROFILE` |
//! | what HR confirmed of a person | `PERSON#<employee>` | `HEARD#<event>` |
//! | a person's case | `PERSON#<employee>` | `CASE#<case>` |
//! | a person's account | `PERSON#<employee>` | `ACCOUNT#<system>` |
//! | claims on a person's account | `PERSON#<employee>` | `STANDING#<system>` |
//! | what a person is called in the systems | `PERSON#<employee>` | `NAMES` |
//! | a name, and whose it is | `NAME#<name without its number>` | `NAME#<name>` |
//! | case | `CASE#<case>` | `CASE` |
//! | event that nobody knows | `CASE#<case>` | `EVENT#<source>#<delivery>` |
//! | task | `CASE#<case>` | `TASK#<task>` |
//! | audit record of a case | `CASE#<case>` | `AUDIT#CASE#<seq>` |
//! | audit record of a task | `CASE#<case>` | `AUDIT#TASK#<task>#<seq>` |
//! | delivery | `DELIVERY#<source>#<id>` | `DELIVERY` |
//! | runbook version | `RUNBOOK#<version>` | `FILE#<name>` |
//! | the current runbook | `RUNBOOK` | `CURRENT` |
//! | the brake | `BRAKE` | `BRAKE` |
//! | traffic to a system | `TRAFFIC#<system>` | `TRAFFIC` |
//! | when a source was last heard of | `SOURCE#<source>` | `SOURCE` |
//! | how far a source was asked what changed | `CURSOR#<source>` | `CURSOR` |
//! | how far the audit trails were verified | `CURSOR` | `AUDIT` |
//! | how far a ledger of an earlier release was filled in | `CURSOR` | `FILLED-IN` |
//! | letter about a case | `CASE#<case>` | `LETTER#<letter>` |
//! | another letter | `LETTER#<letter>` | `LETTER#<letter>` |
//! | how the mail went lately | `MAIL` | `MAIL` |
//! | whose turn it is to send | `MAIL` | `TURN` |
//! | which ledger it is | `LEDGER` | `ID` |
//! | that it was brought here, by what was brought | `ARRIVAL#<checksum>` | `ARRIVAL` |
//! | a person by name | `PEOPLE#name` | `PERSON#<name>#<employee>` |
//! | a person by name in the other order or spelling, and by work address | `PEOPLE#other` | `PERSON#<words>#<employee>` |
//! | who reports to an address | `REPORTS#<address>` | `PERSON#<employee>` |
//! | a link to sign in with | `SIGN-IN#<digest>` | `SIGN-IN` |
//! | a session of whoever signed in | `SESSIONS#<address>` | `SESSION#<digest>` |
//! | finding | `FINDING#<finding>` | `FINDING` |
//! | audit record of a finding | `FINDING#<finding>` | `AUDIT#<seq>` |
//!
//! Index `cases` (`gsi1pk`, `gsi1sk`): `CASES#open` or `CASES#closed`, by instant of opening; `PEOPLE`, by employee id;
//! `FINDINGS#open` or `FINDINGS#closed`, by system and instant of opening; `LETTERS#waiting`, by what waits
//! for an answer first and the instant of the next try; `TASKS#<team>#asked`, what a team has been asked, by due instant, and `TASKS#<team>#later`, what it will be
//! asked, by the instant at which it opens.

use jiff::Timestamp;
use latchkey_lifecycle::{
    CaseId, EmployeeId, EventId, FindingId, LetterId, QueuedLetter, RunbookVersion, SystemId,
    TaskId, TeamId,
};

/// A partition key and a sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Partition key, attribute `pk`.
    pub pk: String,
    /// Sort key, attribute `sk`.
    pub sk: String,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A name that was given is somebody's, as are those that people are found by: they do not belong into what is
        // logged.
        match self.pk.as_str() {
            pk if pk.starts_with(NAME_PREFIX) => write!(f, "{NAME_PREFIX}\u{2026}"),
            BY_NAME | BY_OTHER_WORDS => write!(f, "{} / \u{2026}", self.pk),
            _ => write!(f, "{} / {}", self.pk, self.sk),
        }
    }
}

fn key(pk: String, sk: impl Into<String>) -> Key {
    Key { pk, sk: sk.into() }
}

pub(crate) fn person(employee: &EmployeeId) -> Key {
    key(person_partition(employee), "PROFILE")
}

pub(crate) fn person_partition(employee: &EmployeeId) -> String {
    format!("{PERSON_PREFIX}{employee}")
}

const PERSON_PREFIX: &str = "PERSON#";

/// Whose partition it is.
pub(crate) fn employee_of(partition: &str) -> Option<&str> {
    partition.strip_prefix(PERSON_PREFIX)
}

/// Index partition of all people.
pub(crate) const PEOPLE_SHELF: &str = "PEOPLE";

/// Where a person stands in the index.
pub(crate) fn person_index(employee: &EmployeeId) -> [(&'static str, String); 2] {
    [
        ("gsi1pk", PEOPLE_SHELF.to_owned()),
        ("gsi1sk", employee.to_string()),
    ]
}

pub(crate) fn finding(finding: &FindingId) -> Key {
    key(format!("{FINDING_PREFIX}{finding}"), "FINDING")
}

const FINDING_PREFIX: &str = "FINDING#";

/// Which finding's partition it is.
pub(crate) fn finding_of(partition: &str) -> Option<FindingId> {
    FindingId::new(partition.strip_prefix(FINDING_PREFIX)?).ok()
}

pub(crate) fn finding_audit(finding: &FindingId, seq: u64) -> Key {
    key(
        format!("FINDING#{finding}"),
        format!("{AUDIT_PREFIX}{seq:08}"),
    )
}

pub(crate) fn findings_shelf(open: bool) -> &'static str {
    if open {
        "FINDINGS#open"
    } else {
        "FINDINGS#closed"
    }
}

/// Sort-key prefix of a system's findings in the index. No system's name is empty.
pub(crate) fn finding_place(system: Option<&SystemId>) -> String {
    format!("{}#", system.map(SystemId::as_str).unwrap_or_default())
}

/// Sort-key prefix of a person's cases, and partition-key prefix of cases.
pub(crate) const CASE_PREFIX: &str = "CASE#";
/// Sort-key prefix of what HR confirmed of a person.
pub(crate) const HEARD_PREFIX: &str = "HEARD#";
/// Sort-key prefix of a person's accounts.
pub(crate) const ACCOUNT_PREFIX: &str = "ACCOUNT#";
/// Sort-key prefix of the claims on a person's accounts.
pub(crate) const STANDING_PREFIX: &str = "STANDING#";
/// Sort-key prefix of a case's tasks.
pub(crate) const TASK_PREFIX: &str = "TASK#";
/// Sort-key prefixes of everything that a case's partition has.
pub(crate) const CASE_KINDS: [&str; 7] = [
    "CASE",
    "EVENT#",
    TASK_PREFIX,
    "AUDIT#CASE#",
    "AUDIT#TASK#",
    LETTER_PREFIX,
    TALK_PREFIX,
];
/// Sort-key prefix of what was asked of HR about a case's tasks.
const TALK_PREFIX: &str = "TALK#";
/// Sort-key prefix of all audit records of a case.
pub(crate) const AUDIT_PREFIX: &str = "AUDIT#";
/// Sort-key prefix of the files of a runbook version.
pub(crate) const FILE_PREFIX: &str = "FILE#";

pub(crate) fn heard(employee: &EmployeeId, event: EventId) -> Key {
    key(person_partition(employee), format!("{HEARD_PREFIX}{event}"))
}

pub(crate) fn persons_case(employee: &EmployeeId, case: &CaseId) -> Key {
    key(person_partition(employee), format!("{CASE_PREFIX}{case}"))
}

pub(crate) fn persons_account(employee: &EmployeeId, system: &SystemId) -> Key {
    key(
        person_partition(employee),
        format!("{ACCOUNT_PREFIX}{system}"),
    )
}

pub(crate) fn persons_standing(employee: &EmployeeId, system: &SystemId) -> Key {
    key(
        person_partition(employee),
        format!("{STANDING_PREFIX}{system}"),
    )
}

pub(crate) fn persons_names(employee: &EmployeeId) -> Key {
    key(person_partition(employee), "NAMES")
}

/// Sort-key prefix of names.
pub(crate) const NAME_PREFIX: &str = "NAME#";

/// A name in lower case: of an account, or an e-mail address.
pub(crate) fn name(name: &str) -> Key {
    key(name_partition(name), format!("{NAME_PREFIX}{name}"))
}

/// Names that differ by a number stand together, so that one query finds the next one that is free.
pub(crate) fn name_partition(name: &str) -> String {
    let local = name.split('@').next().unwrap_or_default();
    let stem = local.trim_end_matches(|c: char| c.is_ascii_digit());
    match stem.strip_suffix('-').unwrap_or(stem) {
        "" => format!("{NAME_PREFIX}{local}"),
        stem => format!("{NAME_PREFIX}{stem}"),
    }
}

pub(crate) fn case(case: &CaseId) -> Key {
    key(case_partition(case), "CASE")
}

pub(crate) fn case_partition(case: &CaseId) -> String {
    format!("{CASE_PREFIX}{case}")
}

/// Which case's partition it is.
pub(crate) fn case_of(partition: &str) -> Option<CaseId> {
    CaseId::new(partition.strip_prefix(CASE_PREFIX)?).ok()
}

/// How far the audit trails were verified.
pub(crate) fn audit_round() -> Key {
    key("CURSOR".to_owned(), "AUDIT")
}

/// How far what pages find things by was filled in.
pub(crate) fn filled_in() -> Key {
    key("CURSOR".to_owned(), "FILLED-IN")
}

pub(crate) fn ledger_id() -> Key {
    key("LEDGER".to_owned(), "ID")
}

pub(crate) fn arrival(checksum: &str) -> Key {
    key(format!("ARRIVAL#{checksum}"), "ARRIVAL")
}

pub(crate) fn event(case: &CaseId, source: &str, delivery: &str) -> Key {
    key(case_partition(case), format!("EVENT#{source}#{delivery}"))
}

pub(crate) fn task(case: &CaseId, task: &TaskId) -> Key {
    key(case_partition(case), format!("{TASK_PREFIX}{task}"))
}

pub(crate) fn delivery(source: &str, delivery: &str) -> Key {
    key(format!("DELIVERY#{source}#{delivery}"), "DELIVERY")
}

pub(crate) fn runbook_partition(version: &RunbookVersion) -> String {
    format!("RUNBOOK#{version}")
}

pub(crate) fn runbook_file(version: &RunbookVersion, name: &str) -> Key {
    key(runbook_partition(version), format!("{FILE_PREFIX}{name}"))
}

/// Index partition of letters that wait to be sent.
pub(crate) const LETTERS_SHELF: &str = "LETTERS#waiting";
/// Where a letter that waits stands there. What only says that something ended comes after everything else: thousands of
/// those would keep a question waiting for hours.
pub(crate) fn letter_place(letter: &QueuedLetter) -> String {
    let class = u8::from(letter.can_wait());
    format!("{class}#{}#{}", letter.next, letter.id)
}

/// Key prefix of letters.
pub(crate) const LETTER_PREFIX: &str = "LETTER#";

/// A letter stands with the case that it is about.
pub(crate) fn letter(case: Option<&CaseId>, letter: &LetterId) -> Key {
    let own = format!("{LETTER_PREFIX}{letter}");
    key(case.map_or_else(|| own.clone(), case_partition), own)
}

pub(crate) fn mail_turn() -> Key {
    key("MAIL".to_owned(), "TURN")
}

pub(crate) fn mail_log() -> Key {
    key("MAIL".to_owned(), "MAIL")
}

pub(crate) fn brake() -> Key {
    key("BRAKE".to_owned(), "BRAKE")
}

pub(crate) fn traffic(system: &SystemId) -> Key {
    key(format!("TRAFFIC#{system}"), "TRAFFIC")
}

pub(crate) fn source(name: &str) -> Key {
    key(format!("SOURCE#{name}"), "SOURCE")
}

pub(crate) fn cursor(source: &str) -> Key {
    key(format!("CURSOR#{source}"), "CURSOR")
}

pub(crate) fn current_runbook() -> Key {
    key("RUNBOOK".to_owned(), "CURRENT")
}

/// Whose chain an audit record belongs to: the case's own (`None`) or a task's.
pub(crate) fn audit(case: &CaseId, task: Option<&TaskId>, seq: u64) -> Key {
    key(
        case_partition(case),
        format!("{}{seq:08}", audit_chain(task)),
    )
}

pub(crate) fn audit_chain(task: Option<&TaskId>) -> String {
    match task {
        None => format!("{AUDIT_PREFIX}CASE#"),
        Some(task) => format!("{AUDIT_PREFIX}TASK#{task}#"),
    }
}

/// The chain that an audit record's key belongs to: the key without its eight digits.
pub(crate) fn audit_chain_of(key: &Key) -> &str {
    key.sk.trim_end_matches(|c: char| c.is_ascii_digit())
}

/// The task that a sort key belongs to, when it is a task's.
pub(crate) fn task_of(sk: &str) -> Option<TaskId> {
    TaskId::new(sk.strip_prefix(TASK_PREFIX)?).ok()
}

/// The task that a chain belongs to; `None` for the case's own.
pub(crate) fn task_of_chain(chain: &str) -> Option<TaskId> {
    let task = chain
        .strip_prefix(AUDIT_PREFIX)?
        .strip_prefix(TASK_PREFIX)?;
    TaskId::new(task.strip_suffix('#')?).ok()
}

/// Index partition of what a team has been asked, or will be.
pub(crate) fn tasks_shelf(team: &TeamId, asked: bool) -> String {
    format!("TASKS#{team}#{}", if asked { "asked" } else { "later" })
}

/// What was asked of HR about a task.
pub(crate) fn talk(case: &CaseId, task: &TaskId) -> Key {
    key(case_partition(case), format!("{TALK_PREFIX}{task}"))
}

/// Index partition of what a team was asked about tasks of others and has not answered.
pub(crate) fn talks_shelf(team: &TeamId) -> String {
    format!("TALKS#{team}")
}

/// Where a task stands there: by whole seconds, so that instants are in the order of their texts.
pub(crate) fn task_place(at: Timestamp, case: &CaseId, task: &TaskId) -> String {
    let seconds = Timestamp::from_second(at.as_second()).unwrap_or(at);
    format!("{seconds}#{case}#{task}")
}

/// Everybody, by name.
pub(crate) const BY_NAME: &str = "PEOPLE#name";
/// People by other words than those of the list.
pub(crate) const BY_OTHER_WORDS: &str = "PEOPLE#other";

/// A person by words in plain letters.
pub(crate) fn person_by_words(partition: &str, words: &str, employee: &EmployeeId) -> Key {
    key(
        partition.to_owned(),
        format!("{PERSON_PREFIX}{words}#{employee}"),
    )
}

/// What the words begin with that begin with these.
pub(crate) fn words_like(words: &str) -> String {
    format!("{PERSON_PREFIX}{words}")
}

/// Whom an item is about that finds a person.
pub(crate) fn found_person(sk: &str) -> Option<EmployeeId> {
    let named = sk.strip_prefix(PERSON_PREFIX)?;
    // A plain name has no `#`.
    let id = named.split_once('#').map_or(named, |(_, id)| id);
    EmployeeId::new(id).ok()
}

/// Who reports to an address in lower case.
pub(crate) fn reports_partition(manager: &str) -> String {
    format!("REPORTS#{manager}")
}

pub(crate) fn report(manager: &str, employee: &EmployeeId) -> Key {
    key(
        reports_partition(manager),
        format!("{PERSON_PREFIX}#{employee}"),
    )
}

/// By the digest of its secret part.
pub(crate) fn sign_in_link(digest: &str) -> Key {
    key(format!("SIGN-IN#{digest}"), "SIGN-IN")
}

/// The sessions of an address in lower case.
pub(crate) fn sessions_partition(address: &str) -> String {
    format!("SESSIONS#{address}")
}

/// By the digest of its secret part.
pub(crate) fn session(address: &str, digest: &str) -> Key {
    key(
        sessions_partition(address),
        format!("{SESSION_PREFIX}{digest}"),
    )
}

/// Sort-key prefix of sessions.
pub(crate) const SESSION_PREFIX: &str = "SESSION#";

pub(crate) fn cases_shelf(open: bool) -> &'static str {
    if open { "CASES#open" } else { "CASES#closed" }
}

/// Where a case stands on its shelf.
pub(crate) fn case_place(opened: Timestamp, case: &CaseId) -> String {
    format!("{opened}#{case}")
}
