//! The crate `scim-server` behind HTTP: what a resource may be, what changes do, versions and duplicates are the
//! crate's; only requests, statuses and pages are made here, since it comes without them (RFC 7644 sections 3.3 to 3.6,
//! 3.12 and 3.14).
//!
//! PATCH is refused with 501, as section 3.5.2 allows: the crate's `add` replaces a list with what is added, and its
//! paths know neither a filter nor a schema.

mod answer;

use std::{env, net::Ipv4Addr, sync::Arc};

use axum::{
    Json, Router,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use scim_server::{
    ScimServer, create_group_resource_handler, create_user_resource_handler,
    multi_tenant::ScimOperation,
    operation_handler::{ScimOperationHandler, ScimOperationRequest, ScimOperationResponse},
    providers::StandardResourceProvider,
    resource::version::HttpVersion,
    storage::InMemoryStorage,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::answer::{Asked, error, list, resource};

type Handler = Arc<ScimOperationHandler<StandardResourceProvider<InMemoryStorage>>>;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// Users and groups, with everything that the crate can do with them.
fn handler() -> Result<Handler, Box<dyn std::error::Error>> {
    let storage = InMemoryStorage::new();
    let mut server = ScimServer::new(StandardResourceProvider::new(storage))?;
    let operations = vec![
        ScimOperation::Create,
        ScimOperation::Read,
        ScimOperation::Update,
        ScimOperation::Delete,
        ScimOperation::List,
        ScimOperation::Search,
    ];
    let schema = |server: &ScimServer<_>, id| server.get_schema_by_id(id).cloned();
    let user = schema(&server, USER).ok_or("no schema of users")?;
    let group = schema(&server, GROUP).ok_or("no schema of groups")?;
    let user = create_user_resource_handler(user);
    server.register_resource_type("User", user, operations.clone())?;
    let group = create_group_resource_handler(group);
    server.register_resource_type("Group", group, operations)?;
    Ok(Arc::new(ScimOperationHandler::new(server)))
}

/// What answers for one collection.
#[derive(Clone)]
struct Collection {
    handler: Handler,
    /// The crate's name of what is in it.
    kind: &'static str,
}

impl Collection {
    async fn ask(&self, request: ScimOperationRequest) -> ScimOperationResponse {
        self.handler.handle_operation(request).await
    }

    fn routes(handler: &Handler, kind: &'static str) -> Router {
        let handler = Arc::clone(handler);
        Router::new()
            .route("/", get(find).post(create))
            .route("/{id}", get(read).put(replace).patch(patch).delete(delete))
            .with_state(Collection { handler, kind })
    }
}

/// The version that a resource must still have.
fn if_match(headers: &HeaderMap) -> Option<HttpVersion> {
    headers.get(header::IF_MATCH)?.to_str().ok()?.parse().ok()
}

async fn create(State(all): State<Collection>, Json(body): Json<Value>) -> Response {
    let request = ScimOperationRequest::create(all.kind, body);
    resource(StatusCode::CREATED, all.ask(request).await)
}

async fn find(State(all): State<Collection>, Query(asked): Query<Asked>) -> Response {
    let request = match asked.filter.as_deref().map(answer::equals) {
        None => ScimOperationRequest::list(all.kind),
        Some(Some((attribute, value))) => {
            ScimOperationRequest::search(all.kind, attribute, value.into())
        }
        Some(None) => {
            let why = "Only `attribute eq \"value\"` can be filtered by.";
            return error(StatusCode::BAD_REQUEST, Some("invalidFilter"), why);
        }
    };
    list(&asked, all.ask(request).await)
}

async fn read(State(all): State<Collection>, Path(id): Path<String>) -> Response {
    let request = ScimOperationRequest::get(all.kind, id);
    resource(StatusCode::OK, all.ask(request).await)
}

async fn replace(
    State(all): State<Collection>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let mut request = ScimOperationRequest::update(all.kind, id, body);
    if let Some(version) = if_match(&headers) {
        request = request.with_expected_version(version);
    }
    resource(StatusCode::OK, all.ask(request).await)
}

async fn delete(State(all): State<Collection>, Path(id): Path<String>) -> Response {
    let request = ScimOperationRequest::delete(all.kind, id);
    resource(StatusCode::NO_CONTENT, all.ask(request).await)
}

async fn patch() -> Response {
    error(StatusCode::NOT_IMPLEMENTED, None, "There is no PATCH here.")
}

/// What is here (RFC 7643 section 5).
async fn configuration() -> Response {
    let yes = json!({ "supported": true });
    let no = json!({ "supported": false });
    let schema = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
    let configuration = json!({
        "schemas": [schema],
        "patch": no, "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": answer::MOST }, "changePassword": no, "sort": no, "etag": yes,
        "authenticationSchemes": [],
    });
    Json(configuration).into_response()
}

/// Lets nobody in without the token.
async fn guard(State(token): State<Arc<str>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION);
    if given.is_some_and(|given| given.as_bytes() == token.as_bytes()) {
        return next.run(request).await;
    }
    error(
        StatusCode::UNAUTHORIZED,
        None,
        "The token is not known here.",
    )
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(port), Some(token)) = (arguments.next(), arguments.next()) else {
        return Err("peer-scim-server PORT TOKEN".into());
    };
    let token: Arc<str> = format!("Bearer {token}").into();
    let handler = handler()?;
    let routes = Router::new()
        .route("/v2/ServiceProviderConfig", get(configuration))
        .nest("/v2/Users", Collection::routes(&handler, "User"))
        .nest("/v2/Groups", Collection::routes(&handler, "Group"))
        .layer(middleware::from_fn_with_state(token, guard));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.parse()?)).await?;
    Ok(axum::serve(listener, routes).await?)
}
