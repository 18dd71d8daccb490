//! What apps of others may do in somebody's name (OAuth grants), and passwords that apps sign in with. Nothing works
//! while the account is suspended; without deleting them they would work again as soon as it is restored.

use latchkey_systems::{Call, Fault, Reply, Whole, segment};
use serde_json::Value;

use crate::{google::Google, paging::if_there};

/// The lists, and what an item is called by.
const LISTS: [(&str, &str); 2] = [("tokens", "clientId"), ("asps", "codeId")];

/// What asks for the lists of a user, by address or id.
pub(crate) fn list_app_access(user: &str) -> [Call; 2] {
    LISTS.map(|(list, _)| Call::get(format!("users/{}/{list}", segment(user))))
}

impl Google {
    /// Paths of what there is; the lists may be known.
    pub(crate) async fn app_access(
        &self,
        known: Vec<Option<Reply>>,
        user: &str,
    ) -> Result<Whole<Vec<String>>, Fault> {
        let mut all = Vec::new();
        let mut whole = Whole::in_one_answer(());
        let mut known = known.into_iter();
        for (call, (_, key)) in list_app_access(user).into_iter().zip(LISTS) {
            let path = call.path.clone();
            let known = known.next().flatten();
            let see = |item: &Value| {
                let of = match &item[key] {
                    Value::String(text) => segment(text),
                    other => other.to_string(),
                };
                all.push(format!("{path}/{of}"));
            };
            let list = self.directory.each_after(known, call, "items", see).await?;
            whole = whole.and(if_there(list));
        }
        Ok(whole.map(|()| all))
    }

    pub(crate) async fn take_app_access(&self, id: &str) -> Result<(), Fault> {
        let lists = self.directory.ask_together(&list_app_access(id)).await?;
        for path in self.app_access(lists, id).await?.into_inner() {
            self.directory.call_if_there(&Call::delete(path)).await?;
        }
        Ok(())
    }
}
