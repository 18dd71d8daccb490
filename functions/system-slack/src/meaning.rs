//! What Slack's codes mean. The common ones stand in the reference of each method, e.g.
//! <https://docs.slack.dev/reference/methods/auth.test>, others with the method that gives them.

use latchkey_systems::{Fault, Faults};
use serde_json::Value;

use crate::slack::Slack;

impl Slack {
    /// What a refusal means.
    pub(crate) fn meaning(&self, method: &str, code: &str, body: Option<&Value>) -> Fault {
        let said = plain(code);
        let problem = format!("{method} is answered with `{said}`{}", todo(code, body));
        match code {
            "service_unavailable" | "team_added_to_org" | "org_login_required" => self.busy(None),
            "fatal_error"
            | "internal_error"
            | "request_timeout"
            | "fetch_members_failed"
            | "failed_to_send_invite"
            | "failed_to_remove_user_from_workspace"
            | "user_session_reset_failed" => self.unreachable(problem),
            "not_authed"
            | "invalid_auth"
            | "account_inactive"
            | "token_revoked"
            | "token_expired"
            | "missing_scope"
            | "not_allowed_token_type"
            | "no_permission"
            | "access_denied"
            | "accesslimited"
            | "ekm_access_denied"
            | "enterprise_is_restricted"
            | "two_factor_setup_required"
            | "team_access_not_granted"
            | "is_bot"
            | "not_an_admin"
            | "not_admin"
            | "invalid_permissions"
            | "failed_to_validate_caller"
            | "permission_denied" => self.unauthorized(problem),
            "email_taken" => self.conflict(problem),
            _ => self.rejected(problem),
        }
    }
}

/// What to do about it, where that is known.
fn todo(code: &str, body: Option<&Value>) -> String {
    let field = |name: &str| {
        plain(
            body.and_then(|body| body[name].as_str())
                .unwrap_or_default(),
        )
    };
    let text = match code {
        "missing_scope" => {
            return format!(
                ": the token has no scope `{}`, only `{}`; add it to the app and install the app again",
                field("needed"),
                field("provided")
            );
        }
        "token_revoked" | "account_inactive" => {
            "; the app was removed, or whoever installed it was deactivated: install it again"
        }
        "token_expired" => "; turn token rotation off in the app, and store its new token",
        "not_allowed_token_type" => {
            "; the admin API needs the user token of an organisation's owner or admin"
        }
        "not_an_admin" | "invalid_permissions" | "failed_to_validate_caller" => {
            "; the token's owner has to be an owner or admin of the organisation"
        }
        "team_access_not_granted" => "; install the app in this workspace, too",
        "accesslimited" => "; allow Latchkey's network addresses in the app's settings",
        "permission_denied" | "not_admin" => {
            "; let the app, or the token's owner, do this under Settings & permissions of the workspace"
        }
        "feature_not_enabled" => {
            "; the plan has no admin API: take `admin` out of the settings in the runbook"
        }
        "plan_upgrade_required" => {
            "; the plan has no user groups: take `usergroups` out of the settings in the runbook"
        }
        "team_not_found" => "; correct the setting `team` in the runbook",
        "restricted_action" => {
            "; allow it to the app under Settings & permissions of the workspace, or use an administrator's token"
        }
        "cannot_modify_primary_owner" | "cannot_reset_primary_owner" => {
            "; this is the primary owner, who has to hand that over to somebody else first"
        }
        "cannot_update_admin_user" => "; only the primary owner may change an administrator",
        "cant_kick_self" | "cant_invite_self" => {
            "; the token is this person's own: store one of an app or of somebody else"
        }
        "user_is_restricted" | "ura_max_channels" => {
            "; the person is a guest there: make them a member, or take the channel out of their roles"
        }
        "invitee_cant_see_channel" | "org_user_not_in_team" => {
            "; the channel is not in a workspace that the person is in"
        }
        "is_archived" => "; bring the channel back, or take it out of the runbook",
        "cant_invite" | "no_external_invite_permission" | "not_supported" => {
            "; see who may be in the channel there"
        }
        "subteam_max_users_exceeded" => "; the user group is full",
        "failed_for_some_users" | "invalid_users" => {
            "; somebody in the user group is not in the workspace any more: take them out there"
        }
        "limit_required" => "; ask for fewer at once with the setting `page`",
        "invalid_email" => "; correct the e-mail address",
        "email_taken" => ": somebody has this e-mail address, perhaps somebody deactivated",
        _ => "",
    };
    text.to_owned()
}

/// A code or a list of scopes as it may be shown: nobody's name or address looks like that.
fn plain(code: &str) -> String {
    let fits = |c: &char| c.is_ascii_alphanumeric() || "_.:,-| ".contains(*c);
    code.chars().filter(fits).take(300).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_missing_is_named_and_nothing_else() {
        let body = json!({"needed": "usergroups:write", "provided": "users:read,users:read.email"});
        let text = todo("missing_scope", Some(&body));
        assert!(text.contains("no scope `usergroups:write`"), "{text}");
        assert!(
            text.contains("only `users:read,users:read.email`"),
            "{text}"
        );
        assert_eq!(plain("zoe@acme.example <b>\n"), "zoeacme.example b");
        assert_eq!(todo("some_new_code", None), "");
    }
}
