//! The file of an exported ledger: JSON lines. The first says what it is, the last how much there is and has a checksum
//! of all before it; each between them is an item, as DynamoDB's own exports and imports have it: `{"Item": {"pk":
//! {"S": …}, …}}`.

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use latchkey_ledger::{LedgerId, WholeItem};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::outcome::Problem;

/// The form that this version writes; it reads it and all before it.
const FORMAT: u32 = 1;
/// What the first line calls itself.
const KIND: &str = "ledger export";

/// The first line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Head {
    latchkey: String,
    format: u32,
    /// The version of Latchkey that wrote it.
    version: String,
    pub(super) ledger: LedgerId,
    pub(super) items: u64,
    pub(super) exported: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Line<T> {
    #[serde(rename = "Item")]
    item: T,
}

#[derive(Serialize, Deserialize)]
struct Foot {
    end: End,
}

#[derive(Serialize, Deserialize)]
struct End {
    items: u64,
    sha256: String,
}

/// How many items there are, and a sum over all of them in whatever order they come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) items: u64,
    sum: u128,
}

impl Tally {
    pub(super) fn add(&mut self, item: &WholeItem) -> Result<(), Problem> {
        // Attributes stand in the order of their names.
        let hash = Sha256::digest(serde_json::to_vec(item)?);
        let mut half = [0; 16];
        half.copy_from_slice(&hash[..16]);
        self.items += 1;
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(half));
        Ok(())
    }
}

/// A file that is being written, under another name until it is whole. Only its owner may read it.
pub(super) struct Writer {
    file: BufWriter<NamedTempFile>,
    sum: Sha256,
    to: PathBuf,
}

impl Writer {
    pub(super) fn new(
        to: &Path,
        ledger: LedgerId,
        items: u64,
        now: Timestamp,
    ) -> Result<Writer, Problem> {
        if to.exists() {
            return Err(Problem::new(format!(
                "{} is there already; choose another name",
                to.display()
            )));
        }
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")));
        let mut writer = Writer {
            file: BufWriter::new(file.map_err(|e| cannot(to, &e))?),
            sum: Sha256::new(),
            to: to.to_owned(),
        };
        writer.line(&Head {
            latchkey: KIND.to_owned(),
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ledger,
            items,
            exported: now,
        })?;
        Ok(writer)
    }

    pub(super) fn item(&mut self, item: &WholeItem) -> Result<(), Problem> {
        self.line(&Line { item })
    }

    fn line(&mut self, line: &impl Serialize) -> Result<(), Problem> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.sum.update(&text);
        let written = self.file.write_all(&text);
        written.map_err(|e| cannot(&self.to, &e))
    }

    /// Ends it and gives it its name. Gives its checksum.
    pub(super) fn end(mut self, items: u64) -> Result<String, Problem> {
        let sha256 = hex::encode(self.sum.clone().finalize());
        self.line(&Foot {
            end: End {
                items,
                sha256: sha256.clone(),
            },
        })?;
        let file = self.file.into_inner().map_err(|e| cannot(&self.to, &e))?;
        let synced = file.as_file().sync_all();
        synced.map_err(|e| cannot(&self.to, &e))?;
        file.persist_noclobber(&self.to)
            .map_err(|e| cannot(&self.to, &e))?;
        Ok(sha256)
    }
}

fn cannot(to: &Path, problem: &impl std::fmt::Display) -> Problem {
    Problem::new(format!("{} cannot be written: {problem}", to.display()))
}

/// A file that was read to its end and is whole.
pub(super) struct Exported {
    path: PathBuf,
    pub(super) head: Head,
    pub(super) checksum: String,
    pub(super) tally: Tally,
}

impl Exported {
    /// Reads a file to its end.
    pub(super) fn open(path: &Path) -> Result<Exported, Problem> {
        let mut lines = Lines::open(path)?;
        let head: Head = lines.head()?;
        let mut tally = Tally::default();
        loop {
            let before = hex::encode(lines.sum.clone().finalize());
            let Some(text) = lines.next_line()? else {
                return Err(lines.wrong("its end is missing: the file was cut off"));
            };
            if let Ok(Foot { end }) = serde_json::from_slice(&text) {
                if lines.next_line()?.is_some() {
                    return Err(lines.wrong("something stands behind its end"));
                }
                if end.sha256 != before || end.items != tally.items || head.items != end.items {
                    return Err(lines.wrong("it is not as it was written"));
                }
                return Ok(Exported {
                    path: path.to_owned(),
                    head,
                    checksum: before,
                    tally,
                });
            }
            tally.add(&lines.item(&text)?)?;
        }
    }

    /// Its items, once more.
    pub(super) fn items(
        &self,
    ) -> Result<impl Iterator<Item = Result<WholeItem, Problem>>, Problem> {
        let mut lines = Lines::open(&self.path)?;
        let _: Head = lines.head()?;
        let items = (0..self.tally.items).map(move |_| {
            let text = lines.next_line()?;
            lines.item(&text.unwrap_or_default())
        });
        Ok(items)
    }
}

struct Lines {
    path: PathBuf,
    file: BufReader<File>,
    sum: Sha256,
    number: u64,
}

impl Lines {
    fn open(path: &Path) -> Result<Lines, Problem> {
        let file = File::open(path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => {
                Problem::absent(format!("there is no file {}", path.display()))
            }
            _ => Problem::new(format!("{}: {e}", path.display())),
        })?;
        Ok(Lines {
            path: path.to_owned(),
            file: BufReader::new(file),
            sum: Sha256::new(),
            number: 0,
        })
    }

    fn next_line(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        let mut text = Vec::new();
        let read = self.file.read_until(b'\n', &mut text);
        let read = read.map_err(|e| self.wrong(e))?;
        self.number += 1;
        self.sum.update(&text);
        Ok((read > 0).then_some(text))
    }

    fn head(&mut self) -> Result<Head, Problem> {
        #[derive(Deserialize)]
        struct Form {
            latchkey: String,
            format: u32,
            version: String,
        }
        let text = self.next_line()?.unwrap_or_default();
        let form: Form = self.parsed(&text)?;
        if form.latchkey != KIND {
            return Err(self.wrong("this is no exported ledger"));
        }
        if form.format > FORMAT {
            return Err(self.wrong(format!(
                "Latchkey {} wrote it in a form that this version does not know; import it with that version",
                form.version
            )));
        }
        self.parsed(&text)
    }

    fn item(&self, text: &[u8]) -> Result<WholeItem, Problem> {
        let Line { item } = self.parsed::<Line<WholeItem>>(text)?;
        match item.has_key() {
            true => Ok(item),
            false => Err(self.wrong("an item without a key")),
        }
    }

    fn parsed<T: DeserializeOwned>(&self, text: &[u8]) -> Result<T, Problem> {
        serde_json::from_slice(text)
            // What the parser says of a value could quote what is known of somebody.
            .map_err(|e| {
                self.wrong(format!(
                    "no line of an exported ledger (column {})",
                    e.column()
                ))
            })
    }

    fn wrong(&self, what: impl std::fmt::Display) -> Problem {
        let (path, line) = (self.path.display(), self.number);
        Problem::new(format!("{path}:{line}: {what}. Nothing was imported"))
    }
}
