//! Where in a payload something stands.

use serde_json::Value;

/// `data.worker.emails[0].value`, or a JSON Pointer (RFC 6901) where names have dots in them: `/data/first.name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    written: String,
    pointer: String,
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(super) fn parse(written: &str) -> Result<Path, &'static str> {
        if written.starts_with('/') {
            return Ok(Path {
                written: written.to_owned(),
                pointer: written.to_owned(),
            });
        }
        let mut pointer = String::new();
        for part in written.split('.') {
            let (name, indexes) = part
                .split_once('[')
                .map_or((part, None), |(n, i)| (n, Some(i)));
            if name.trim().is_empty() || name.contains(']') {
                return Err("a name is missing between two dots");
            }
            pointer.push('/');
            pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
            let Some(indexes) = indexes else { continue };
            let inner = indexes.strip_suffix(']').ok_or("`[` has no `]` after it")?;
            for index in inner.split("][") {
                let digits = index.bytes().all(|b| b.is_ascii_digit());
                let number: u16 = Some(index)
                    .filter(|_| digits)
                    .and_then(|index| index.parse().ok())
                    .ok_or("a number has to stand between `[` and `]`")?;
                pointer.push('/');
                pointer.push_str(&number.to_string());
            }
        }
        Ok(Path {
            written: written.to_owned(),
            pointer,
        })
    }

    /// As it is written.
    pub(super) fn written(&self) -> &str {
        &self.written
    }

    /// What stands there; null when nothing does.
    pub(super) fn of<'a>(&self, value: &'a Value) -> &'a Value {
        value.pointer(&self.pointer).unwrap_or(&Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_through_names_and_lists() {
        let payload = json!({"data": {"mails": [{"v": "a"}, {"v": "b"}], "first.name": "Ada", "grid": [[1, 2]]}});
        for (path, found) in [
            ("data.mails[1].v", json!("b")),
            ("/data/first.name", json!("Ada")),
            ("data.grid[0][1]", json!(2)),
            ("data.nobody.here", json!(null)),
            ("data.mails[9].v", json!(null)),
        ] {
            assert_eq!(*Path::parse(path).unwrap().of(&payload), found, "{path}");
        }
    }

    #[test]
    fn what_is_no_path_is_said_in_words() {
        for wrong in [
            "", "a..b", ".a", "a.", "a[", "a[x]", "a[+1]", "a[0", "[0]", "a]b",
        ] {
            assert!(Path::parse(wrong).is_err(), "{wrong}");
        }
    }
}
