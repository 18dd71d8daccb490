//! Every key of the table, and nothing else builds one.
//!
//! | item | `pk` | `sk` |
//! | --- | --- | --- |
//! | person | `PERSON#<employee>` | `PROFILE` |
//! | what HR confirmed of a person | `PERSON#<employee>` | `HEARD#<event>` |
//! | a person's case | `PERSON#<employee>` | `CASE#<case>` |
//! | a person's account | `PERSON#<employee>` | `ACCOUNT#<system>` |
//! | claims on a person's account | `PERSON#<employee>` | `STANDING#<system>` |
//! | that a person has an entitlement, or had it | `PERSON#<employee>` | `HAS#<system>#<entitlement>` |
//! | what a person is called in the systems | `PERSON#<employee>` | `NAMES` |
//! | a name, and whose it is | `NAME#<name without its number>` | `NAME#<name>` |
//! | case | `CASE#<case>` | `CASE` |
//! | event that nobody knows | `CASE#<case>` | `EVENT#<source>#<delivery>` |
//! | task | `CASE#<case>` | `TASK#<task>` |
//! | in whose hands a task is, or was | `CASE#<case>` | `HANDS#<task>` |
//! | audit record of a case | `CASE#<case>` | `AUDIT#CASE#<seq>` |
//! | audit record of a task | `CASE#<case>` | `AUDIT#TASK#<task>#<seq>` |
//! | delivery | `DELIVERY#<source>#<id>` | `DELIVERY` |
//! | runbook version | `RUNBOOK#<version>` | `FILE#<name>` |
//! | the current runbook | `RUNBOOK` | `CURRENT` |
//! | the brake | `BRAKE` | `BRAKE` |
//! | what somebody fills in about what it holds | `BRAKE` | `DRAFT#<address>` |
//! | traffic to a system | `TRAFFIC#<system>` | `TRAFFIC` |
//! | how the last sweep went | `SWEEP` | `SWEEP` |
//! | how the last sweep of a system went | `SWEEP#<system>` | `SWEEP` |
//! | what was last tried of something outside | `TRIED#<what>` | `TRIED` |
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
//! | what somebody set for themselves | `OWN#<address>` | `OWN` |
//! | audit record of that | `OWN#<address>` | `AUDIT#<seq>` |
//! | finding | `FINDING#<finding>` | `FINDING` |
//! | audit record of a finding | `FINDING#<finding>` | `AUDIT#<seq>` |
//! | book of what is about no case | `BOOK` | `BOOK` |
//! | audit record of the book | `BOOK` | `AUDIT#<seq>` |
//! | where the book ends | `TRAIL#book` | `END` |
//! | when the audit trails were last verified | `CURSOR` | `VERIFIED` |
//! | a file that somebody had looked at | `UPLOADS` | `UPLOAD#<address>` |
//! | a part of it | `UPLOAD#<address>` | `PART#<n>` |
//! | which part of it was begun to be taken in | `UPLOAD#<address>` | `BEGUN` |
//! | an audit record by the kind of act | `TRAIL#act#<act>` | `<instant>#<its pk>#<its sk>` |
//! | an audit record by who acted | `TRAIL#who#<who>` | the same |
//! | an audit record by its system | `TRAIL#system#<system>` | the same |
//!
//! Index `cases` (`gsi1pk`, `gsi1sk`): `CASES#open`, by instant of opening; `CASES#closed`, by instant of closing; `PEOPLE`, by employee id;
//! `OWN`, by address; `FINDINGS#open` or `FINDINGS#closed`, by system and instant of opening; `LETTERS#waiting`, by what waits
//! for an answer first and the instant of the next try; `TASKS#<team>#asked`, what a team has been asked, by due instant, and `TASKS#<team>#later`, what it will be
//! asked, by the instant at which it opens; `HANDS#<address>`, what somebody has in hand, by due instant; `HAVING#<system>#<entitlement>`, who has it, by employee id.

use jiff::Timestamp;
use latchkey_lifecycle::{
    Act, CaseId, EmployeeId, Entitlement, EventId, FindingId, LetterId, QueuedLetter,
    RunbookVersion, SystemId, TaskId, TeamId,
};

/// A partition key and a sort key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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
            pk if pk.starts_with(OWN_PREFIX) => write!(f, "{OWN_PREFIX}\u{2026}"),
            BY_NAME | BY_OTHER_WORDS => write!(f, "{} / \u{2026}", self.pk),
            pk if self.sk.starts_with(DRAFT_PREFIX) => write!(f, "{pk} / {DRAFT_PREFIX}\u{2026}"),
            pk if pk.starts_with(WHO_PREFIX) => write!(f, "{WHO_PREFIX}\u{2026}"),
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

/// Partition-key prefix of what people set for themselves.
const OWN_PREFIX: &str = "OWN#";
/// Index partition of all of that.
pub(crate) const OWN_SHELF: &str = "OWN";

/// What an address, in lower case, set for itself.
pub(crate) fn own(address: &str) -> Key {
    key(format!("{OWN_PREFIX}{address}"), "OWN")
}

/// Whose settings a partition has.
pub(crate) fn own_of(partition: &str) -> Option<&str> {
    partition.strip_prefix(OWN_PREFIX)
}

pub(crate) fn own_audit(address: &str, seq: u64) -> Key {
    key(own(address).pk, format!("{AUDIT_PREFIX}{seq:08}"))
}

pub(crate) fn finding_audit(finding: &FindingId, seq: u64) -> Key {
    key(
        format!("FINDING#{finding}"),
        format!("{AUDIT_PREFIX}{seq:08}"),
    )
}

/// The book of what is about no case.
pub(crate) fn book() -> Key {
    key(BOOK.to_owned(), BOOK)
}

/// Partition of the book.
pub(crate) const BOOK: &str = "BOOK";

pub(crate) fn book_audit(seq: u64) -> Key {
    key(BOOK.to_owned(), format!("{AUDIT_PREFIX}{seq:08}"))
}

/// What the company notes of the end of the book, apart from it: whoever takes the book away has to know of this, too.
pub(crate) fn end_of_book() -> Key {
    key("TRAIL#book".to_owned(), "END")
}

/// Partition of the files that people had looked at.
pub(crate) const FILES: &str = "UPLOADS";
/// What the sort keys of those begin with.
pub(crate) const FILE_PLACE: &str = "UPLOAD#";

/// The file that somebody had looked at last, by their address in lower case.
pub(crate) fn file_looked_at(by: &str) -> Key {
    key(FILES.to_owned(), format!("{FILE_PLACE}{by}"))
}

pub(crate) fn part_of_file(by: &str, n: usize) -> Key {
    key(format!("{FILE_PLACE}{by}"), format!("PART#{n:04}"))
}

/// Which part of their file somebody began to take in last.
pub(crate) fn file_begun(by: &str) -> Key {
    key(format!("{FILE_PLACE}{by}"), "BEGUN")
}

/// When all trails were last verified.
pub(crate) fn verified() -> Key {
    key("CURSOR".to_owned(), "VERIFIED")
}

/// Partition of the records of a kind of act.
pub(crate) fn records_of_act(act: Act) -> String {
    format!("TRAIL#act#{}", act.as_str())
}

const WHO_PREFIX: &str = "TRAIL#who#";

/// Partition of the records of somebody, by what [`latchkey_lifecycle::Signer::found_by`] says.
pub(crate) fn records_of_who(who: &str) -> String {
    format!("{WHO_PREFIX}{who}")
}

/// Partition of the records of tasks and findings in a system.
pub(crate) fn records_in_system(system: &SystemId) -> String {
    format!("TRAIL#system#{system}")
}

/// Where a record stands there: in the order of instants (UTC), to the microsecond.
pub(crate) fn record_place(at: Timestamp, record: &Key) -> String {
    format!("{}#{}#{}", record_instant(at), record.pk, record.sk)
}

/// What the places of an instant begin with. What is before it sorts before it.
pub(crate) fn record_instant(at: Timestamp) -> String {
    format!("{:017}", at.as_microsecond().max(0))
}

/// The record that stands at a place; `None` for what is no place.
pub(crate) fn record_at(place: &str) -> Option<Key> {
    let (instant, record) = place.split_once('#')?;
    if instant.len() != 17 || !instant.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    // No id of a case or finding has a `#`.
    let cut = record.find(&format!("#{AUDIT_PREFIX}"))?;
    Some(key(record[..cut].to_owned(), &record[cut + 1..]))
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
pub(crate) const CASE_KINDS: [&str; 8] = [
    "CASE",
    "EVENT#",
    TASK_PREFIX,
    HANDS_PREFIX,
    "AUDIT#CASE#",
    "AUDIT#TASK#",
    LETTER_PREFIX,
    TALK_PREFIX,
];
/// Sort-key prefix of in whose hands a case's tasks are.
const HANDS_PREFIX: &str = "HANDS#";
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

pub(crate) fn has(employee: &EmployeeId, system: &SystemId, entitlement: &Entitlement) -> Key {
    key(
        person_partition(employee),
        format!("HAS#{system}#{entitlement}"),
    )
}

/// Index partition of those who have an entitlement.
pub(crate) fn having_shelf(system: &SystemId, entitlement: &Entitlement) -> String {
    format!("HAVING#{system}#{entitlement}")
}

/// Where a person stands there.
pub(crate) fn has_place(
    employee: &EmployeeId,
    system: &SystemId,
    entitlement: &Entitlement,
) -> [(&'static str, String); 2] {
    [
        ("gsi1pk", having_shelf(system, entitlement)),
        ("gsi1sk", employee.to_string()),
    ]
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
/// Where a letter that waits stands there. What only says that something ended comes after what asks: thousands of
/// those would keep a question waiting for hours. What is read once a day comes last: it keeps nothing waiting until then.
pub(crate) fn letter_place(letter: &QueuedLetter) -> String {
    format!("{}#{}#{}", letter.class(), letter.next, letter.id)
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

pub(crate) fn held_draft(address: &str) -> Key {
    key("BRAKE".to_owned(), format!("{DRAFT_PREFIX}{address}"))
}

const DRAFT_PREFIX: &str = "DRAFT#";

pub(crate) fn traffic(system: &SystemId) -> Key {
    key(format!("TRAFFIC#{system}"), "TRAFFIC")
}

/// How the last sweep went: of everything (`None`), or of one system.
pub(crate) fn sweep(system: Option<&SystemId>) -> Key {
    let of = system.map_or_else(|| "SWEEP".to_owned(), |id| format!("{SWEEP_PREFIX}{id}"));
    key(of, "SWEEP")
}

const SWEEP_PREFIX: &str = "SWEEP#";

/// Which system's sweep a partition has.
pub(crate) fn swept_system(partition: &str) -> Option<SystemId> {
    SystemId::new(partition.strip_prefix(SWEEP_PREFIX)?).ok()
}

/// What was last tried of something outside, by its name.
pub(crate) fn tried(of: &str) -> Key {
    key(format!("{TRIED_PREFIX}{of}"), "TRIED")
}

const TRIED_PREFIX: &str = "TRIED#";

/// What was tried whose partition it is.
pub(crate) fn tried_of(partition: &str) -> Option<&str> {
    partition.strip_prefix(TRIED_PREFIX)
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

/// In whose hands a task is, or was.
pub(crate) fn hands(case: &CaseId, task: &TaskId) -> Key {
    key(case_partition(case), format!("{HANDS_PREFIX}{task}"))
}

/// The task that is in somebody's hands, by the key of that.
pub(crate) fn task_in_hand(key: &Key) -> Option<(CaseId, TaskId)> {
    let task = TaskId::new(key.sk.strip_prefix(HANDS_PREFIX)?).ok()?;
    Some((case_of(&key.pk)?, task))
}

/// Index partition of what an address, in lower case, has in hand.
pub(crate) fn hands_shelf(address: &str) -> String {
    format!("{HANDS_PREFIX}{address}")
}

/// What was asked of HR about a task.
pub(crate) fn talk(case: &CaseId, task: &TaskId) -> Key {
    key(case_partition(case), format!("{TALK_PREFIX}{task}"))
}

/// The task that something was asked of HR about, by the sort key of that.
pub(crate) fn talk_of(sk: &str) -> Option<TaskId> {
    TaskId::new(sk.strip_prefix(TALK_PREFIX)?).ok()
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

/// What the words begin with that are these.
pub(crate) fn at_these_words(words: &str) -> String {
    format!("{PERSON_PREFIX}{words}#")
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

/// The digest of a session's secret part.
pub(crate) fn session_of(sk: &str) -> Option<&str> {
    sk.strip_prefix(SESSION_PREFIX)
}

pub(crate) fn cases_shelf(open: bool) -> &'static str {
    if open { "CASES#open" } else { "CASES#closed" }
}

/// Where a case stands on its shelf.
pub(crate) fn case_place(at: Timestamp, case: &CaseId) -> String {
    format!("{at}#{case}")
}
