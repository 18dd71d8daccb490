//! What the samples do not use: employee ids, attributes, suspension and sessions, ids of groups, other kinds of pages;
//! with a small server of our own.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};
use latchkey_conformance::{Company, JsonPages, Lists, Next, Offers, Served, Total};
use latchkey_lifecycle::{Account, Entitlement};
use latchkey_systems::{Fault, Secret, Settings, System, client};
use serde_json::{Value, json};

const KEY: &str = "small-key";
const GROUPS: [&str; 3] = ["everyone", "Vertrieb & Größe", "vpn"];
const PAGE: usize = 5;

#[derive(Clone, Default)]
struct User {
    fields: BTreeMap<String, Value>,
    groups: BTreeSet<usize>,
    on: bool,
    sessions: usize,
}

#[derive(Default)]
struct Inside {
    users: BTreeMap<usize, User>,
    next: usize,
}

type Server = State<Arc<Mutex<Inside>>>;
type Asked = Query<BTreeMap<String, String>>;

fn lock(server: &Arc<Mutex<Inside>>) -> MutexGuard<'_, Inside> {
    server.lock().unwrap()
}

fn shown(id: usize, user: &User) -> Value {
    let mut value = json!(user.fields);
    value["id"] = id.into();
    value["state"] = if user.on { "active" } else { "blocked" }.into();
    value["groups"] = user.groups.iter().map(|g| json!({ "id": g })).collect();
    value
}

async fn list(State(server): Server, Query(asked): Asked, headers: HeaderMap) -> Response {
    if headers.get("x-api-key").is_none_or(|key| key != KEY) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let inside = lock(&server);
    let number = |name: &str| asked.get(name).and_then(|n| n.parse::<usize>().ok());
    let is = |user: &User, field: &str| {
        let wanted = asked.get(field);
        wanted.is_none_or(|w| user.fields.get(field).is_some_and(|v| v == w.as_str()))
    };
    let fits = inside.users.iter().filter(|(id, user)| {
        **id > number("after").unwrap_or(0) && is(user, "login") && is(user, "staff")
    });
    let limit = number("limit").unwrap_or(100);
    let mut page: Vec<_> = fits.take(limit + 1).collect();
    let more = page.len() > limit;
    page.truncate(limit);
    let last = page.last().map(|(id, _)| **id).unwrap_or_default();
    let next = more.then(|| last.to_string());
    let link = format!("</small/users?after={last}&limit={limit}>; rel=\"next\"");
    let all: Vec<Value> = page
        .into_iter()
        .map(|(id, user)| shown(*id, user))
        .collect();
    let body = Json(json!({ "data": all, "next": next }));
    match more {
        true => ([(header::LINK, link)], body).into_response(),
        false => body.into_response(),
    }
}

async fn make(State(server): Server, Json(fields): Json<BTreeMap<String, Value>>) -> Response {
    let mut inside = lock(&server);
    if inside
        .users
        .values()
        .any(|u| u.fields.get("login") == fields.get("login"))
    {
        let error = json!({ "error": { "text": "this login is taken" } });
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(error)).into_response();
    }
    inside.next += 1;
    let id = inside.next;
    let user = User {
        fields,
        on: true,
        ..User::default()
    };
    let made = shown(id, &user);
    inside.users.insert(id, user);
    (StatusCode::CREATED, Json(json!({ "user": made }))).into_response()
}

async fn with(server: Arc<Mutex<Inside>>, id: usize, change: impl FnOnce(&mut User)) -> Response {
    let mut inside = lock(&server);
    let Some(user) = inside.users.get_mut(&id) else {
        return (StatusCode::NOT_FOUND, Json(json!({ "error": "none" }))).into_response();
    };
    change(user);
    Json(shown(id, user)).into_response()
}

fn routes() -> Router<Arc<Mutex<Inside>>> {
    let change = async |State(server): Server,
                        Path(id): Path<usize>,
                        Json(fields): Json<BTreeMap<String, Value>>| {
        let change = |user: &mut User| {
            user.fields.extend(fields);
            user.fields.retain(|_, value| !value.is_null());
        };
        with(server, id, change).await
    };
    let read = async |State(server): Server, Path(id): Path<usize>| with(server, id, |_| ()).await;
    let remove = async |State(server): Server, Path(id): Path<usize>| match lock(&server)
        .users
        .remove(&id)
    {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({}))).into_response(),
    };
    let off = async |State(server): Server, Path(id): Path<usize>| {
        with(server, id, |user| user.on = false).await
    };
    let on = async |State(server): Server, Path(id): Path<usize>| {
        let again = |user: &mut User| {
            user.on = true;
            user.sessions = 1;
        };
        with(server, id, again).await
    };
    let out = async |State(server): Server, Path(id): Path<usize>| {
        with(server, id, |user| user.sessions = 0).await
    };
    let groups = async || {
        let all = GROUPS.iter().enumerate();
        Json(
            all.map(|(n, name)| json!({ "key": n + 70, "label": name }))
                .collect::<Value>(),
        )
    };
    let add = async |State(server): Server, Path((group, id)): Path<(usize, usize)>| {
        with(server, id, |user| {
            user.groups.insert(group);
        })
        .await
    };
    let take = async |State(server): Server, Path((group, id)): Path<(usize, usize)>| {
        with(server, id, |user| {
            user.groups.remove(&group);
        })
        .await
    };
    Router::new()
        .route("/small/users", get(list).post(make))
        .route("/small/users/{id}", get(read).patch(change).delete(remove))
        .route("/small/users/{id}/off", post(off))
        .route("/small/users/{id}/on", post(on))
        .route("/small/users/{id}/sessions", delete(out))
        .route("/small/groups", get(groups))
        .route("/small/groups/{group}/users/{id}", put(add).delete(take))
}

struct Small {
    inside: Arc<Mutex<Inside>>,
    port: u16,
    description: Value,
    next: Next,
    calls_to_read: usize,
}

fn description() -> Value {
    json!({
        "api": "Small",
        "sign_in": {"header": "X-Api-Key"},
        "account": {
            "handle": "id", "name": "login", "employee_id": "staff",
            "active": {"at": "state", "is_not": "blocked"},
            "attributes": {"title": "job", "email": "mail", "department": "unit"},
        },
        "find": {
            "by_employee_id": {"call": "GET /users", "query": {"staff": "{account.employee_id}"}, "at": "data"},
            "by_name": {"call": "GET /users", "query": {"login": "{account.name}"}, "at": "data"},
        },
        "list": {
            "call": "GET /users", "at": "data",
            "pages": {"by": "cursor", "parameter": "after", "size": "limit", "most": 100, "next": "next"},
        },
        // The unit is written by what changes it.
        "create": {
            "call": "POST /users", "at": "user",
            "json": {
                "login": "{account.name}", "staff": "{account.employee_id}", "job": "{attribute.title}",
                "mail": "{attribute.email}",
            },
            "answers": [{"status": 422, "says": "TAKEN", "means": "conflict"}],
        },
        "update": {
            "name": {"call": "PATCH /users/{account.handle}", "json": {"login": "{account.name}"}},
            "employee_id": {"call": "PATCH /users/{account.handle}", "json": {"staff": "{account.employee_id}"}},
            "all": {
                "call": "PATCH /users/{account.handle}",
                "json": {"job": "{attribute.title}", "mail": "{attribute.email}", "unit": "{attribute.department}"},
            },
        },
        "suspend": {"call": "POST /users/{account.handle}/off"},
        "restore": {"call": "POST /users/{account.handle}/on"},
        "sign_out": {"call": "DELETE /users/{account.handle}/sessions"},
        "delete": {"call": "DELETE /users/{account.handle}"},
        "entitlements": {"group": {
            "at": "groups", "id": "id",
            "catalogue": {"request": {"call": "GET /groups"}, "id": "key", "name": "label"},
            "grant": {"call": "PUT /groups/{entitlement.id}/users/{account.handle}"},
            "revoke": {"call": "DELETE /groups/{entitlement.id}/users/{account.handle}"},
        }},
        "message": "error.text",
    })
}

impl Small {
    async fn start(
        change: impl FnOnce(&mut Value),
        next: Next,
        calls_to_read: usize,
    ) -> Result<Small, std::io::Error> {
        let inside = Arc::<Mutex<Inside>>::default();
        let routes = routes().with_state(Arc::clone(&inside));
        let port = Served::until_the_end(routes).await?;
        let mut description = description();
        change(&mut description);
        Ok(Small {
            inside,
            port,
            description,
            next,
            calls_to_read,
        })
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut User)) {
        let mut inside = lock(&self.inside);
        let mut users = inside.users.values_mut();
        change(users.find(|u| u.fields["login"] == name).unwrap());
    }
}

#[async_trait]
impl Company for Small {
    fn port(&self) -> u16 {
        self.port
    }

    fn offers(&self) -> Offers {
        Offers {
            entitlements: GROUPS.map(|name| format!("group:{name}").into()),
            attributes: ["title", "email", "department"].into(),
            employee_id: true,
            renames: true,
            suspends: true,
            http: true,
            calls_to_read: self.calls_to_read,
            // Signed out twice, before and after.
            calls_to_cut: self.calls_to_read + 3,
            calls_to_exit: self.calls_to_read + 4,
            page: PAGE,
        }
    }

    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        let settings = Settings {
            name: "Small".into(),
            address: format!("http://127.0.0.1:{port}/small"),
            settings: [
                ("api".to_owned(), self.description.clone()),
                ("page".to_owned(), json!(PAGE)),
            ]
            .into(),
            ..Settings::default()
        };
        let token = KEY.to_owned();
        system_http::open(&settings, Some(Secret::Bearer { token }), client().unwrap())
    }

    fn lists(&self) -> Lists {
        Lists::Json(JsonPages {
            lines: &["/data"],
            next: self.next,
            total: Total::Untold("our own server: what leads on is all that a list has"),
        })
    }

    async fn make(&self, account: &Account) {
        let mut fields = BTreeMap::from([("login".to_owned(), json!(account.name))]);
        if let Some(id) = &account.employee_id {
            fields.insert("staff".to_owned(), json!(id));
        }
        if let Some(email) = account.attributes.get("email") {
            fields.insert("mail".to_owned(), json!(email));
        }
        let has = |name: &str| GROUPS.iter().position(|g| *g == name).unwrap() + 70;
        let groups = account.entitlements.iter().map(|e| has(e.name())).collect();
        let mut inside = lock(&self.inside);
        inside.next += 1;
        let id = inside.next;
        let user = User {
            fields,
            groups,
            on: account.active,
            sessions: 1,
        };
        inside.users.insert(id, user);
    }

    async fn set_active(&self, name: &str, active: bool) {
        self.change(name, |user| user.on = active);
    }

    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool) {
        let group = GROUPS
            .iter()
            .position(|g| *g == entitlement.name())
            .unwrap()
            + 70;
        self.change(name, |user| {
            if has {
                user.groups.insert(group);
            } else {
                user.groups.remove(&group);
            }
        });
    }

    async fn can_use(&self, name: &str) -> Option<bool> {
        let inside = lock(&self.inside);
        let mut users = inside.users.values();
        let user = users.find(|u| u.fields["login"] == name);
        Some(user.is_some_and(|user| user.on || user.sessions > 0))
    }
}

mod filtered_with_cursors {
    use latchkey_conformance::Next;

    latchkey_conformance::suite!(super::Small::start(|_| {}, Next::At("/next"), 1));
}

/// Nobody can be looked for, lists show a part, and a header leads from page to page.
mod looked_through_with_links {
    use latchkey_conformance::Next;
    use serde_json::{Value, json};

    fn change(description: &mut Value) {
        description["find"] = json!({});
        description["read"] = json!({"call": "GET /users/{account.handle}"});
        description["list"]["pages"] = json!({"by": "link", "size": "limit", "most": 100});
    }

    latchkey_conformance::suite!(super::Small::start(change, Next::Link, 2));
}
