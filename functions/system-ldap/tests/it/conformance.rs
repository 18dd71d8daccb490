//! What every kind has to pass, against OpenLDAP and 389 Directory Server: as they are when nobody switches anything on
//! for groups, and with all that Latchkey makes use of.

use std::sync::Arc;

use async_trait::async_trait;
use latchkey_conformance::{Company, Lists, Offers};
use latchkey_lifecycle::{Account, Entitlement};
use latchkey_systems::{Fault, System};

use crate::by_hand::{Directory, GROUPS, PAGE};

#[async_trait]
impl Company for Directory {
    fn port(&self) -> u16 {
        self.server.port()
    }

    fn offers(&self) -> Offers {
        Offers {
            entitlements: GROUPS.map(|name| format!("group:{name}").into()),
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
            renames: true,
            suspends: true,
            http: false,
            calls_to_read: self.calls_to_read(),
            // Groups are read before: they may know whoever is moved by the old name only.
            calls_to_cut: 3,
            calls_to_exit: 4,
            page: PAGE,
        }
    }

    /// OpenLDAP's overlay refint moves memberships along in a thread of its own, some time after the renaming was
    /// answered (`slapo-refint`).
    fn goes_on_by_itself(&self) -> bool {
        self.moves_members_later()
    }

    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        self.open_at(port)
    }

    fn lists(&self) -> Lists {
        Lists::Ldap
    }

    async fn make(&self, account: &Account) {
        Directory::make(self, account).await;
    }

    async fn set_active(&self, name: &str, active: bool) {
        Directory::set_active(self, name, active).await;
    }

    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool) {
        Directory::entitle(self, name, entitlement.name(), has).await;
    }

    async fn can_use(&self, name: &str) -> Option<bool> {
        Some(Directory::can_use(self, name).await)
    }
}

mod as_it_comes {
    use super::*;
    use latchkey_peers::Members;

    latchkey_conformance::suite!(Directory::start(Members::Plain));
}

mod with_everything {
    use super::*;
    use latchkey_peers::Members;

    latchkey_conformance::suite!(Directory::start(Members::Tracked));
}

mod of_389_as_it_comes {
    use super::*;
    use crate::by_hand::Of;
    use latchkey_peers::Members;

    // What its groups have a part in: the rest is as with everything.
    latchkey_conformance::suite!(
        Directory::of(Of::Ds389, Members::Plain);
        a_whole_life_every_step_twice,
        changes_by_hand_are_seen_and_mended,
        every_call_may_be_cut_before_and_after_it_took_effect,
        every_page_is_read_once,
        a_part_is_never_taken_for_all,
    );
}

mod of_389_with_everything {
    use super::*;
    use crate::by_hand::Of;
    use latchkey_peers::Members;

    latchkey_conformance::suite!(Directory::of(Of::Ds389, Members::Tracked));
}
