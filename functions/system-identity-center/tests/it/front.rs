//! What IAM Identity Center has and moto has not, put before it:
//!
//! - the enterprise extension, told to who asks for it; `UserStatus`;
//! - `UpdateUser`, by paths, where an empty value is refused and null clears;
//! - that an e-mail address, too, is one user's alone, and that nobody is twice in a group (ConflictException);
//! - that what is not there cannot be deleted (ResourceNotFoundException), and that memberships go with their user;
//! - that a permission set and a user have to be there to be assigned, that nobody has an assignment twice, and that
//!   accounts with a permission set are known by their assignments;
//! - assignments that are under way until they are asked about once, where a test wants that.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Json, Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use latchkey_conformance::Served;
use latchkey_peers::{Moto, PeerError};
use serde_json::{Map, Value, json};

const ENTERPRISE: &str = "aws:identitystore:enterprise";
const TARGET: &str = "x-amz-target";

/// What was changed of a user, by paths; `null` for what was cleared.
type Changed = HashMap<String, Value>;

struct Between {
    moto: u16,
    client: reqwest::Client,
    users: Mutex<HashMap<String, Changed>>,
    /// One change at a time, as moto does not look twice.
    changing: tokio::sync::Mutex<()>,
    under_way: AtomicBool,
}

/// moto with Identity Center's habits, at a port of its own.
pub(crate) struct Front {
    pub(crate) port: u16,
    between: Arc<Between>,
    _served: Served,
    _moto: Moto,
}

impl Front {
    pub(crate) async fn start() -> Result<Front, PeerError> {
        let moto = Moto::start().await?;
        let between = Arc::new(Between {
            moto: moto.port(),
            client: reqwest::Client::new(),
            users: Mutex::default(),
            changing: tokio::sync::Mutex::default(),
            under_way: AtomicBool::new(false),
        });
        let routes = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&between));
        let served = Served::with(routes).await.unwrap();
        Ok(Front {
            port: served.port,
            between,
            _served: served,
            _moto: moto,
        })
    }

    /// From now on assignments are under way until they are asked about.
    pub(crate) fn takes_its_time(&self) {
        self.between.under_way.store(true, Ordering::Relaxed);
    }

    /// As somebody does it in the console.
    pub(crate) fn disable(&self, user: &str) {
        let mut users = self.between.users.lock().unwrap();
        let changed = users.entry(user.to_owned()).or_default();
        changed.insert("userStatus".to_owned(), json!("DISABLED"));
    }
}

/// A call: what is asked for, and its headers.
struct Asked {
    headers: HeaderMap,
    body: Value,
}

type Said = (StatusCode, Value);

fn error(code: &str, message: &str) -> Said {
    let body = json!({"__type": code, "Message": message, "RequestId": "r1"});
    (StatusCode::BAD_REQUEST, body)
}

fn not_found(what: &str) -> Said {
    error("ResourceNotFoundException", &format!("{what} not found."))
}

impl Between {
    async fn pass(&self, asked: &Asked, target: &str, body: &Value) -> Said {
        let mut headers = asked.headers.clone();
        for own in ["host", "content-length", "connection", "transfer-encoding"] {
            headers.remove(own);
        }
        headers.insert(TARGET, target.parse().unwrap());
        let address = format!("http://127.0.0.1:{}/", self.moto);
        let call = self.client.post(address).headers(headers);
        let answer = call.body(body.to_string()).send().await.unwrap();
        let status = answer.status();
        (status, answer.json().await.unwrap_or_default())
    }

    async fn store(&self, asked: &Asked, action: &str, more: Value) -> Said {
        let mut body = json!({"IdentityStoreId": asked.body["IdentityStoreId"]});
        merge(&mut body, more);
        self.pass(asked, &format!("AWSIdentityStore.{action}"), &body)
            .await
    }

    async fn admin(&self, asked: &Asked, action: &str, more: Value) -> Said {
        let mut body = json!({"InstanceArn": asked.body["InstanceArn"]});
        merge(&mut body, more);
        self.pass(asked, &format!("SWBExternalService.{action}"), &body)
            .await
    }

    /// A user with all that was changed.
    fn whole(&self, user: &mut Value, asked: &Asked) {
        let id = user["UserId"].as_str().unwrap_or_default().to_owned();
        user["UserStatus"] = json!("ENABLED");
        let mut extension = Map::new();
        for (path, value) in self.users.lock().unwrap().get(&id).into_iter().flatten() {
            let upper = |name: &str| name[..1].to_uppercase() + &name[1..];
            if let Some(name) = path.strip_prefix(&format!("{ENTERPRISE}.")) {
                if !value.is_null() {
                    extension.insert(name.to_owned(), value.clone());
                }
            } else if path == "emails" {
                let of = |v: &Value| json!({"Value": v["value"], "Type": v["type"], "Primary": v["primary"]});
                let emails = value.as_array().into_iter().flatten().map(of);
                user["Emails"] = emails.collect();
            } else if let Some(name) = path.strip_prefix("name.") {
                user["Name"][upper(name)] = value.clone();
            } else {
                user[upper(path)] = value.clone();
            }
        }
        let wanted = asked.body["Extensions"].as_array();
        let is_wanted = wanted.is_some_and(|names| names.contains(&json!(ENTERPRISE)));
        if is_wanted && !extension.is_empty() {
            user["Extensions"] = json!({ENTERPRISE: extension});
        }
    }

    async fn user(&self, asked: &Asked, id: &Value) -> Option<Value> {
        let (status, mut user) = self
            .store(asked, "DescribeUser", json!({"UserId": id}))
            .await;
        self.whole(&mut user, asked);
        status.is_success().then_some(user)
    }

    async fn create_user(&self, asked: &Asked) -> Said {
        let mut body = asked.body.clone();
        let extension = body["Extensions"][ENTERPRISE].clone();
        let email = body["Emails"][0]["Value"].clone();
        // Without a list, moto fails when somebody is looked for by an address.
        if body["Emails"].is_null() {
            body["Emails"] = json!([]);
        }
        if email.is_string() && self.by(asked, "emails.value", &email).await.is_some() {
            return error("ConflictException", "Duplicate email");
        }
        let said = self.pass(asked, "AWSIdentityStore.CreateUser", &body).await;
        if let Some(id) = said.1["UserId"].as_str() {
            let of = extension.as_object().into_iter().flatten();
            let of = of.map(|(name, value)| (format!("{ENTERPRISE}.{name}"), value.clone()));
            self.users
                .lock()
                .unwrap()
                .insert(id.to_owned(), of.collect());
        }
        said
    }

    /// The id of the user with an attribute that only one can have.
    async fn by(&self, asked: &Asked, path: &str, value: &Value) -> Option<Value> {
        let of = |user: &Value| match path {
            "userName" => user["UserName"].clone(),
            _ => user["Emails"][0]["Value"].clone(),
        };
        let attribute = json!({"AttributePath": path, "AttributeValue": value});
        let alternate = json!({"AlternateIdentifier": {"UniqueAttribute": attribute}});
        let mut candidates: Vec<Value> = Vec::new();
        candidates.push(self.store(asked, "GetUserId", alternate).await.1["UserId"].clone());
        let changed: Vec<String> = self.users.lock().unwrap().keys().cloned().collect();
        candidates.extend(changed.into_iter().map(Value::from));
        for id in candidates.into_iter().filter(Value::is_string) {
            let user = self.user(asked, &id).await;
            if user.is_some_and(|user| of(&user) == *value) {
                return Some(id);
            }
        }
        None
    }

    async fn update_user(&self, asked: &Asked) -> Said {
        let id = &asked.body["UserId"];
        if self.user(asked, id).await.is_none() {
            return not_found("USER");
        }
        for operation in asked.body["Operations"].as_array().unwrap() {
            let path = operation["AttributePath"].as_str().unwrap().to_owned();
            let value = operation["AttributeValue"].clone();
            let is_list = path != "emails" || value.is_null() || value.is_array();
            if value == "" || !is_list || path.starts_with("emails[") || path == "userName" {
                return error("ValidationException", "The attribute cannot be changed so");
            }
            let mut users = self.users.lock().unwrap();
            let changed = users.entry(id.as_str().unwrap().to_owned()).or_default();
            changed.insert(path, value);
        }
        let store = &asked.body["IdentityStoreId"];
        let arn = format!("arn:aws:identitystore:::user/{}", id.as_str().unwrap());
        let body = json!({"IdentityStoreId": store, "UserId": id, "UserArn": arn, "Revision": "2"});
        (StatusCode::OK, body)
    }

    async fn delete_user(&self, asked: &Asked) -> Said {
        let id = &asked.body["UserId"];
        if self.user(asked, id).await.is_none() {
            return not_found("USER");
        }
        let member = json!({"MemberId": {"UserId": id}});
        let (_, listed) = self
            .store(asked, "ListGroupMembershipsForMember", member)
            .await;
        for one in listed["GroupMemberships"].as_array().into_iter().flatten() {
            let id = json!({"MembershipId": one["MembershipId"]});
            self.store(asked, "DeleteGroupMembership", id).await;
        }
        self.users.lock().unwrap().remove(id.as_str().unwrap());
        self.store(asked, "DeleteUser", json!({"UserId": id})).await
    }

    async fn has(&self, asked: &Asked) -> bool {
        let of = &asked.body;
        let whose = json!({"PrincipalId": of["PrincipalId"], "PrincipalType": of["PrincipalType"]});
        let (_, all) = self
            .admin(asked, "ListAccountAssignmentsForPrincipal", whose)
            .await;
        let mut all = all["AccountAssignments"].as_array().into_iter().flatten();
        all.any(|a| {
            a["AccountId"] == of["TargetId"] && a["PermissionSetArn"] == of["PermissionSetArn"]
        })
    }

    /// The answer to a request for an assignment.
    fn begun(&self, mut said: Said, part: &str) -> Said {
        if self.under_way.load(Ordering::Relaxed) && said.0.is_success() {
            said.1[part]["Status"] = json!("IN_PROGRESS");
        }
        said
    }

    async fn assign(&self, asked: &Asked) -> Said {
        let of = &asked.body;
        let set = json!({"PermissionSetArn": of["PermissionSetArn"]});
        let (found, said) = self
            .admin(asked, "DescribePermissionSet", set.clone())
            .await;
        if !found.is_success() {
            return (found, said);
        }
        if self.has(asked).await {
            let status = json!({"Status": "SUCCEEDED", "RequestId": "r1"});
            let body = json!({"AccountAssignmentCreationStatus": status});
            return (StatusCode::OK, body);
        }
        let said = self.pass(asked, &asked.target(), of).await;
        self.admin(asked, "ProvisionPermissionSet", set).await;
        self.begun(said, "AccountAssignmentCreationStatus")
    }

    async fn unassign(&self, asked: &Asked) -> Said {
        if !self.has(asked).await {
            return not_found("AccountAssignment");
        }
        let said = self.pass(asked, &asked.target(), &asked.body).await;
        self.begun(said, "AccountAssignmentDeletionStatus")
    }
}

impl Asked {
    fn target(&self) -> String {
        let target = self.headers.get(TARGET).and_then(|t| t.to_str().ok());
        target.unwrap_or_default().to_owned()
    }
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

async fn answer(State(between): State<Arc<Between>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = to_bytes(body, usize::MAX).await.unwrap();
    let asked = Asked {
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let target = asked.target();
    let action = target.rsplit('.').next().unwrap_or_default();
    let changes = ["Create", "Update", "Delete"]
        .iter()
        .any(|verb| action.starts_with(verb));
    let _one = match changes {
        true => Some(between.changing.lock().await),
        false => None,
    };
    let (status, body) = match action {
        "CreateUser" => between.create_user(&asked).await,
        "UpdateUser" => between.update_user(&asked).await,
        "DeleteUser" => between.delete_user(&asked).await,
        "DescribeUser" => match between.user(&asked, &asked.body["UserId"]).await {
            Some(user) => (StatusCode::OK, user),
            None => not_found("USER"),
        },
        "ListUsers" => {
            let (status, mut said) = between.pass(&asked, &target, &asked.body).await;
            for user in said["Users"].as_array_mut().into_iter().flatten() {
                between.whole(user, &asked);
            }
            (status, said)
        }
        "GetUserId" => {
            let of = &asked.body["AlternateIdentifier"]["UniqueAttribute"];
            let path = of["AttributePath"].as_str().unwrap_or_default();
            match between.by(&asked, path, &of["AttributeValue"]).await {
                Some(id) => {
                    let store = &asked.body["IdentityStoreId"];
                    (
                        StatusCode::OK,
                        json!({"UserId": id, "IdentityStoreId": store}),
                    )
                }
                None => not_found("USER"),
            }
        }
        "CreateGroupMembership" => {
            let whose =
                json!({"GroupId": asked.body["GroupId"], "MemberId": asked.body["MemberId"]});
            let (is_in, _) = between.store(&asked, "GetGroupMembershipId", whose).await;
            match is_in.is_success() {
                true => error(
                    "ConflictException",
                    "Member and group relationship already exists",
                ),
                false => between.pass(&asked, &target, &asked.body).await,
            }
        }
        "DeleteGroupMembership" => {
            let id = json!({"MembershipId": asked.body["MembershipId"]});
            let (is_there, said) = between.store(&asked, "DescribeGroupMembership", id).await;
            match is_there.is_success() {
                true => between.pass(&asked, &target, &asked.body).await,
                false => (is_there, said),
            }
        }
        "CreateAccountAssignment" => between.assign(&asked).await,
        "DeleteAccountAssignment" => between.unassign(&asked).await,
        _ => between.pass(&asked, &target, &asked.body).await,
    };
    (status, Json(body)).into_response()
}
