//! The team that is asked by e-mail: it opens the link and answers, as soon as Latchkey runs.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::interval;

use crate::company::ASKED;

/// Looks into the outbox for ever, and answers what is asked. A letter that asks for help with a system or the workflow
/// is a failure: nothing is wrong here but that a process is killed.
pub(crate) async fn answer_letters(outbox: PathBuf) {
    answer_letters_at(outbox, None).await
}

/// The same, at the Latchkey of another port than the letters name.
pub(crate) async fn answer_letters_at(outbox: PathBuf, port: Option<u16>) {
    let client = reqwest::Client::new();
    let mut answered = BTreeSet::new();
    let mut look = interval(Duration::from_millis(200));
    loop {
        look.tick().await;
        for (path, text) in letters(&outbox, &answered) {
            let links = links(&text);
            if links.is_empty() {
                assert!(!text.contains("needs an operator"), "{text}");
                continue;
            }
            assert!(text.contains(ASKED), "{text}");
            let mut all = true;
            for link in links {
                all &= answer(&client, link, port).await;
            }
            if all {
                answered.insert(path);
            }
        }
    }
}

/// Whether what a link asks is answered now.
async fn answer(client: &reqwest::Client, link: &str, port: Option<u16>) -> bool {
    let form = [("answer", "done"), ("by", "Somebody of HR")];
    let link = match (port, link.find("/tasks/")) {
        (Some(port), Some(path)) => format!("http://127.0.0.1:{port}{}", &link[path..]),
        _ => link.to_owned(),
    };
    let Ok(answer) = client.post(&link).form(&form).send().await else {
        // It is down.
        return false;
    };
    match answer.status().as_u16() {
        // The answer was taken, or has been: the first time nobody heard the thanks.
        200 | 410 => true,
        500..=599 => false,
        status => panic!("{link} answers {status}"),
    }
}

/// The letters that have not been answered.
fn letters(outbox: &Path, answered: &BTreeSet<PathBuf>) -> Vec<(PathBuf, String)> {
    let files = std::fs::read_dir(outbox).into_iter().flatten();
    let paths = files.map(|file| file.unwrap().path());
    let open = paths.filter(|path| !answered.contains(path));
    open.filter_map(|path| {
        // One that is being written has another name until it is whole.
        let text = std::fs::read_to_string(&path).ok()?;
        // Quoted-printable (RFC 2045 section 6.7), as far as a link has it.
        let text = text.replace("=\r\n", "").replace("=3D", "=");
        Some((path, text))
    })
    .collect()
}

/// A letter that asks several things has several.
fn links(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| line.starts_with("http") && line.contains("/tasks/"))
        .collect()
}
