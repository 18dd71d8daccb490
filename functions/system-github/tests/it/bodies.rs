//! Bodies as GitHub describes them.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::organisation::ORG;

pub(crate) fn error(status: u16, message: &str) -> Response {
    let body = json!({
        "message": message, "documentation_url": "https://docs.github.com/rest", "status": status.to_string(),
    });
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

pub(crate) fn invalid(message: &str) -> Response {
    let body = json!({
        "message": "Validation Failed",
        "errors": [{ "resource": "OrganizationInvitation", "code": "unprocessable", "field": "data", "message": message }],
        "documentation_url": "https://docs.github.com/rest/orgs/members#create-an-organization-invitation", "status": "422",
    });
    (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
}

pub(crate) fn not_found() -> Response {
    error(404, "Not Found")
}

pub(crate) fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

pub(crate) const API: &str = "https://api.github.com";

/// An account as lists show it.
pub(crate) fn user(login: &str) -> Value {
    let url = format!("{API}/users/{login}");
    let id = login
        .bytes()
        .fold(1_u64, |id, b| id * 31 % 1_000_003 + u64::from(b));
    let mut user = json!({
        "login": login, "id": id, "node_id": format!("U_{id}"), "gravatar_id": "", "url": url, "type": "User",
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}"), "html_url": format!("https://github.com/{login}"),
        "site_admin": false,
    });
    for name in [
        "followers",
        "following",
        "gists",
        "starred",
        "subscriptions",
        "organizations",
        "repos",
        "events",
        "received_events",
    ] {
        user[format!("{name}_url")] = json!(format!("{url}/{name}"));
    }
    user
}

pub(crate) fn organization() -> Value {
    let url = format!("{API}/orgs/{ORG}");
    let mut org =
        json!({ "login": ORG, "id": 1, "node_id": "O_1", "url": url, "description": null });
    for name in [
        "repos",
        "events",
        "hooks",
        "issues",
        "members",
        "public_members",
        "avatar",
    ] {
        org[format!("{name}_url")] = json!(format!("{url}/{name}"));
    }
    org
}

pub(crate) fn repository(name: &str) -> Value {
    let url = format!("{API}/repos/{ORG}/{name}");
    let mut repository = json!({
        "id": 7, "node_id": "R_7", "name": name, "full_name": format!("{ORG}/{name}"), "owner": user(ORG), "private": true,
        "html_url": url, "description": null, "fork": false, "url": url,
    });
    for name in [
        "archive",
        "assignees",
        "blobs",
        "branches",
        "collaborators",
        "comments",
        "commits",
        "compare",
        "contents",
        "contributors",
        "deployments",
        "downloads",
        "events",
        "forks",
        "git_commits",
        "git_refs",
        "git_tags",
        "hooks",
        "issue_comment",
        "issue_events",
        "issues",
        "keys",
        "labels",
        "languages",
        "merges",
        "milestones",
        "notifications",
        "pulls",
        "releases",
        "stargazers",
        "statuses",
        "subscribers",
        "subscription",
        "tags",
        "teams",
        "trees",
    ] {
        repository[format!("{name}_url")] = json!(format!("{url}/{name}"));
    }
    repository
}

pub(crate) fn offered((id, name, login, level): &(u64, String, String, String)) -> Value {
    json!({
        "id": id, "node_id": "RI_1", "repository": repository(name), "invitee": user(login), "inviter": user("boss"),
        "permissions": level, "created_at": "2026-11-20T08:00:00Z", "expired": false,
        "url": format!("{API}/user/repository_invitations/{id}"), "html_url": "https://github.com/acme/website/invitations",
    })
}
