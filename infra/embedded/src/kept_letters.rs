//! Letters tell of people, so they go when they are old enough.

use std::{
    fs, io,
    path::Path,
    time::{Duration, SystemTime},
};

/// Deletes the letters in an outbox that were written longer ago than `keep`; gives how many. Other files in the
/// folder, and folders below it, are left alone.
///
/// # Errors
/// What the machine says when the folder cannot be read, or a letter cannot be deleted.
pub fn drop_old_letters(outbox: &Path, keep: Duration, now: SystemTime) -> io::Result<usize> {
    let mut dropped = 0;
    for entry in fs::read_dir(outbox)? {
        let entry = entry?;
        let path = entry.path();
        let about = entry.metadata()?;
        // A letter's name begins with its number or its day.
        let name = entry.file_name();
        let numbered = name
            .as_encoded_bytes()
            .first()
            .is_some_and(u8::is_ascii_digit);
        let letter = numbered && path.extension().is_some_and(|end| end == "eml");
        let age = now.duration_since(about.modified()?).unwrap_or_default();
        if about.is_file() && letter && age >= keep {
            fs::remove_file(&path)?;
            dropped += 1;
        }
    }
    Ok(dropped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_letters_go_and_what_is_not_a_letter_stays() {
        let directory = tempfile::tempdir().unwrap();
        let outbox = directory.path();
        fs::create_dir(outbox.join("00004-kept.eml")).unwrap();
        let now = SystemTime::now();
        let days = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
        for (name, age) in [
            ("00001-it-old.eml", 40),
            ("00002-it-young.eml", 20),
            ("notes.txt", 400),
            ("mine.eml", 400),
            ("00003-it-old.eml.txt", 400),
        ] {
            let file = fs::File::create(outbox.join(name)).unwrap();
            file.set_modified(now - days(age)).unwrap();
        }
        assert_eq!(drop_old_letters(outbox, days(30), now).unwrap(), 1);
        let mut left: Vec<String> = fs::read_dir(outbox)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(
            left,
            [
                "00002-it-young.eml",
                "00003-it-old.eml.txt",
                "00004-kept.eml",
                "mine.eml",
                "notes.txt"
            ]
        );
        // A folder that vanished is told.
        let gone = drop_old_letters(&outbox.join("nowhere"), days(30), now);
        assert_eq!(gone.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
