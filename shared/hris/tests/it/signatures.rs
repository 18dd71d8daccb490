//! Each vendor's signature, against values that other implementations made: Python's `hmac`, `standardwebhooks` 1.0
//! and, for Finch, its own library 2.9, which accepted the same.

use http::{HeaderMap, HeaderValue, header};
use jiff::SignedDuration;
use latchkey_hris::{Delivery, Outgoing, Refusal, SourceSecret, Translation, source};

use crate::vendor::{authenticate, now, secret, signed};

/// Not only ASCII, so that a signature over text instead of bytes would show.
const BODY: &[u8] = "{\"a\":\"\u{e9}\"}".as_bytes();

/// Header and value, for the body and the secrets of the tests, at their time.
const VECTORS: [(&str, &str, &str); 4] = [
    (
        "merge",
        "x-merge-webhook-signature",
        "UzOnJ06sMz5ndg1YQvJRXXbYZBbYlBR02wiOklKRQFI=",
    ),
    (
        "gusto",
        "x-gusto-signature",
        "5333a7274eac333e67760d5842f2515d76d86416d8941474db088e9252914052",
    ),
    (
        "deel",
        "x-deel-signature",
        "d2c732dbca8c3833bc18cc95c6dbb58dcbd1d68bab0e882fe0e693d6bfbe3f88",
    ),
    (
        "finch",
        "finch-signature",
        "v1,5t+NtJ75Ir3Pzt2bco71kTaTUmGZcJGlToyuvkOywTU=",
    ),
];

/// Those of them whose signatures are hexadecimal.
const HEXADECIMAL: [&str; 2] = ["gusto", "deel"];

fn with(name: &str, headers: &HeaderMap, text: &str) -> Result<String, Refusal> {
    let delivery = Delivery {
        headers,
        body: BODY,
        now: now(),
    };
    let secret = SourceSecret::new(text);
    let authentic = source(name).unwrap().authenticate(&delivery, &secret)?;
    Ok(authentic.delivery_id)
}

fn authorized(value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
    headers
}

#[test]
fn signatures_are_those_of_other_implementations() {
    for (name, header, right) in VECTORS {
        assert_eq!(signed(name, BODY)[header], right, "{name}");
    }
}

#[test]
fn a_signature_that_is_not_of_this_body_or_cut_short_is_refused() {
    for (name, header, right) in VECTORS {
        let shouted = right.to_uppercase();
        for wrong in ["AAAA", &right[..right.len() - 4], &shouted] {
            if wrong == shouted && HEXADECIMAL.contains(&name) {
                continue;
            }
            let mut headers = signed(name, BODY);
            headers.insert(header, HeaderValue::from_str(wrong).unwrap());
            let refusal = authenticate(name, &headers, BODY).unwrap_err();
            assert_eq!(refusal.status(), 401, "{name}");
            assert!(!refusal.to_string().contains(right), "{refusal}");
        }
    }
}

#[test]
fn hexadecimal_digits_are_taken_in_either_case() {
    for name in HEXADECIMAL.into_iter().chain(["bamboohr"]) {
        let mut headers = signed(name, BODY);
        let header = headers
            .keys()
            .find(|key| key.as_str().ends_with("signature"))
            .cloned()
            .unwrap();
        let shouted = headers[&header].to_str().unwrap().to_uppercase();
        headers.insert(&header, HeaderValue::from_str(&shouted).unwrap());
        assert!(authenticate(name, &headers, BODY).is_ok(), "{name}");
    }
}

#[test]
fn a_repeated_delivery_has_the_same_id_and_another_body_another() {
    for name in ["personio", "finch", "merge", "gusto", "deel", "workday"] {
        let first = authenticate(name, &signed(name, BODY), BODY).unwrap();
        let again = authenticate(name, &signed(name, BODY), BODY).unwrap();
        assert_eq!(first.delivery_id, again.delivery_id, "{name}");
        if name != "finch" {
            let other = b"{}";
            let other = authenticate(name, &signed(name, other), other).unwrap();
            assert_ne!(first.delivery_id, other.delivery_id, "{name}");
        }
    }
    let event = br#"{"uuid":"u-1","event_type":"employee.created","timestamp":1}"#;
    let known = authenticate("gusto", &signed("gusto", event), event).unwrap();
    assert_eq!(known.delivery_id, "u-1");
}

/// Its body has neither an id nor a time: two changes of a person look alike, and the second must not be lost.
#[test]
fn ripplings_deliveries_are_never_taken_for_each_other() {
    let headers = signed("rippling", BODY);
    let at = |seconds| {
        let delivery = Delivery {
            headers: &headers,
            body: BODY,
            now: now()
                .checked_add(SignedDuration::from_secs(seconds))
                .unwrap(),
        };
        let secret = secret("rippling");
        source("rippling").unwrap().authenticate(&delivery, &secret)
    };
    assert_ne!(at(0).unwrap().delivery_id, at(1).unwrap().delivery_id);
}

#[test]
fn finchs_secret_may_have_the_prefix_and_one_of_several_signatures_is_enough() {
    let mut headers = signed("finch", BODY);
    let plain = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert_eq!(with("finch", &headers, plain).unwrap(), "msg_1");
    let prefixed = format!("whsec_{plain}");
    assert_eq!(with("finch", &headers, &prefixed).unwrap(), "msg_1");
    assert_eq!(
        with("finch", &headers, "not base64!").unwrap_err().status(),
        500
    );
    let several = format!("v2,AAAA v1,BBBB {}", VECTORS[3].2);
    headers.insert("finch-signature", HeaderValue::from_str(&several).unwrap());
    assert!(with("finch", &headers, plain).is_ok());
    let bare = &VECTORS[3].2["v1,".len()..];
    headers.insert("finch-signature", HeaderValue::from_str(bare).unwrap());
    assert!(with("finch", &headers, plain).is_err(), "without a version");
}

#[test]
fn merges_signature_is_taken_with_padding_and_without() {
    let mut headers = signed("merge", BODY);
    let unpadded = VECTORS[0].2.trim_end_matches('=');
    headers.insert(
        "x-merge-webhook-signature",
        HeaderValue::from_str(unpadded).unwrap(),
    );
    assert!(authenticate("merge", &headers, BODY).is_ok());
}

#[test]
fn tokens_are_compared_with_and_without_their_scheme() {
    for name in ["personio", "rippling"] {
        for sent in ["Bearer a b=c", "bearer a b=c", "a b=c"] {
            for kept in ["a b=c", "Bearer a b=c", " a b=c\n"] {
                let taken = with(name, &authorized(sent), kept);
                assert!(taken.is_ok(), "{name}: {sent} with {kept}");
            }
        }
        for wrong in ["Bearer", "Bearer a", "Basic a b=c", "a b=c d", "A B=C"] {
            let refusal = with(name, &authorized(wrong), "a b=c").unwrap_err();
            assert_eq!(refusal.status(), 401, "{name}: {wrong}");
            assert!(!refusal.to_string().contains("b=c"), "{refusal}");
        }
    }
}

#[test]
fn workdays_password_is_that_of_http_basic() {
    // RFC 7617, section 2: the user Aladdin.
    let right = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    let secret = "Aladdin:open sesame";
    assert!(with("workday", &authorized(right), secret).is_ok());
    let lower = right.replace("Basic", "basic");
    assert!(with("workday", &authorized(&lower), secret).is_ok());
    for wrong in [
        "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "Basic QWxhZGRpbjpvcGVu",
        "Aladdin:open sesame",
    ] {
        assert_eq!(
            with("workday", &authorized(wrong), secret)
                .unwrap_err()
                .status(),
            401
        );
    }
}

#[test]
fn two_signatures_headers_are_refused() {
    for (name, header, right) in VECTORS {
        let mut headers = signed(name, BODY);
        headers.append(header, HeaderValue::from_str(right).unwrap());
        assert_eq!(
            authenticate(name, &headers, BODY).unwrap_err().status(),
            401
        );
    }
}

#[test]
fn gustos_token_is_offered_and_proves_nothing() {
    let gusto = source("gusto").unwrap();
    let offer = br#"{"verification_token":"t0k3n","webhook_subscription_uuid":"u"}"#;
    assert_eq!(gusto.offered_secret(offer).unwrap().expose(), "t0k3n");
    for none in [
        &br#"{"event_type":"employee.created","verification_token":"t"}"#[..],
        br#"{"verification_token":""}"#,
        br#"{"verification_token":"two words"}"#,
        br#"{"verification_token":{}}"#,
        b"[]",
        b"",
    ] {
        assert!(gusto.offered_secret(none).is_none());
    }
    for other in ["generic", "bamboohr", "merge"] {
        assert!(source(other).unwrap().offered_secret(offer).is_none());
    }
    assert_eq!(
        authenticate("gusto", &HeaderMap::new(), offer)
            .unwrap_err()
            .status(),
        401
    );
}

fn told(name: &str, body: &str) -> Translation {
    let body = body.as_bytes();
    let authentic = authenticate(name, &signed(name, body), body).unwrap();
    source(name).unwrap().translate(&authentic, body).unwrap()
}

/// What concerns nobody's access is no reason for a vendor to send again and again.
#[test]
fn what_is_known_to_concern_nobodys_access_is_answered_with_a_note() {
    for (name, body) in [
        (
            "personio",
            r#"{"event_name":"document.signed","payload":{}}"#,
        ),
        (
            "finch",
            r#"{"event_type":"pay_statement.created","data":{}}"#,
        ),
        ("merge", r#"{"hook":{"event":"TimeOff.added"},"data":{}}"#),
        (
            "gusto",
            r#"{"event_type":"employee.self_onboarding_completed"}"#,
        ),
        ("deel", r#"{"data":{"meta":{"event_type":"invoice.paid"}}}"#),
        ("rippling", "event_name=group.created&id=1"),
        ("hibob", r#"{"type":"timeoff.request.approved","data":{}}"#),
        (
            "hibob",
            r#"{"type":"table.entry.updated","data":{"tableId":"bank"}}"#,
        ),
    ] {
        assert!(
            matches!(told(name, body), Translation::Nothing { .. }),
            "{name}"
        );
    }
}

/// Any other may be somebody's exit under a new name.
#[test]
fn an_event_that_nobody_knows_is_told_with_its_name_and_whose_it_is() {
    for (name, body, event) in [
        (
            "personio",
            r#"{"event_name":"person.offboarded","payload":{"person_id":7}}"#,
            "person.offboarded",
        ),
        (
            "personio",
            r#"{"event_name":"contract.ended","payload":{"person_id":7}}"#,
            "contract.ended",
        ),
        (
            "finch",
            r#"{"event_type":"individual.left","data":{"individual_id":"7"}}"#,
            "individual.left",
        ),
        (
            "merge",
            r#"{"hook":{"event":"Employment.removed"},"data":{"employee":"7"}}"#,
            "Employment.removed",
        ),
        (
            "gusto",
            r#"{"event_type":"contractor.deactivated","entity_uuid":"7"}"#,
            "contractor.deactivated",
        ),
        (
            "deel",
            r#"{"data":{"meta":{"event_type":"contract.terminated"},"resource":{"hris_profile_id":"7"}}}"#,
            "contract.terminated",
        ),
        (
            "rippling",
            "event_name=employee.offboarded&id=7",
            "employee.offboarded",
        ),
        (
            "hibob",
            r#"{"type":"employee.inactivated","data":{"employeeId":"7"}}"#,
            "employee.inactivated",
        ),
        (
            "bamboohr",
            r#"{"type":"employee_with_fields.updated","data":{"employeeId":"7"}}"#,
            "employee_with_fields.updated",
        ),
    ] {
        let Translation::Unknown { events, unknown } = told(name, body) else {
            panic!("{name}: {event} is known");
        };
        assert!(events.is_empty(), "{name}");
        let one = &unknown[0];
        assert_eq!(
            (one.source.as_str(), one.name.as_str(), one.described),
            (name, event, false)
        );
        assert_eq!(one.employee_id, "7".parse().ok(), "{name}");
    }
}

/// An id goes into an address: one that could leave its place is refused, and not quoted.
#[test]
fn an_id_that_is_none_is_refused() {
    for (name, body) in [
        (
            "personio",
            r#"{"event_name":"person.created","payload":{"person_id":"../1"}}"#,
        ),
        (
            "finch",
            r#"{"event_type":"individual.created","data":{"individual_id":"../1"}}"#,
        ),
        (
            "merge",
            r#"{"hook":{"event":"Employee.added"},"data":{"id":"../1"}}"#,
        ),
        (
            "gusto",
            r#"{"event_type":"employee.created","entity_uuid":"../1"}"#,
        ),
        (
            "deel",
            r#"{"data":{"meta":{"event_type":"worker.v2.updated"},"resource":{"id":"../1"}}}"#,
        ),
        ("rippling", "event_name=employee.hired&id=..%2F1"),
    ] {
        let body = body.as_bytes();
        let authentic = authenticate(name, &signed(name, body), body).unwrap();
        let refusal = source(name)
            .unwrap()
            .translate(&authentic, body)
            .unwrap_err();
        assert_eq!(refusal.status(), 422, "{name}");
        assert!(!refusal.to_string().contains(".."), "{refusal}");
    }
}

#[test]
fn workdays_columns_are_named_when_they_do_not_fit() {
    for (entry, said) in [
        (
            r#"{"Confirmed_At":"2026-11-23T07:00:00Z","Employee_ID":"1"}"#,
            "[0].Event",
        ),
        (
            r#"{"Event":"Hire","Confirmed_At":"2026-11-23T07:00:00Z"}"#,
            "[0].Employee_ID",
        ),
        (r#"{"Event":"Hire","Employee_ID":"1"}"#, "[0].Confirmed_At"),
        (r#"{"Event":"Knighted","Employee_ID":"1"}"#, "Knighted"),
    ] {
        let body = format!(r#"{{"Report_Entry":[{entry}]}}"#);
        let body = body.as_bytes();
        let authentic = authenticate("workday", &signed("workday", body), body).unwrap();
        let refusal = source("workday")
            .unwrap()
            .translate(&authentic, body)
            .unwrap_err();
        assert_eq!(refusal.status(), 422, "{refusal}");
        assert!(refusal.to_string().contains(said), "{refusal}");
    }
    let none = br#"{"Report_Entry":[]}"#;
    let authentic = authenticate("workday", &signed("workday", none), none).unwrap();
    let told = source("workday")
        .unwrap()
        .translate(&authentic, none)
        .unwrap();
    assert!(matches!(told, Translation::Nothing { .. }));
}

#[test]
fn the_delivery_id_of_an_outgoing_delivery_reaches_finchs_header() {
    let outgoing = Outgoing {
        id: "msg_7",
        sent_at: now(),
        body: BODY,
    };
    let headers = source("finch")
        .unwrap()
        .sign(&secret("finch"), &outgoing)
        .unwrap();
    assert_eq!(headers["finch-event-id"], "msg_7");
}
