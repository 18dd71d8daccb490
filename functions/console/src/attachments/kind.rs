//! What kind of file something is: by its bytes, of a short list. What a browser says of it counts for nothing, and its
//! name has to fit.

use std::fmt;

use latchkey_lifecycle::shown;

/// The most characters of a file's name that are kept.
const NAME_LENGTH: usize = 120;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pdf,
    Png,
    Jpeg,
    Text,
    Docx,
    Xlsx,
}

/// Each with its name for people, and the endings that a name of such a file has.
const KINDS: [(Kind, &str, &[&str]); 6] = [
    (Kind::Pdf, "PDF", &["pdf"]),
    (Kind::Png, "PNG picture", &["png"]),
    (Kind::Jpeg, "JPEG picture", &["jpg", "jpeg"]),
    (Kind::Text, "plain text", &["txt", "csv", "log"]),
    (Kind::Docx, "Word document", &["docx"]),
    (Kind::Xlsx, "Excel sheet", &["xlsx"]),
];

/// What is taken, for people.
pub(crate) const TAKEN: &str = "PDF, PNG, JPEG, plain text, CSV, Word (.docx) or Excel (.xlsx)";

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    Empty,
    TooLarge {
        most: usize,
    },
    Unknown,
    /// It is of a kind that is taken, and its name says another one.
    Named {
        is: &'static str,
    },
    /// An office document that can act.
    Macros,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Empty => f.write_str("has nothing in it"),
            Refused::TooLarge { most } => {
                write!(f, "is larger than {} MB", most / (1024 * 1024))
            }
            Refused::Unknown => write!(f, "is none of the files that are taken: {TAKEN}"),
            Refused::Named { is } => {
                write!(
                    f,
                    "is a file of the kind {is}, and its name does not say so: name it as what it is"
                )
            }
            Refused::Macros => f.write_str("has macros in it: save it without them, or as a PDF"),
        }
    }
}

/// A file's name as it is kept: the last part of a path, in one line, nothing of it unseen.
pub(crate) fn name_of(said: &str) -> String {
    let last = said.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = shown::line(last);
    let plain = |c: char| match c.is_control() || "\"<>|:*?;%".contains(c) {
        true => '-',
        false => c,
    };
    let name: String = name.trim().chars().map(plain).collect();
    let all = name.chars().count();
    // Of a long name the ending stays.
    let name: String = name.chars().skip(all.saturating_sub(NAME_LENGTH)).collect();
    match name.trim_matches('.') {
        "" => "file".to_owned(),
        _ => name,
    }
}

/// Looks at a file, and gives its kind for people.
///
/// # Errors
/// [`Refused`] says why it is not taken.
pub(crate) fn look_at(name: &str, bytes: &[u8], most: usize) -> Result<&'static str, Refused> {
    if bytes.is_empty() {
        return Err(Refused::Empty);
    }
    if bytes.len() > most {
        return Err(Refused::TooLarge { most });
    }
    let kind = sniffed(bytes)?;
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_ascii_lowercase());
    let known = KINDS.iter().find(|(one, ..)| *one == kind);
    let (_, is, endings) = known.ok_or(Refused::Unknown)?;
    match ending.is_some_and(|ending| endings.contains(&ending.as_str())) {
        true => Ok(is),
        false => Err(Refused::Named { is }),
    }
}

/// What the bytes are.
/// Source: the signatures of ISO 32000 (`%PDF-`), PNG (RFC 2083, 3.1), JPEG (ITU-T T.81, SOI and the next marker) and
/// ECMA-376 part 2 (a ZIP whose first parts are named so).
fn sniffed(bytes: &[u8]) -> Result<Kind, Refused> {
    match bytes {
        [b'%', b'P', b'D', b'F', b'-', ..] => Ok(Kind::Pdf),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Kind::Png),
        [0xff, 0xd8, 0xff, ..] => Ok(Kind::Jpeg),
        [b'P', b'K', 3, 4, ..] => office(bytes),
        _ => text(bytes),
    }
}

/// An office document, by the names of its parts, which stand in the open; it is never unpacked.
fn office(bytes: &[u8]) -> Result<Kind, Refused> {
    let has = |name: &str| {
        bytes
            .windows(name.len())
            .any(|part| part == name.as_bytes())
    };
    if !has("[Content_Types].xml") {
        return Err(Refused::Unknown);
    }
    if has("vbaProject.bin") {
        return Err(Refused::Macros);
    }
    match (has("word/document.xml"), has("xl/workbook.xml")) {
        (true, false) => Ok(Kind::Docx),
        (false, true) => Ok(Kind::Xlsx),
        _ => Err(Refused::Unknown),
    }
}

/// Text that a browser would not take for a page or a drawing, whoever asks it to.
fn text(bytes: &[u8]) -> Result<Kind, Refused> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refused::Unknown)?;
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    let begins = text.trim_start_matches('\u{feff}').trim_start();
    match text.chars().any(odd) || begins.starts_with('<') || begins.is_empty() {
        true => Err(Refused::Unknown),
        false => Ok(Kind::Text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 1024 * 1024;

    fn zip_of(names: &[&str]) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        names.iter().for_each(|name| bytes.extend(name.as_bytes()));
        bytes
    }

    #[test]
    fn what_is_taken_is_taken_by_its_bytes_and_its_name() {
        let docx = zip_of(&["[Content_Types].xml", "word/document.xml"]);
        let xlsx = zip_of(&["[Content_Types].xml", "xl/workbook.xml"]);
        for (name, bytes, is) in [
            ("Slip.PDF", &b"%PDF-1.7\n"[..], "PDF"),
            ("a.png", b"\x89PNG\r\n\x1a\n....", "PNG picture"),
            ("a.JPG", b"\xff\xd8\xff\xe0....", "JPEG picture"),
            ("a.txt", "S/N: Ä1".as_bytes(), "plain text"),
            ("list.csv", b"a;b\n1;2\n", "plain text"),
            ("a.docx", &docx, "Word document"),
            ("a.xlsx", &xlsx, "Excel sheet"),
        ] {
            assert_eq!(look_at(name, bytes, MOST), Ok(is), "{name}");
        }
    }

    #[test]
    fn what_only_says_that_it_is_taken_is_refused() {
        let macros = zip_of(&[
            "[Content_Types].xml",
            "word/document.xml",
            "word/vbaProject.bin",
        ]);
        let zip = zip_of(&["readme.txt"]);
        let large = vec![b'a'; MOST + 1];
        for (name, bytes, why) in [
            ("a.pdf", &b""[..], Refused::Empty),
            ("a.txt", &large, Refused::TooLarge { most: MOST }),
            ("a.pdf", b"<!doctype html><script>", Refused::Unknown),
            ("a.txt", b"\xef\xbb\xbf  <svg onload=x>", Refused::Unknown),
            ("a.svg", b"<?xml version=\"1.0\"?><svg/>", Refused::Unknown),
            ("a.exe", b"MZ\x90\0\x03", Refused::Unknown),
            ("a.txt", b"MZ\x90\0\x03", Refused::Unknown),
            ("a.zip", &zip, Refused::Unknown),
            ("a.docx", &macros, Refused::Macros),
            ("a.html", b"hello", Refused::Named { is: "plain text" }),
            ("a.png", b"%PDF-1.7", Refused::Named { is: "PDF" }),
            ("pdf", b"%PDF-1.7", Refused::Named { is: "PDF" }),
        ] {
            assert_eq!(look_at(name, bytes, MOST), Err(why), "{name}");
        }
    }

    #[test]
    fn a_name_is_the_last_part_in_one_line() {
        for (said, kept) in [
            ("C:\\fakepath\\slip.pdf", "slip.pdf"),
            ("../../etc/passwd", "passwd"),
            ("a\"b\r\nX: y.pdf", "a-b  X- y.pdf"),
            ("", "file"),
            ("..", "file"),
        ] {
            assert_eq!(name_of(said), kept, "{said:?}");
        }
        let long = format!("{}.pdf", "x".repeat(300));
        assert!(name_of(&long).ends_with(".pdf") && name_of(&long).chars().count() == 120);
    }
}
