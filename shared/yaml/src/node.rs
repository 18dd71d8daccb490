//! The tree.

/// A place in a file; line and column count from 1, 0 for the file as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub value: Value,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// One word, number or text.
    Scalar(Scalar),
    /// Several values.
    List(Vec<Node>),
    /// Several values with names. A name may stand there twice.
    Map(Vec<(Key, Node)>),
}

/// A name with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Where it begins.
    pub place: Place,
    /// As it is written.
    pub name: String,
}

/// A word, number or text, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// What stands there, without quotes.
    pub text: String,
    /// How it is written.
    pub style: Style,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// In quotes, so a text whatever it looks like.
    Quoted,
    /// After `|` or `>`: a text of several lines.
    Block,
}

/// What a scalar is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Meaning<'s> {
    /// Nothing: an empty value, `~` or `null`.
    Nothing,
    /// True or false.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// A text.
    Text(&'s str),
}

impl Scalar {
    /// What it is where nothing says what is wanted: true or false, nothing, or a number where JSON would write it just
    /// so, else a text. Nothing of what is written gets lost: `1.10`, `007` and `1e3` are texts.
    pub fn meaning(&self) -> Meaning<'_> {
        let text = self.text.as_str();
        if self.is_nothing() {
            return Meaning::Nothing;
        }
        let whole = || self.whole().filter(|n| n.to_string() == text);
        let number = || self.number().filter(|n| n.to_string() == text);
        match text {
            _ if self.style != Style::Plain => Meaning::Text(text),
            "true" => Meaning::Flag(true),
            "false" => Meaning::Flag(false),
            _ => match (whole(), number()) {
                (Some(whole), _) => Meaning::Whole(whole),
                (None, Some(number)) => Meaning::Number(number),
                (None, None) => Meaning::Text(text),
            },
        }
    }

    /// Whether nothing stands there, or what YAML writes for it.
    pub fn is_nothing(&self) -> bool {
        let words = ["", "~", "null", "Null", "NULL"];
        self.style == Style::Plain && words.contains(&self.text.as_str())
    }

    /// Whether nothing stands there at all.
    pub fn is_left_out(&self) -> bool {
        self.style == Style::Plain && self.text.is_empty()
    }

    /// What it says where true or false is wanted, in the words that people have for it.
    pub fn flag(&self) -> Option<bool> {
        if self.style != Style::Plain {
            return None;
        }
        match self.text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Some(true),
            "false" | "no" | "off" | "n" => Some(false),
            _ => None,
        }
    }

    /// The number that it is where a whole number is wanted.
    pub fn whole(&self) -> Option<i64> {
        let plain = self.style == Style::Plain;
        self.text.parse().ok().filter(|_| plain)
    }

    /// The number that it is where a number is wanted.
    pub fn number(&self) -> Option<f64> {
        let digits = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-');
        let plain = self.style == Style::Plain && self.text.chars().all(digits);
        let number = self.text.parse().ok().filter(|_| plain)?;
        f64::is_finite(number).then_some(number)
    }

    /// From now on a text.
    pub fn make_text(&mut self) {
        if self.style == Style::Plain {
            self.style = Style::Quoted;
        }
    }
}

impl Value {
    /// What it is, for error texts.
    pub fn words(&self) -> &'static str {
        match self {
            Value::Scalar(scalar) => match scalar.meaning() {
                Meaning::Nothing => "nothing",
                Meaning::Flag(_) => "true or false",
                Meaning::Whole(_) | Meaning::Number(_) => "a number",
                Meaning::Text(_) => "a text",
            },
            Value::List(_) => "a list",
            Value::Map(_) => "several named values",
        }
    }

    /// The text that was meant by `{name}` without quotes, which YAML takes for named values; `None` when it is none
    /// such.
    pub fn as_unquoted_braces(&self) -> Option<String> {
        let Value::Map(entries) = self else {
            return None;
        };
        let [(key, node)] = entries.as_slice() else {
            return None;
        };
        let nothing = matches!(&node.value, Value::Scalar(scalar) if scalar.is_left_out());
        nothing.then(|| format!("{{{}}}", key.name))
    }
}

impl Node {
    /// Where something stands; of what is not there, where it should be. The whole, when even that is not there.
    pub fn place_of(&self, way: &[String]) -> Place {
        let mut place = self.place;
        let mut node = self;
        for step in way {
            let inner = match &node.value {
                Value::Map(entries) => {
                    let entry = entries.iter().find(|(key, _)| key.name == *step);
                    entry.map(|(key, value)| match value.value {
                        // What has parts begins at its name.
                        Value::Map(_) | Value::List(_) => (key.place, value),
                        Value::Scalar(_) => (value.place, value),
                    })
                }
                Value::List(all) => {
                    let item = step.parse::<usize>().ok().and_then(|n| all.get(n));
                    item.map(|item| (item.place, item))
                }
                Value::Scalar(_) => None,
            };
            let Some((at, inner)) = inner else {
                break;
            };
            (place, node) = (at, inner);
        }
        place
    }
}
