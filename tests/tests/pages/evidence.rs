//! Files and links as evidence: added to a task in its form, refused in words at their place, and given to whoever may
//! see the task, as a download and as nothing else.

use latchkey_tests::{Answers, Rehearsal, form_of};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    browser::{Browser, company},
    tasks::{laptop, question, shows},
};

const ADA: &str = "ada.king@acme.example";
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj\n";

#[tokio::test]
async fn a_file_stays_with_its_task_and_is_given_as_a_download() {
    let mut rehearsal = company().await;
    let (hire, path) = laptop(&mut rehearsal).await;
    let mut ada = Browser::of(&rehearsal, ADA).await;
    let page = ada.get(&path).await;
    shows(
        &page.text,
        &["up to 5 MB at a time", r#"enctype="multipart/form-data""#],
    );
    let asked = question(&page);
    let half = [
        ("answer", "keep"),
        ("question", asked.as_str()),
        ("link", "https://tickets.acme.example/4711"),
    ];
    let kept = ada
        .post_files(
            &path,
            &half,
            &[("Übergabe.pdf", PDF), ("list.csv", b"a;b\n")],
        )
        .await;
    assert_eq!(kept.status, 303, "{}", kept.text);
    let page = ada.get(&path).await.text;
    shows(
        &page,
        &[
            "Übergabe.pdf",
            "list.csv",
            "https://tickets.acme.example/4711",
        ],
    );
    let sum = console::sha256(PDF);
    let trail = rehearsal.everything(&hire).await;
    shows(
        &trail,
        &["Ada King added the file Übergabe.pdf (PDF).", &sum],
    );
    // The same again is the same file.
    let again = ada.post_files(&path, &half, &[("Übergabe.pdf", PDF)]).await;
    assert_eq!(again.status, 303);
    let words = rehearsal.recorded(&hire, Some("laptop")).await;
    assert_eq!(
        words.iter().filter(|word| *word == "attached").count(),
        2,
        "{words:?}"
    );

    let file = format!("{path}/files/{sum}");
    let (status, headers, bytes) = ada.download(&file).await;
    assert_eq!((status, bytes.as_slice()), (200, PDF));
    let has = |name: &str, part: &str| headers.iter().any(|(n, v)| n == name && v.contains(part));
    assert!(
        has(
            "content-disposition",
            "attachment; filename=\"_bergabe.pdf\""
        ),
        "{headers:?}"
    );
    assert!(
        has("content-disposition", "filename*=UTF-8''%C3%9Cbergabe.pdf"),
        "{headers:?}"
    );
    assert!(
        has("content-type", "application/octet-stream"),
        "{headers:?}"
    );
    assert!(has("x-content-type-options", "nosniff"), "{headers:?}");
    assert!(has("content-security-policy", "sandbox"), "{headers:?}");

    given_to_whoever_may_read(&rehearsal, &path, &file).await;
    // Changed where it is kept, it is not given.
    let kept = rehearsal.stack.attached(&hire, &sum).unwrap();
    std::fs::write(&kept, b"%PDF-1.7 another").unwrap();
    assert_eq!(ada.download(&file).await.0, 410);
}

async fn given_to_whoever_may_read(rehearsal: &Rehearsal, path: &str, file: &str) {
    let mut ada = Browser::of(rehearsal, ADA).await;
    // An auditor may see it; a team with a task of the case may not, nor whoever has not signed in.
    let mut eva = Browser::of(rehearsal, "eva.lind@acme.example").await;
    assert_eq!(eva.download(file).await.0, 200);
    let mut greta = Browser::of(rehearsal, "greta.olsen@acme.example").await;
    assert_eq!(greta.download(file).await.0, 403);
    assert!(!greta.get(path).await.text.contains("bergabe.pdf"));
    let nobody = Browser::of_nobody(rehearsal).download(file).await;
    assert_ne!(nobody.0, 200);
    assert!(!nobody.2.starts_with(b"%PDF"));
    for other in [
        console::sha256(b"another"),
        "..%2F..%2Fledger.sqlite".to_owned(),
    ] {
        assert_eq!(
            ada.download(&format!("{path}/files/{other}")).await.0,
            404,
            "{other}"
        );
    }
}

#[tokio::test]
async fn a_file_that_is_not_what_it_says_is_refused_at_its_place() {
    let mut rehearsal = company().await;
    let (hire, path) = laptop(&mut rehearsal).await;
    let mut ada = Browser::of(&rehearsal, ADA).await;
    let asked = question(&ada.get(&path).await);
    let before = rehearsal.everything(&hire).await;
    let half = [
        ("answer", "keep"),
        ("question", asked.as_str()),
        ("note", "kept as typed"),
    ];
    let large = vec![b'a'; console::MOST_BYTES + 1];
    for (name, bytes, why) in [
        (
            "slip.pdf",
            &b"<!doctype html><script>alert(1)</script>"[..],
            "is none of the files that are taken",
        ),
        (
            "logo.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "is none of the files that are taken",
        ),
        ("slip.pdf", b"", "has nothing in it"),
        ("slip.txt", &large, "is larger than 5 MB"),
        ("slip.png", PDF, "is a file of the kind PDF"),
    ] {
        let refused = ada.post_files(&path, &half, &[(name, bytes)]).await;
        assert_eq!(refused.status, 422, "{name}: {}", refused.text);
        shows(
            &refused.text,
            &[
                why,
                r##"href="#file""##,
                "kept as typed",
                &format!("“{name}”"),
            ],
        );
    }
    // All of a form is refused, also what alone would be taken; so is a form that is too long as a whole.
    let two: [(&str, &[u8]); 2] = [("a.pdf", PDF), ("b.pdf", b"<html>")];
    assert_eq!(ada.post_files(&path, &half, &two).await.status, 422);
    let much = vec![b'a'; 2 * console::MOST_BYTES];
    let refused = ada.post_files(&path, &half, &[("a.txt", &much)]).await;
    assert_eq!(refused.status, 413);
    shows(&refused.text, &["Files are 5 MB at most at a time"]);
    let script = [
        ("answer", "keep"),
        ("question", asked.as_str()),
        ("link", "javascript:alert(1)"),
    ];
    let refused = ada.post(&path, &script).await;
    assert_eq!(refused.status, 422);
    shows(&refused.text, &["is no link", r##"href="#link""##]);
    assert_eq!(rehearsal.everything(&hire).await, before);
    // Who has no say in it adds nothing.
    let mut greta = Browser::of(&rehearsal, "greta.olsen@acme.example").await;
    assert_eq!(
        greta
            .post_files(&path, &half, &[("a.pdf", PDF)])
            .await
            .status,
        403
    );
    assert_eq!(rehearsal.everything(&hire).await, before);
}

#[tokio::test]
async fn files_go_along_with_an_answer_by_a_letters_link() {
    let mut rehearsal = company().await;
    let (hire, _) = laptop(&mut rehearsal).await;
    let letter = rehearsal.letters_about("Prepare the laptop")[0].clone();
    let asked = rehearsal.question_of(&letter).unwrap();
    let link = rehearsal.stack.links.path(&asked);
    let mut nobody = Browser::of_nobody(&rehearsal);
    let task = rehearsal.task(&hire, "laptop").await;
    let before = rehearsal.everything(&hire).await;
    // Without an answer that counts nothing is kept.
    let unsigned = [("answer", "done"), ("by", "")];
    let refused = nobody.post_files(&link, &unsigned, &[("a.pdf", PDF)]).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert_eq!(rehearsal.everything(&hire).await, before);
    let done = form_of(&task, "done");
    let done: Vec<(&str, &str)> = done.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answered = nobody.post_files(&link, &done, &[("a.pdf", PDF)]).await;
    assert_eq!(answered.status, 200, "{}", answered.text);
    let said = "Whoever had the link sent to it@acme.example, calling themselves Somebody in it, added the file a.pdf (PDF).";
    shows(&rehearsal.everything(&hire).await, &[said]);
    let later = rehearsal.later(1);
    rehearsal.play(&mut Answers::none(), Some(later)).await;
    let mut ada = Browser::of(&rehearsal, ADA).await;
    let page = ada.get(&format!("/cases/{hire}/tasks/laptop")).await.text;
    shows(&page, &["a.pdf", "verified"]);
}

/// Large forms that the server has begun to read, of whoever sends nothing more, with these headers.
async fn slow_forms(rehearsal: &Rehearsal, path: &str, headers: &str) -> Vec<TcpStream> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n\
         Content-Length: 300000\r\nExpect: 100-continue\r\n{headers}\r\n"
    );
    let mut forms = Vec::new();
    for _ in 0..16 {
        let mut form = TcpStream::connect(rehearsal.stack.address).await.unwrap();
        form.write_all(head.as_bytes()).await.unwrap();
        forms.push(form);
    }
    // Said when the body is first asked for (RFC 9110 section 10.1.1).
    let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
    for form in &mut forms {
        let mut said = [0; 25];
        form.read_exact(&mut said).await.unwrap();
        assert_eq!(&said, go_on);
    }
    forms
}

#[tokio::test]
async fn whoever_is_nobody_here_keeps_no_place_from_those_who_add_files() {
    let mut rehearsal = company().await;
    let (_, path) = laptop(&mut rehearsal).await;
    let letter = rehearsal.letters_about("Prepare the laptop")[0].clone();
    let link = rehearsal.question_of(&letter).unwrap();
    let link = rehearsal.stack.links.path(&link);
    let forged = format!("{}A", link.trim_end_matches(|c: char| c != '.'));
    let made_up = "A".repeat(43);
    let cookie = format!("Cookie: __Host-latchkey=YQ.{made_up}\r\nSec-Fetch-Site: same-origin\r\n");
    let mut ada = Browser::of(&rehearsal, ADA).await;
    let asked = question(&ada.get(&path).await);
    let _slow = [
        slow_forms(&rehearsal, "/tasks/a/b/c", "").await,
        slow_forms(&rehearsal, &forged, "").await,
        slow_forms(&rehearsal, &path, &cookie).await,
        slow_forms(&rehearsal, "/import", &cookie).await,
    ];
    let half = [("answer", "keep"), ("question", asked.as_str())];
    let large = vec![b'a'; 300_000];
    let kept = ada.post_files(&path, &half, &[("a.txt", &large)]).await;
    assert_eq!(kept.status, 303, "{}", kept.text);
    // By a letter's link, too: without an answer nothing is kept, and the page says so.
    let mut nobody = Browser::of_nobody(&rehearsal);
    let unsigned = [("answer", "done"), ("by", "")];
    let read = nobody
        .post_files(&link, &unsigned, &[("a.txt", &large)])
        .await;
    assert_eq!(read.status, 422, "{}", read.text);
    // Whoever is not signed in any more hears it, and of a link that is none of ours nothing is said.
    let out = nobody.post_files(&path, &half, &[("a.txt", &large)]).await;
    assert_eq!(out.status, 401);
    shows(&out.text, &["You are not signed in any more"]);
    let gone = nobody
        .post_files(&forged, &half, &[("a.txt", &large)])
        .await;
    assert_eq!(gone.status, 404);
}
