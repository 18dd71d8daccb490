//! What Latchkey has to be able to do in Slack, tried without changing anything.

use latchkey_systems::Probe;

use crate::{answer::Arguments, paging, slack::Slack};

/// Ids of Slack's form that nobody has: what is changed there is not there, unless changing is not allowed at all.
const NO_USER: &str = "U00000000";
const NO_CHANNEL: &str = "C00000000";
const NO_USERGROUP: &str = "S00000000";
/// That there is no such thing.
const NOT_THERE: [&str; 8] = [
    "users_not_found",
    "user_not_found",
    "user_already_deleted",
    "channel_not_found",
    "no_such_subteam",
    "subteam_not_found",
    "invalid_users",
    "no_user",
];

impl Slack {
    pub(crate) async fn try_all(&self) -> Vec<Probe> {
        let signed_in = self.call("auth.test", &[]).await;
        let mut probes = vec![Probe::of("sign in", signed_in)];
        if probes[0].came.is_err() {
            return probes;
        }
        let read = self.lines(&paging::users(1), None).await;
        probes.push(Probe::of("read people", read));
        let read = self.lines(&paging::channels(None), None).await;
        probes.push(Probe::of("read channels", read));
        let nobody: Arguments<'_> = &[("email", "nobody@latchkey.invalid")];
        let invite: Arguments<'_> = &[("channel", NO_CHANNEL), ("users", NO_USER)];
        let kick: Arguments<'_> = &[("channel", NO_CHANNEL), ("user", NO_USER)];
        let join: Arguments<'_> = &[("channel", NO_CHANNEL)];
        let tries = [
            (
                "find people by e-mail address",
                "users.lookupByEmail",
                nobody,
            ),
            ("put people into channels", "conversations.invite", invite),
            ("take people out of channels", "conversations.kick", kick),
            ("go into public channels itself", "conversations.join", join),
        ];
        for (what, method, arguments) in tries {
            probes.push(self.tried(what, method, arguments).await);
        }
        if self.choices.usergroups {
            let read = self.usergroups().await;
            probes.push(Probe::of("read user groups", read));
            let update = [("usergroup", NO_USERGROUP), ("users", NO_USER)];
            let method = "usergroups.users.update";
            probes.push(self.tried("change user groups", method, &update).await);
        }
        if self.choices.holder.is_some() {
            let (what, of) = ("read profile fields", [("user", NO_USER)]);
            probes.push(self.tried(what, "users.profile.get", &of).await);
        }
        if let Some(team) = self.choices.administers() {
            let reset = [("user_id", NO_USER)];
            let method = "admin.users.session.reset";
            probes.push(self.tried("end sessions", method, &reset).await);
            let remove = [("team_id", team), ("user_id", NO_USER)];
            let method = "admin.users.remove";
            let what = "invite people and remove them";
            probes.push(self.tried(what, method, &remove).await);
            let what = "see the channel that people are invited into";
            probes.push(Probe::of(what, self.landing().await));
        }
        probes
    }

    async fn tried(&self, what: &str, method: &'static str, arguments: Arguments<'_>) -> Probe {
        let came = self.call_unless(method, arguments, &NOT_THERE).await;
        Probe::of(what, came)
    }
}
