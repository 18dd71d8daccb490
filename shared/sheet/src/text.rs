//! A file's bytes as text.

use crate::{About, Mistake};

/// The longest file that is read, in bytes: some 100,000 people.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// What a workbook of Excel, as any ZIP archive, begins with.
const WORKBOOK: &[u8] = b"PK\x03\x04";

/// The text of a file: UTF-8, or UTF-16 that says so by its first two bytes, as Excel's "Unicode text" does. An older
/// encoding is refused: which one it is cannot be seen, and a wrong guess spoils names.
///
/// # Errors
/// [`Mistake`] says in which line, and how to save the file.
pub fn text_of(bytes: &[u8]) -> Result<String, Mistake> {
    if bytes.len() > MAX_BYTES {
        return Err(Mistake::new(1, 1, "the file is longer than 16 MiB").about(About::File));
    }
    if bytes.starts_with(WORKBOOK) {
        let problem = "this is a workbook of Excel (.xlsx), not a CSV file: in Excel, save it as \"CSV UTF-8 (Comma delimited)\"";
        return Err(Mistake::new(1, 1, problem).about(About::File));
    }
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes)?,
        _ => utf_8(bytes)?,
    };
    if let Some((before, _)) = text.split_once('\u{fffd}') {
        let problem = "a letter of this line was lost when the file was saved: save it anew where it comes from, as \"CSV UTF-8\"";
        return Err(Mistake::new(line_after(before), 1, problem));
    }
    Ok(text)
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Mistake> {
    let cut_off = || {
        Mistake::new(
            1,
            1,
            "the file was cut off, or is no UTF-16: save it as \"CSV UTF-8\"",
        )
        .about(About::File)
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(cut_off());
    }
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16(&units).map_err(|_| cut_off())
}

fn utf_8(bytes: &[u8]) -> Result<String, Mistake> {
    let wrong = |before: &[u8], problem: &str| {
        let line = line_after(&String::from_utf8_lossy(before));
        Mistake::new(line, 1, problem).about(About::File)
    };
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let problem = "this is not text: save the file as \"CSV UTF-8\"";
        return Err(wrong(bytes.get(..at).unwrap_or_default(), problem));
    }
    str::from_utf8(bytes).map(str::to_owned).map_err(|e| {
        let problem = "this is not UTF-8, so its letters cannot be told for certain: in Excel, save the file as \"CSV UTF-8 \
                       (Comma delimited)\", not as \"CSV\" or \"CSV (Macintosh)\"";
        wrong(bytes.get(..e.valid_up_to()).unwrap_or_default(), problem)
    })
}

/// The line that comes after a text, as an editor counts: CR, LF, or both end one.
fn line_after(text: &str) -> u64 {
    let ends = text.replace("\r\n", "\n").matches(['\r', '\n']).count();
    1 + ends as u64
}
