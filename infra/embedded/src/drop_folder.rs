//! A folder that stands for the bucket on AWS: a CSV file of people that somebody puts there is taken in and moved
//! away.

use std::{
    collections::HashMap,
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use drop::{Deps, Dropped, Outcome};
use jiff::Timestamp;
use latchkey_runtime::Failure;

use crate::private;

/// Below it, what was taken in, and what was not, with a text that says why.
const TAKEN: &str = "taken";
const REFUSED: &str = "refused";

/// How files end that are looked at: CSV, and what spreadsheet programs write when nobody asks for CSV.
const ENDS: [&str; 6] = ["csv", "xlsx", "xlsm", "xls", "ods", "numbers"];

/// The folder.
#[derive(Debug)]
pub struct DropFolder {
    path: PathBuf,
    /// What was there at the last look. A file that is still being written changes between two looks.
    seen: HashMap<PathBuf, Seen>,
}

type Seen = (u64, Option<SystemTime>);

/// A file was not taken in; it stays where it is, and the next look tries again.
#[derive(Debug, thiserror::Error)]
pub enum DropError {
    /// The machine refuses.
    #[error("{path}: {problem}")]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// What the machine says.
        problem: io::Error,
    },
    /// Ledger or letters.
    #[error(transparent)]
    Failure(#[from] Failure),
}

fn refuses(path: &Path) -> impl FnOnce(io::Error) -> DropError + use<> {
    let path = path.to_owned();
    move |problem| DropError::File { path, problem }
}

impl DropFolder {
    /// Makes the folder where it is not there yet.
    ///
    /// # Errors
    /// [`DropError::File`] when it cannot be made.
    pub fn open(path: &Path) -> Result<DropFolder, DropError> {
        for folder in [TAKEN, REFUSED] {
            let folder = path.join(folder);
            private::folder(&folder).map_err(refuses(&folder))?;
        }
        Ok(DropFolder {
            path: path.to_owned(),
            seen: HashMap::new(),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes in every file that is as it was at the last look. Gives each file's name and what became of it.
    ///
    /// # Errors
    /// [`DropError`] of the folder itself; what is wrong with a file is in the result.
    pub async fn look(
        &mut self,
        deps: &Deps<'_>,
        now: Timestamp,
    ) -> Result<Vec<(String, Result<Outcome, DropError>)>, DropError> {
        let mut here = HashMap::new();
        let mut done = Vec::new();
        for (path, is) in self.files()? {
            if self.seen.get(&path) != Some(&is) {
                here.insert(path, is);
                continue;
            }
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let outcome = self.take(deps, &path, &name, now).await;
            if outcome.is_err() {
                here.insert(path, is);
            }
            done.push((name, outcome));
        }
        self.seen = here;
        Ok(done)
    }

    /// The files that lie here and are CSV, or what HR may take for it, by name. What is no CSV is refused in words.
    fn files(&self) -> Result<Vec<(PathBuf, Seen)>, DropError> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(refuses(&self.path))? {
            let path = entry.map_err(refuses(&self.path))?.path();
            let is_one = path.extension().is_some_and(|end| {
                let mut ends = ENDS.iter();
                ends.any(|known| end.eq_ignore_ascii_case(known))
            });
            // Excel keeps `~$NAME` beside a file that it has open.
            let hidden = path.file_name().is_some_and(|name| {
                let name = name.as_encoded_bytes();
                name.starts_with(b".") || name.starts_with(b"~$")
            });
            // One that is gone since it was listed is no mistake.
            let Some(about) = fs::metadata(&path).ok().filter(|_| is_one && !hidden) else {
                continue;
            };
            if about.is_file() {
                files.push((path, (about.len(), about.modified().ok())));
            }
        }
        files.sort();
        Ok(files)
    }

    async fn take(
        &self,
        deps: &Deps<'_>,
        path: &Path,
        name: &str,
        now: Timestamp,
    ) -> Result<Outcome, DropError> {
        let file = Dropped {
            name: name.to_owned(),
            at: now,
            bytes: read(path).map_err(refuses(path))?,
        };
        let outcome = drop::take(deps, &file).await?;
        // Whoever cleared the folder may have cleared those, too.
        for below in [TAKEN, REFUSED] {
            let below = self.path.join(below);
            private::folder(&below).map_err(refuses(&below))?;
        }
        let stamped = format!("{}-{name}", now.strftime("%Y%m%dT%H%M%SZ"));
        let to = match &outcome {
            Outcome::Taken(_) => self.path.join(TAKEN).join(stamped),
            Outcome::Refused(mistakes) => {
                let to = self.path.join(REFUSED).join(stamped);
                let lines = mistakes
                    .iter()
                    .map(|m| format!("{name}:{}:{}: {}\n", m.line, m.column, m.text));
                let mut why = to.clone().into_os_string();
                why.push(".txt");
                let why = PathBuf::from(why);
                private::write(&why, lines.collect::<String>()).map_err(refuses(&why))?;
                to
            }
        };
        fs::rename(path, &to).map_err(refuses(&to))?;
        Ok(outcome)
    }
}

/// A file's contents, as far as it takes to see that it is too long.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = drop::MAX_BYTES as u64 + 1;
    fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workbook_is_looked_at_so_that_it_can_be_refused_in_words() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["a.csv", "b.XLSX", "~$b.xlsx", ".c.csv", "d.txt", "e.part"] {
            fs::write(directory.path().join(name), "PK\u{3}\u{4}\0").unwrap();
        }
        let folder = DropFolder::open(directory.path()).unwrap();
        let files = folder.files().unwrap();
        let names = files
            .iter()
            .map(|(path, _)| path.file_name().unwrap().to_string_lossy());
        assert_eq!(names.collect::<Vec<_>>(), ["a.csv", "b.XLSX"]);
    }
}
