//! Every fixture in `events/` becomes the event that it tells of.

use std::{fs, path::PathBuf};

use latchkey_hris::{Translation, source};

use crate::vendor::{authenticate, signed};

fn events(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../events")
        .join(file)
}

/// What a delivery and, where it needs one, the record behind it tell.
fn told(name: &str, file: &str) -> serde_json::Value {
    let body = fs::read(events(&format!("{name}/{file}"))).unwrap();
    let authentic = authenticate(name, &signed(name, &body), &body).unwrap();
    let mut told = source(name).unwrap().translate(&authentic, &body).unwrap();
    let mut request = None;
    if let Translation::NeedsRecord(notice) = &told {
        let stem = file.split('.').next().unwrap();
        let record = fs::read(events(&format!("{name}/records/{stem}.json"))).unwrap();
        let record = serde_json::from_slice(&record).unwrap();
        let also = notice.request.also.iter();
        let all: Vec<String> = std::iter::once(&notice.request)
            .chain(also)
            .map(|one| format!("{} {}", one.method, one.path))
            .collect();
        request = Some(all.join(", "));
        told = source(name)
            .unwrap()
            .translate_record(notice, &record)
            .unwrap();
    }
    match told {
        Translation::Events(events) => serde_json::json!({"events": events, "record": request}),
        Translation::Nothing { why } => serde_json::json!({"nothing": why}),
        Translation::Unknown { events, unknown } => {
            serde_json::json!({"unknown": unknown, "events": events})
        }
        Translation::NeedsRecord(_) => panic!("a record leads to another record"),
    }
}

macro_rules! fixtures {
    ($($test:ident: $source:literal $file:literal;)*) => { $(
        #[test]
        fn $test() {
            insta::assert_json_snapshot!(told($source, $file));
        }
    )* };
}

fixtures! {
    generic_hire: "generic" "hire.json";
    generic_transfer: "generic" "transfer.json";
    generic_exit: "generic" "exit.json";
    generic_urgent_exit: "generic" "urgent-exit.json";
    generic_incomplete_hire: "generic" "incomplete-hire.json";
    bamboohr_created: "bamboohr" "created.json";
    bamboohr_updated: "bamboohr" "updated.json";
    bamboohr_terminated: "bamboohr" "terminated.json";
    bamboohr_deleted: "bamboohr" "deleted.json";
    hibob_joined: "hibob" "joined.json";
    hibob_updated: "hibob" "updated.json";
    hibob_left: "hibob" "left.json";
    hibob_access_revoked: "hibob" "access-revoked.json";
    hibob_ping: "hibob" "ping.json";
    personio_created: "personio" "created.json";
    personio_updated: "personio" "updated.json";
    personio_terminated: "personio" "terminated.json";
    personio_deleted: "personio" "deleted.json";
    personio_absence: "personio" "absence.json";
    finch_created: "finch" "created.json";
    finch_updated: "finch" "updated.json";
    finch_left: "finch" "left.json";
    finch_deleted: "finch" "deleted.json";
    finch_reauth: "finch" "reauth.json";
    merge_added: "merge" "added.json";
    merge_changed: "merge" "changed.json";
    merge_left: "merge" "left.json";
    merge_removed: "merge" "removed.json";
    merge_synced: "merge" "synced.json";
    gusto_created: "gusto" "created.json";
    gusto_updated: "gusto" "updated.json";
    gusto_terminated: "gusto" "terminated.json";
    gusto_termination_cancelled: "gusto" "termination-cancelled.json";
    gusto_rehired: "gusto" "rehired.json";
    gusto_deleted: "gusto" "deleted.json";
    gusto_payroll: "gusto" "payroll.json";
    deel_created: "deel" "created.json";
    deel_updated: "deel" "updated.json";
    deel_left: "deel" "left.json";
    deel_deleted: "deel" "deleted.json";
    deel_contract: "deel" "contract.json";
    rippling_hired: "rippling" "hired.form";
    rippling_updated: "rippling" "updated.form";
    rippling_terminated: "rippling" "terminated.form";
    rippling_deprovisioned: "rippling" "deprovisioned.form";
    rippling_leave_request: "rippling" "leave-request.form";
    workday_hire: "workday" "hire.json";
    workday_termination: "workday" "termination.json";
    workday_several: "workday" "several.json";
}

#[test]
fn the_schema_beside_the_samples_is_current() {
    let committed = fs::read(events("generic/schema.json")).unwrap();
    let committed: serde_json::Value = serde_json::from_slice(&committed).unwrap();
    assert_eq!(
        committed,
        latchkey_hris::generic_schema(),
        "run: cargo run -p latchkey-hris --example generic_schema"
    );
}
