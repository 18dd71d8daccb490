//! How a command ends.

use std::{fmt::Display, io::Read as _};

use latchkey_lifecycle::shown;
use serde::Serialize;

/// Something is not as it should be.
const NOT_AS_IT_SHOULD_BE: u8 = 1;
/// What was asked for does not exist.
const DOES_NOT_EXIST: u8 = 3;

/// Why a command did not do what it should: a text for people, and an exit status.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) text: String,
    pub(crate) status: u8,
}

impl Problem {
    pub(crate) fn new(text: impl Display) -> Problem {
        Problem {
            text: text.to_string(),
            status: NOT_AS_IT_SHOULD_BE,
        }
    }

    /// Everything was printed already.
    pub(crate) fn silent() -> Problem {
        Problem::new("")
    }

    pub(crate) fn absent(text: impl Display) -> Problem {
        Problem {
            text: text.to_string(),
            status: DOES_NOT_EXIST,
        }
    }
}

impl<E: std::error::Error> From<E> for Problem {
    fn from(error: E) -> Problem {
        Problem::new(error)
    }
}

/// What was named is not there.
pub(crate) fn no_file(path: &std::path::Path) -> Problem {
    Problem::absent(format!(
        "there is no file {}; a path begins in the folder that this is run in",
        path.display()
    ))
}

/// Reads a file, or standard input for `-`.
pub(crate) fn read(path: &std::path::Path) -> Result<String, Problem> {
    String::from_utf8(read_bytes(path)?)
        .map_err(|e| Problem::new(format!("{}: this is not UTF-8: {e}", path.display())))
}

/// Reads a file, or standard input for `-`, in whatever encoding it is.
pub(crate) fn read_bytes(path: &std::path::Path) -> Result<Vec<u8>, Problem> {
    if path == std::path::Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => no_file(path),
        _ => Problem::new(format!("{}: {e}", path.display())),
    })
}

/// Prints JSON, indented.
pub(crate) fn print_json<T: Serialize>(value: &T) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => println!("{}", shown::json(&text)),
        Err(e) => eprintln!("latchkey: the answer cannot be written as JSON: {e}"),
    }
}
