//! What every kind has to pass, against moto with what it lacks (see `front`).

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_identitystore::types::{AlternateIdentifier, Email, MemberId, Name, UniqueAttribute};
use aws_sdk_ssoadmin::types::{PrincipalType, TargetType};
use aws_smithy_types::Document;
use latchkey_conformance::{Company, JsonPages, Lists, Next, Offers, Person, Total};
use latchkey_lifecycle::{Account, Change, Entitlement};
use latchkey_peers::{ACCOUNT, PeerError};
use latchkey_systems::{Fault, System};
use serde_json::json;
use system_identity_center::Clients;

use crate::{
    aws::{clients, open},
    front::Front,
};

const PAGE: usize = 5;
const ENTERPRISE: &str = "aws:identitystore:enterprise";

pub(crate) struct IdentityCenter {
    pub(crate) front: Front,
    by_hand: Clients,
    store: String,
    instance: String,
    set: String,
}

fn entitlements() -> [Entitlement; 3] {
    let assignment = format!("assignment:{ACCOUNT}/Read+Only@all");
    [
        "group:everybody here",
        &assignment,
        "group:Vertrieb & \"Größe\"",
    ]
    .map(Entitlement::from)
}

impl IdentityCenter {
    pub(crate) async fn start() -> Result<IdentityCenter, PeerError> {
        let front = Front::start().await?;
        let by_hand = clients(front.port);
        let shown = by_hand.admin.list_instances().send().await.unwrap();
        let one = &shown.instances()[0];
        let (instance, store) = (
            one.instance_arn().unwrap(),
            one.identity_store_id().unwrap(),
        );
        for group in entitlements().iter().filter(|e| e.kind() == "group") {
            let call = by_hand.store.create_group().identity_store_id(store);
            call.display_name(group.name()).send().await.unwrap();
        }
        let mut set = None;
        for name in ["Other", "Read+Only@all"] {
            let call = by_hand.admin.create_permission_set().instance_arn(instance);
            let call = call.name(name).session_duration("PT1H");
            let made = call.send().await.unwrap();
            set = made.permission_set.and_then(|s| s.permission_set_arn);
        }
        Ok(IdentityCenter {
            set: set.unwrap(),
            instance: instance.to_owned(),
            store: store.to_owned(),
            by_hand,
            front,
        })
    }

    async fn look_for(&self, name: &str) -> Option<String> {
        let attribute = UniqueAttribute::builder().attribute_path("userName");
        let attribute = attribute.attribute_value(name.into()).build().unwrap();
        let call = self.by_hand.store.get_user_id();
        let call = call.identity_store_id(&self.store);
        let call = call.alternate_identifier(AlternateIdentifier::UniqueAttribute(attribute));
        call.send().await.ok().map(|found| found.user_id)
    }

    pub(crate) async fn id(&self, name: &str) -> String {
        self.look_for(name).await.unwrap()
    }

    async fn group(&self, name: &str) -> String {
        let attribute = UniqueAttribute::builder().attribute_path("displayName");
        let attribute = attribute.attribute_value(name.into()).build().unwrap();
        let call = self.by_hand.store.get_group_id();
        let call = call.identity_store_id(&self.store);
        let call = call.alternate_identifier(AlternateIdentifier::UniqueAttribute(attribute));
        call.send().await.unwrap().group_id
    }

    async fn assign(&self, user: &str, has: bool) {
        let (admin, user) = (&self.by_hand.admin, user.to_owned());
        if has {
            let call = admin.create_account_assignment();
            let call = call.instance_arn(&self.instance).target_id(ACCOUNT);
            let call = call.target_type(TargetType::AwsAccount);
            let call = call.permission_set_arn(&self.set).principal_id(user);
            call.principal_type(PrincipalType::User)
                .send()
                .await
                .unwrap();
        } else {
            let call = admin.delete_account_assignment();
            let call = call.instance_arn(&self.instance).target_id(ACCOUNT);
            let call = call.target_type(TargetType::AwsAccount);
            let call = call.permission_set_arn(&self.set).principal_id(user);
            call.principal_type(PrincipalType::User)
                .send()
                .await
                .unwrap();
        }
    }

    async fn join(&self, user: &str, group: &str, has: bool) {
        let store = &self.by_hand.store;
        let member = MemberId::UserId(user.to_owned());
        let group = self.group(group).await;
        if has {
            let call = store
                .create_group_membership()
                .identity_store_id(&self.store);
            call.group_id(group).member_id(member).send().await.unwrap();
            return;
        }
        let call = store
            .get_group_membership_id()
            .identity_store_id(&self.store);
        let found = call.group_id(group).member_id(member).send().await.unwrap();
        let call = store
            .delete_group_membership()
            .identity_store_id(&self.store);
        call.membership_id(found.membership_id)
            .send()
            .await
            .unwrap();
    }
}

#[async_trait]
impl Company for IdentityCenter {
    fn port(&self) -> u16 {
        self.front.port
    }

    fn offers(&self) -> Offers {
        Offers {
            entitlements: entitlements(),
            attributes: [
                "givenName",
                "familyName",
                "displayName",
                "email",
                "title",
                "department",
            ]
            .into(),
            employee_id: true,
            // The console says of a user name that it cannot be changed later.
            renames: false,
            // No API disables a user.
            suspends: false,
            http: true,
            // The user, its groups, its assignments.
            calls_to_read: 3,
            // The user, its assignments, and the user again, which goes with its groups.
            calls_to_cut: 3,
            calls_to_exit: 3,
            page: PAGE,
        }
    }

    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        open(port, json!({ "page": PAGE }))
    }

    fn lists(&self) -> Lists {
        Lists::Json(JsonPages {
            lines: &[
                "/Users",
                "/Groups",
                "/GroupMemberships",
                "/AccountAssignments",
            ],
            next: Next::At("/NextToken"),
            total: Total::Untold("Identity Store API, ListUsers: NextToken is all that a list has"),
        })
    }

    async fn make(&self, account: &Account) {
        let of = |name: &str| account.attributes.get(name).cloned();
        // Whoever makes a user has to name it.
        let name = Name::builder()
            .given_name(of("givenName").unwrap_or("Zoë".into()))
            .family_name(of("familyName").unwrap_or("Müller".into()));
        let email =
            of("email").map(|value| vec![Email::builder().value(value).primary(true).build()]);
        let id = account.employee_id.as_ref().map(|id| id.as_str());
        let extension = [
            ("employeeNumber", id),
            (
                "department",
                account.attributes.get("department").map(String::as_str),
            ),
        ];
        let extension = extension
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), Document::from(value?))))
            .collect();
        let call = self.by_hand.store.create_user();
        let call = call.identity_store_id(&self.store).user_name(&account.name);
        let call = call
            .name(name.build())
            .set_emails(email)
            .set_title(of("title"));
        let call = call.display_name(of("displayName").unwrap_or("Zoë".into()));
        let call = call.extensions(ENTERPRISE, Document::Object(extension));
        call.send().await.unwrap();
        for entitlement in &account.entitlements {
            self.entitle(&account.name, entitlement, true).await;
        }
    }

    async fn set_active(&self, name: &str, active: bool) {
        assert!(!active, "nobody is enabled but in the console");
        self.front.disable(&self.id(name).await);
    }

    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool) {
        let user = self.id(name).await;
        match entitlement.kind() {
            "group" => self.join(&user, entitlement.name(), has).await,
            _ => self.assign(&user, has).await,
        }
    }

    async fn can_use(&self, name: &str) -> Option<bool> {
        Some(self.look_for(name).await.is_some())
    }
}

latchkey_conformance::suite!(IdentityCenter::start());

#[tokio::test]
async fn assignments_may_take_their_time() {
    let company = IdentityCenter::start().await.expect("the server starts");
    company.front.takes_its_time();
    latchkey_conformance::a_whole_life_every_step_twice(&company).await;
    latchkey_conformance::changes_by_hand_are_seen_and_mended(&company).await;
}

#[tokio::test]
async fn what_it_can_do_is_tried() {
    let company = IdentityCenter::start().await.expect("the server starts");
    let probes = company.open(company.port()).unwrap().probe().await;
    let refused: Vec<_> = probes.iter().filter(|probe| probe.came.is_err()).collect();
    assert!(refused.is_empty(), "{refused:?}");
    assert_eq!(probes.len(), 12, "{probes:?}");
}

#[tokio::test]
async fn every_attribute_is_changed_and_what_may_be_empty_is_cleared() {
    let company = IdentityCenter::start().await.expect("the server starts");
    let system = company.open(company.port()).unwrap();
    let person = Person::new(&company, 1);
    let account = person.account(&[], false);
    let create = Change::Create {
        account: account.clone(),
    };
    let mut found = system.apply(None, &create).await.unwrap().unwrap();
    let mut wanted = account.attributes.clone();
    for (name, value) in &mut wanted {
        *value = format!("new.{value}");
        let change = Change::SetAttribute {
            name: name.clone(),
            value: Some(value.clone()),
        };
        found = system.apply(Some(&found), &change).await.unwrap().unwrap();
    }
    let read = async || {
        let fresh = company.open(company.port()).unwrap();
        fresh.read(&person.sought()).await.unwrap().unwrap().account
    };
    assert_eq!(read().await.attributes, wanted);
    for name in ["title", "department", "email"] {
        wanted.remove(name);
        let change = Change::SetAttribute {
            name: name.into(),
            value: None,
        };
        found = system.apply(Some(&found), &change).await.unwrap().unwrap();
    }
    assert_eq!(read().await.attributes, wanted);
    let change = Change::SetAttribute {
        name: "shoeSize".into(),
        value: Some("44".into()),
    };
    let fault = system.apply(Some(&found), &change).await.unwrap_err();
    assert!(fault.to_string().contains("`shoeSize`"), "{fault}");
    let rename = Change::Rename { name: "zoe".into() };
    let fault = system.apply(Some(&found), &rename).await.unwrap_err();
    assert!(matches!(fault, Fault::Rejected { .. }), "{fault:?}");
}
