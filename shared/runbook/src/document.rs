//! A runbook as it is written: the types behind the YAML, and behind its JSON Schema. Texts of these types are
//! what editors show while one types.

use std::collections::BTreeMap;

use latchkey_lifecycle::FieldKind;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::yaml::At;

/// Names with their values, in the order of the document's names.
pub(crate) type Named<T> = BTreeMap<At<String>, T>;

/// A company's runbook: who gets which access, when, by whom, and how it is taken back.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Latchkey runbook")]
pub(crate) struct Document {
    /// The company's name.
    pub(crate) company: String,
    /// The company's time zone, e.g. Europe/Berlin. People in another one have their own.
    pub(crate) time_zone: At<String>,
    /// Work e-mail addresses, e.g. "{given}.{family}@acme.example"; or a list, tried in this order. When all are taken,
    /// a number is put behind the first one's name.
    pub(crate) email: Option<OneOrMany>,
    /// Account names and addresses (before the @) that no person is given, besides those that are never given anyway,
    /// such as root, admin and postmaster.
    #[serde(default)]
    pub(crate) reserved_names: Vec<At<String>>,
    /// Employment types by the runbook's word for each, e.g. `intern: [Werkstudent, Praktikant]`: what the HR system
    /// calls it. The usual names of employees, contractors and interns are known without.
    #[serde(default)]
    pub(crate) employment_types: Named<OneOrMany>,
    /// Days that are worked on; Monday to Friday when left out.
    pub(crate) working_days: Option<Vec<Weekday>>,
    /// Working hours, e.g. "09:00-17:30".
    pub(crate) working_hours: Option<At<String>>,
    /// Holidays by country (an English name or an ISO 3166 code, e.g. DE), or under `all` for everybody.
    #[serde(default)]
    pub(crate) holidays: Named<Vec<Holiday>>,
    /// The team that completes incomplete records and gets the summaries.
    pub(crate) hr: At<String>,
    /// The team that is told when Latchkey itself needs somebody.
    pub(crate) operations: At<String>,
    /// How many exits and revocations may come in a time before a person has to confirm them.
    pub(crate) brake: Option<BrakeDoc>,
    /// Teams by their short name.
    #[serde(default)]
    pub(crate) teams: Named<TeamDoc>,
    /// Who signs in to Latchkey's pages, besides the members of teams.
    pub(crate) sign_in: Option<SignInDoc>,
    /// Systems by their short name: anything with accounts, or things to hand over.
    #[serde(default)]
    pub(crate) systems: Named<SystemDoc>,
    /// Roles: who gets what. All roles that match a person add up.
    #[serde(default)]
    pub(crate) roles: Named<RoleDoc>,
    /// A CSV file beside this one with the columns role, system, entitlement; its rows add to the roles.
    pub(crate) matrix: Option<At<String>>,
    /// Pairs of entitlements that one person should not have together.
    #[serde(default)]
    pub(crate) conflicts: Vec<At<ConflictDoc>>,
    /// The tasks of a hire.
    #[serde(default)]
    pub(crate) hire: Named<TaskDoc>,
    /// The tasks of a transfer.
    #[serde(default)]
    pub(crate) transfer: Named<TaskDoc>,
    /// The tasks of a planned exit.
    #[serde(default)]
    pub(crate) exit: Named<TaskDoc>,
    /// The tasks of an urgent exit: somebody has to be cut off now.
    #[serde(default)]
    pub(crate) urgent_exit: Named<TaskDoc>,
    /// The tasks of a leave of absence; sign-in is suspended on its first day when left out.
    #[serde(default)]
    pub(crate) leave: Named<TaskDoc>,
    /// The tasks of a return from leave; sign-in is restored on the first day back when left out.
    #[serde(default, rename = "return")]
    pub(crate) back: Named<TaskDoc>,
}

/// How much may happen in a time before a person has to confirm it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BrakeDoc {
    /// In which time, e.g. "24 hours".
    pub(crate) within: At<String>,
    /// So many exits and rescinded hires pass.
    pub(crate) exits: u32,
    /// So many urgent exits pass.
    pub(crate) urgent_exits: u32,
    /// So many transfers that take access away pass.
    pub(crate) transfers: u32,
    /// So many hires pass; 40 when left out.
    #[serde(default = "hires")]
    pub(crate) hires: u32,
    /// Above so many one person alone does not decide about what is held: a second one confirms it. However many there
    /// are, one person decides when left out.
    pub(crate) two_people_above: Option<At<u32>>,
    /// The team that confirms what is held.
    pub(crate) confirm: At<String>,
}

/// How many hires the brake lets pass when the runbook does not say.
fn hires() -> u32 {
    40
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub(crate) enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// A day on which nobody works.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Holiday {
    /// The day, e.g. 2026-12-25.
    pub(crate) date: At<String>,
    /// Its name, for readers.
    #[allow(dead_code)]
    pub(crate) name: Option<String>,
}

/// A team.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TeamDoc {
    /// Its name for people; the short name when left out.
    pub(crate) name: Option<String>,
    /// Where its e-mails go.
    pub(crate) email: At<String>,
    /// Who is told, too, when a task was missed: a team or an e-mail address.
    pub(crate) backup: Option<At<String>>,
    /// Who decides when a task stays undone: a team or an e-mail address. The operations team when left out.
    pub(crate) escalation: Option<At<String>>,
    /// Who is in it and signs in to the pages: work e-mail addresses, or `group:NAME` for a group of the sign-in provider.
    #[serde(default)]
    pub(crate) members: Vec<At<String>>,
}

/// Who signs in to Latchkey's pages, besides the members of teams.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInDoc {
    /// The team that looks after security; the one that confirms what the brake holds when left out.
    pub(crate) security: Option<At<String>>,
    /// Who reads everything and changes nothing: addresses, or `group:NAME`.
    #[serde(default)]
    pub(crate) auditors: Vec<At<String>>,
    /// Who may publish a runbook: addresses, or `group:NAME`.
    #[serde(default)]
    pub(crate) publishers: Vec<At<String>>,
}

/// A system.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SystemDoc {
    /// Its name for people; the short name when left out.
    pub(crate) name: Option<String>,
    /// `scim` for a system that Latchkey changes by itself; `person` for one that its owner changes.
    pub(crate) kind: At<String>,
    /// The base address of its API, e.g. https://directory.acme.example/scim/v2.
    pub(crate) address: Option<At<String>>,
    /// The name of the secret that Latchkey shows it.
    pub(crate) secret: Option<At<String>>,
    /// The team it belongs to.
    pub(crate) owner: At<String>,
    /// Account names, e.g. "{given}.{family}"; or a list, tried in this order. When all are taken, a number is put
    /// behind the first one. The work e-mail address when left out.
    pub(crate) account_name: Option<OneOrMany>,
    /// How many characters an account name has at most; 64 when left out.
    pub(crate) account_name_max: Option<At<u32>>,
    /// What becomes of the account name when a person's name changes: `keep`, or `follow` to rename the account.
    #[serde(default)]
    pub(crate) rename: Rename,
    /// How many cases call it at the same time, at most; 20 when left out.
    pub(crate) at_once: Option<At<u32>>,
    /// How it deviates from its standard (docs/SYSTEMS.md).
    pub(crate) dialect: Option<At<String>>,
    /// What else its kind takes (docs/SYSTEMS.md).
    #[serde(default)]
    pub(crate) settings: Named<serde_json::Value>,
    /// What is to be said about single entitlements; others need not stand here.
    #[serde(default)]
    pub(crate) entitlements: Named<EntitlementDoc>,
    /// What its owner does to give access (kind `person`).
    pub(crate) give: Option<HandWork>,
    /// What its owner does to take access back (kind `person`).
    pub(crate) take: Option<HandWork>,
    /// What its owner does to take a part of the access back, where the person keeps the rest (kind `person`). Left out,
    /// the task names what is taken, and has none of the steps of `take`.
    pub(crate) take_part: Option<HandWork>,
}

/// What becomes of an account name when a person's name changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Rename {
    /// It stays; what is displayed changes.
    #[default]
    Keep,
    /// The account is renamed.
    Follow,
}

/// An entitlement with something to be said about it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntitlementDoc {
    /// Entitlements without which it is not given: of the same system, or of another one as system/entitlement.
    #[serde(default)]
    pub(crate) needs: Vec<At<String>>,
    /// The team that has to approve it for each person.
    pub(crate) approval: Option<At<String>>,
}

/// What an owner does by hand.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandWork {
    /// What to do, in a few sentences. {person.full_name} and the like become the person's.
    pub(crate) instructions: At<String>,
    /// Steps to tick off.
    #[serde(default)]
    pub(crate) checklist: Vec<At<String>>,
    /// What to fill in.
    #[serde(default)]
    pub(crate) fields: Vec<FieldDoc>,
    /// How it is verified; attested by its owner when left out.
    pub(crate) verify: Option<VerifyDoc>,
}

/// Something to fill in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldDoc {
    /// Its name in the evidence.
    pub(crate) name: At<String>,
    /// What the page asks.
    pub(crate) label: Option<String>,
    /// What it takes: text, number, date or yes_no.
    #[serde(default)]
    pub(crate) kind: FieldKind,
    /// Whether the task can be completed without it.
    #[serde(default)]
    pub(crate) required: bool,
}

/// How a task is verified.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VerifyDoc {
    /// Its owner says so, with evidence.
    Attested,
    /// A second team confirms it.
    SecondTeam(At<String>),
    /// The system is read.
    Read(At<String>),
}

/// A role.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleDoc {
    /// Whom it matches: all lines have to fit. Nothing here matches everybody.
    #[serde(default, rename = "match")]
    pub(crate) matches: Named<OneOrMany>,
    /// What they get, by system.
    #[serde(default)]
    pub(crate) gets: Named<OneOrMany>,
}

/// One text, or a list of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct OneOrMany(pub(crate) Vec<At<String>>);

impl JsonSchema for OneOrMany {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "OneOrMany".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "One text, or a list of them.",
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]
        })
    }
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<OneOrMany, D::Error> {
        let at = At::<TextOrList>::deserialize(deserializer)?;
        Ok(OneOrMany(match at.value {
            TextOrList::Text(value) => vec![At {
                value,
                place: at.place,
            }],
            TextOrList::List(all) => all,
        }))
    }
}

enum TextOrList {
    Text(String),
    List(Vec<At<String>>),
}

impl<'de> Deserialize<'de> for TextOrList {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<TextOrList, D::Error> {
        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = TextOrList;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text or a list of texts")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<TextOrList, E> {
                Ok(TextOrList::Text(text.to_owned()))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut seq: A,
            ) -> Result<TextOrList, A::Error> {
                let mut all = Vec::new();
                while let Some(text) = seq.next_element()? {
                    all.push(text);
                }
                Ok(TextOrList::List(all))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// What a task needs.
#[derive(Debug, Clone, Default)]
pub(crate) struct NeedsDoc(pub(crate) Vec<(At<String>, Need)>);

/// How far a task has to be that another one needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Need {
    /// It has ended: verified or left out.
    #[default]
    Done,
    /// It is verified. When it is left out, so is what needs it.
    Verified,
}

impl JsonSchema for NeedsDoc {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NeedsDoc".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Tasks that have to be done first: a list, or by name `done` or `verified`.",
            "anyOf": [
                { "type": "array", "items": { "type": "string" } },
                { "type": "object", "additionalProperties": { "type": "string", "enum": ["done", "verified"] } }
            ]
        })
    }
}

impl<'de> Deserialize<'de> for NeedsDoc {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<NeedsDoc, D::Error> {
        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = NeedsDoc;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of tasks, or tasks with `done` or `verified`")
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut seq: A,
            ) -> Result<NeedsDoc, A::Error> {
                let mut all = Vec::new();
                while let Some(task) = seq.next_element()? {
                    all.push((task, Need::Done));
                }
                Ok(NeedsDoc(all))
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<NeedsDoc, A::Error> {
                let mut all = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    all.push(entry);
                }
                Ok(NeedsDoc(all))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// Two entitlements that one person should not have together.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConflictDoc {
    /// What it is called.
    pub(crate) name: String,
    /// The two, each as system/entitlement.
    pub(crate) between: Vec<At<String>>,
    /// The team that has to approve it when a person's roles give both.
    pub(crate) owner: At<String>,
}

/// A task, or a line that makes one task for each system.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskDoc {
    /// Give what the person's roles give: `all`, or a list of systems.
    pub(crate) grant: Option<OneOrMany>,
    /// Take back: `all`, or a list of systems.
    pub(crate) revoke: Option<OneOrMany>,
    /// Cut sign-in for a time, and keep what people have: `all`, or a list of systems.
    pub(crate) suspend: Option<OneOrMany>,
    /// Allow sign-in again: `all`, or a list of systems.
    pub(crate) restore: Option<OneOrMany>,
    /// Delete the accounts of who has left, once nobody needs them any more: `all`, or a list of systems.
    pub(crate) delete: Option<OneOrMany>,
    /// One line for people.
    pub(crate) title: Option<String>,
    /// The team that does it.
    pub(crate) owner: Option<At<String>>,
    /// What to do, in a few sentences. {person.full_name} and the like become the person's.
    pub(crate) instructions: Option<At<String>>,
    /// Steps to tick off.
    #[serde(default)]
    pub(crate) checklist: Vec<At<String>>,
    /// What to fill in.
    #[serde(default)]
    pub(crate) fields: Vec<FieldDoc>,
    /// Only for people who match: as in roles.
    #[serde(default)]
    pub(crate) only: Named<OneOrMany>,
    /// When it may begin, e.g. "10 working days before start at 09:00", "now".
    pub(crate) opens: At<String>,
    /// By when it must be verified, e.g. "last day at 17:30", "within 15 minutes".
    pub(crate) due: At<String>,
    /// When its owner is reminded; the working day before it is due when left out.
    pub(crate) remind: Option<At<String>>,
    /// When it is escalated; a working day after it was due when left out.
    pub(crate) escalate: Option<At<String>>,
    /// Tasks that have to be done first: a list, or by name whether each has to be `verified`, or only `done` (ended).
    #[serde(default)]
    pub(crate) needs: NeedsDoc,
    /// How it is verified; attested by its owner when left out.
    pub(crate) verify: Option<VerifyDoc>,
}
