//! What every source can do, and the list of them.

use http::HeaderMap;
use serde_json::Value;

use crate::{
    Authentic, Delivery, Notice, Outgoing, Poll, RecordError, Refusal, SourceSecret, Translation,
    vendors,
};

/// One kind of HR system that calls `POST /hooks/{source}`.
pub trait Source: Send + Sync {
    /// The name in the address, lower case, e.g. `bamboohr`.
    fn name(&self) -> &'static str;

    /// Refuses what the vendor does not send, before anything is computed over it: a body that is too long, or of
    /// another type than JSON.
    ///
    /// # Errors
    /// The [`Refusal`] to answer with.
    fn check_envelope(&self, delivery: &Delivery<'_>) -> Result<(), Refusal> {
        delivery.check_json()
    }

    /// Whether the delivery is the vendor's, unchanged and recent. Looks at headers and the raw body
    /// only; compares in constant time.
    ///
    /// # Errors
    /// The [`Refusal`] to answer with.
    fn authenticate(
        &self,
        delivery: &Delivery<'_>,
        secret: &SourceSecret,
    ) -> Result<Authentic, Refusal>;

    /// What an authentic delivery says.
    ///
    /// # Errors
    /// The [`Refusal`] to answer with, when the body is not what the vendor documents. A body that is
    /// valid but incomplete is no error: its events have absent parts.
    fn translate(&self, authentic: &Authentic, body: &[u8]) -> Result<Translation, Refusal>;

    /// What the record that a [`Notice`] asked for says. Sources whose webhooks carry everything
    /// never ask.
    ///
    /// # Errors
    /// [`RecordError::Unreadable`] when the record is not what the vendor documents.
    fn translate_record(
        &self,
        notice: &Notice,
        record: &Value,
    ) -> Result<Translation, RecordError> {
        let _ = record;
        Err(RecordError::Unreadable {
            employee_id: notice.employee_id.clone(),
            problem: format!("the source {} has no records to fetch", self.name()),
        })
    }

    /// Whether the vendor's changes of a record say what changed. Where they do not, a change comes for a new telephone
    /// number, too, and a transfer that leaves the known record as it is is none.
    fn tells_what_changed(&self) -> bool {
        true
    }

    /// How the vendor's API tells what changed, where it does; for those whose webhooks get lost.
    fn poll(&self) -> Option<&dyn Poll> {
        None
    }

    /// Whether the vendor offers the secret that it will sign with.
    fn offers_its_secret(&self) -> bool {
        false
    }

    /// The secret that a vendor offers before it signs with it. It proves nothing, anybody can send one: a person
    /// awaits it, confirms it to the vendor, and only then stores it for the source.
    fn offered_secret(&self, body: &[u8]) -> Option<SourceSecret> {
        let _ = body;
        None
    }

    /// The headers that the vendor would send with this body. For `latchkey send`, the demo and tests.
    ///
    /// # Errors
    /// [`Refusal::SecretUnusable`] when the secret has not the vendor's form, or
    /// [`Refusal::Unsigned`] when the delivery id cannot be a header.
    fn sign(&self, secret: &SourceSecret, outgoing: &Outgoing<'_>) -> Result<HeaderMap, Refusal>;
}

/// Every source. A new vendor is one line here.
pub const SOURCES: &[&dyn Source] = &[
    &vendors::bamboohr::BambooHr,
    &vendors::deel::Deel,
    &vendors::finch::Finch,
    &vendors::gusto::Gusto,
    &vendors::hibob::HiBob,
    &vendors::merge::Merge,
    &vendors::personio::Personio,
    &vendors::rippling::Rippling,
    &vendors::workday::Workday,
    &vendors::generic::Generic,
];

/// The source of a name.
///
/// # Errors
/// [`Refusal::UnknownSource`] when there is none.
pub fn source(name: &str) -> Result<&'static dyn Source, Refusal> {
    SOURCES
        .iter()
        .copied()
        .find(|source| source.name() == name)
        .ok_or_else(|| Refusal::UnknownSource {
            name: name.chars().take(64).collect(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_is_found_by_its_name_and_no_name_is_taken_twice() {
        for (position, each) in SOURCES.iter().enumerate() {
            assert_eq!(source(each.name()).unwrap().name(), each.name());
            let first = SOURCES.iter().position(|s| s.name() == each.name());
            assert_eq!(first, Some(position));
        }
    }

    #[test]
    fn an_unknown_source_is_named_in_the_refusal() {
        let refusal = source("paperfile").err().unwrap();
        assert_eq!(refusal.status(), 404);
        assert!(refusal.to_string().contains("paperfile"));
    }
}
