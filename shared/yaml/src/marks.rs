//! Characters that look like others, or like nothing: quotes that are none, spaces that do not break, invisible marks.

use crate::node::{Node, Place, Scalar, Style, Value};

/// Something that is most likely not meant as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Where it stands.
    pub place: Place,
    /// What stands there, and what to write.
    pub message: String,
    /// Whether nothing that was meant can come of it.
    pub certain: bool,
}

/// Texts of so many words are for people to read, who may write as their language does.
const PROSE: usize = 4;

/// A mark that is taken for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A quotation mark that YAML does not know.
    Quote,
    /// A space that is none.
    Space,
    /// Nothing is seen.
    Invisible,
}

impl Mark {
    pub(crate) fn of(c: char) -> Option<Mark> {
        match c {
            '\u{201c}'..='\u{201f}' | '\u{2018}'..='\u{201b}' | '«' | '»' | '‹' | '›' | '＂' => {
                Some(Mark::Quote)
            }
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{ad}' => Some(Mark::Invisible),
            ' ' | '\t' | '\n' | '\r' => None,
            c if c.is_whitespace() => Some(Mark::Space),
            _ => None,
        }
    }

    /// What it is and what to write instead.
    pub(crate) fn in_words(self, c: char) -> String {
        let code = u32::from(c);
        match self {
            Mark::Quote => {
                format!("`{c}` is no quotation mark of YAML: write \" at both ends")
            }
            Mark::Space if c == '\u{a0}' => {
                format!("a no-break space (U+{code:04X}) stands here: write a plain one")
            }
            Mark::Space => format!("a special space (U+{code:04X}) stands here: write a plain one"),
            Mark::Invisible => {
                format!(
                    "an invisible mark (U+{code:04X}) stands here: delete it and type the text anew"
                )
            }
        }
    }
}

/// What is doubtful in names and in short values.
pub fn doubts(root: &Node) -> Vec<Doubt> {
    let mut all = Vec::new();
    let mut rest = vec![root];
    while let Some(node) = rest.pop() {
        match &node.value {
            Value::Scalar(scalar) => all.extend(of_value(scalar, node.place)),
            Value::List(items) => rest.extend(items),
            Value::Map(entries) => {
                for (key, value) in entries {
                    all.extend(of_name(&key.name, key.place));
                    rest.push(value);
                }
            }
        }
    }
    all.sort_by_key(|doubt| doubt.place);
    all
}

/// A name is compared letter by letter.
fn of_name(name: &str, place: Place) -> Option<Doubt> {
    let begins = name.chars().next();
    let (n, c, mark) =
        marks(name).find(|(_, c, mark)| *mark != Mark::Quote || begins == Some(*c))?;
    Some(Doubt {
        place: moved(place, n),
        message: mark.in_words(c),
        certain: true,
    })
}

fn of_value(scalar: &Scalar, place: Place) -> Option<Doubt> {
    let text = scalar.text.as_str();
    let quoted = |c: Option<char>| c.and_then(Mark::of) == Some(Mark::Quote);
    if scalar.style == Style::Plain
        && quoted(text.chars().next())
        && quoted(text.chars().next_back())
    {
        let (n, c, mark) = marks(text).next()?;
        return Some(Doubt {
            place: moved(place, n),
            message: mark.in_words(c),
            certain: true,
        });
    }
    let prose = text.contains('\n') || text.split_whitespace().count() >= PROSE;
    if prose || scalar.style == Style::Block {
        return None;
    }
    let (n, c, mark) = marks(text).find(|(_, _, mark)| *mark != Mark::Quote)?;
    let quote = usize::from(scalar.style == Style::Quoted);
    Some(Doubt {
        place: moved(place, n + quote),
        message: mark.in_words(c),
        certain: false,
    })
}

/// The marks of a text, each with how many characters stand before it.
pub(crate) fn marks(text: &str) -> impl Iterator<Item = (usize, char, Mark)> {
    let all = text.chars().enumerate();
    all.filter_map(|(n, c)| Some((n, c, Mark::of(c)?)))
}

fn moved(place: Place, by: usize) -> Place {
    let by = u32::try_from(by).unwrap_or(u32::MAX);
    Place {
        column: place.column.saturating_add(by),
        ..place
    }
}
