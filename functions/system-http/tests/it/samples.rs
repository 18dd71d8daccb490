//! The samples' descriptions, as the runbook's check hands them on.

use std::{
    path::Path,
    sync::{Arc, LazyLock},
};

use latchkey_runbook::{Runbook, Source};
use latchkey_systems::{Fault, Secret, Settings, System, client};
use serde_json::Value;

fn source() -> Source {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runbooks/samples/http");
    Source::read_dir(&path).unwrap()
}

/// Opens the sample that describes a system, at an address of this machine.
pub(crate) fn open(
    system: &str,
    address: String,
    secret: Secret,
    page: usize,
) -> Result<Arc<dyn System>, Fault> {
    open_with(system, address, secret, page, |_| {})
}

/// The same, with something described otherwise.
pub(crate) fn open_with(
    system: &str,
    address: String,
    secret: Secret,
    page: usize,
    otherwise: impl Fn(&mut Value),
) -> Result<Arc<dyn System>, Fault> {
    static RUNBOOK: LazyLock<Runbook> = LazyLock::new(|| {
        let checked = Runbook::check(&source());
        checked.runbook.expect("a runbook in order")
    });
    let mut all = RUNBOOK.systems();
    let (_, known) = all.find(|(id, _)| id.as_str() == system).unwrap();
    let mut settings = known.settings.clone();
    settings.insert("page".to_owned(), page.into());
    otherwise(settings.get_mut("api").unwrap());
    let settings = Settings {
        name: known.name.clone(),
        kind: known.kind.clone(),
        address,
        settings,
        ..Settings::default()
    };
    system_http::open(&settings, Some(secret), client().unwrap())
}

#[test]
fn the_page_shows_the_samples() {
    let page = include_str!("../../../../docs/SYSTEMS.md");
    let block = |first: &str| {
        let (_, rest) = page.split_once(&format!("```yaml\n{first}\n")).unwrap();
        format!("{first}\n{}", rest.split_once("```").unwrap().0)
    };
    let mut files = source().files().clone();
    files.insert("jupyterhub.yaml".to_owned(), block("api: JupyterHub 6"));
    files.insert("mailman.yaml".to_owned(), block("api: Mailman 3"));
    let shown = Runbook::check(&Source::from_files(files));
    assert_eq!(shown.problems, []);
    let samples = Runbook::check(&source()).runbook.unwrap();
    for ((_, shown), (_, sample)) in shown.runbook.unwrap().systems().zip(samples.systems()) {
        assert_eq!(
            shown.settings["api"], sample.settings["api"],
            "{}",
            sample.name
        );
    }
}
