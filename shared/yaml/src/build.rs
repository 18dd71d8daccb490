//! From a parser's events to the tree.

use std::collections::HashMap;

use granit_parser::{Event, Marker, Options, Parser, ScalarStyle, Span, Tag};

use crate::{
    node::{Key, Node, Place, Scalar, Style, Value},
    trouble::{Trouble, explain},
};

/// Deeper than any file is that people write.
const DEEPEST: usize = 64;
/// More values than any file has that people write; repetitions by `*name` count, so that few lines do not become
/// millions.
const MOST: usize = 200_000;

/// A place as people count.
pub(crate) fn place(marker: Marker) -> Place {
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Place {
        line: small(marker.line()),
        column: small(marker.col()).saturating_add(1),
    }
}

/// Reads a file.
///
/// # Errors
/// Where and why it is not YAML, or more than a file of ours can be.
pub fn read(text: &str) -> Result<Node, Trouble> {
    let mut options = Options::default();
    options.flow_nesting_limit = DEEPEST;
    options.block_nesting_limit = DEEPEST;
    let mut builder = Builder::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| explain(text, &error))?;
        builder.take(event, span)?;
    }
    Ok(builder.root.unwrap_or(Node {
        place: Place { line: 1, column: 1 },
        value: Value::Scalar(plain("")),
    }))
}

fn plain(text: &str) -> Scalar {
    Scalar {
        text: text.to_owned(),
        style: Style::Plain,
    }
}

/// A list or a map under way.
struct Open {
    place: Place,
    anchor: usize,
    parts: Parts,
    height: usize,
    size: usize,
}

enum Parts {
    List(Vec<Node>),
    Map(Vec<(Key, Node)>, Option<Key>),
}

/// A value that is complete, with how deep it is and how many values it has.
#[derive(Clone)]
struct Done {
    node: Node,
    height: usize,
    size: usize,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    named: HashMap<usize, Done>,
    root: Option<Node>,
    documents: usize,
    size: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Trouble> {
        let at = place(span.start);
        let tag_at = span.tag_span().map_or(at, |tag| place(tag.start));
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let message = "a second document begins here, after `---`; a file has one";
                    return Err(Trouble::new(at, message));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let style = match (style, tagged(tag.as_deref(), tag_at)?) {
                    (ScalarStyle::Plain, Tagged::Text) => Style::Quoted,
                    (ScalarStyle::Plain, _) => Style::Plain,
                    (ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted, _) => Style::Quoted,
                    (ScalarStyle::Literal | ScalarStyle::Folded, _) => Style::Block,
                };
                // What is left out comes as `~`.
                let left_out = span.is_empty() && style == Style::Plain;
                let text = if left_out {
                    String::new()
                } else {
                    text.into_owned()
                };
                let value = Value::Scalar(Scalar { text, style });
                self.scalar(at, anchor, value)?;
            }
            Event::Alias(anchor) => {
                let Some(mut done) = self.named.get(&anchor).cloned() else {
                    let message = "what is repeated here contains itself";
                    return Err(Trouble::new(at, message));
                };
                done.node.place = at;
                self.put(done)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                tagged(tag.as_deref(), tag_at)?;
                self.begin(at, anchor, Parts::List(Vec::new()));
            }
            Event::MappingStart(_, anchor, tag) => {
                tagged(tag.as_deref(), tag_at)?;
                self.begin(at, anchor, Parts::Map(Vec::new(), None));
            }
            Event::SequenceEnd | Event::MappingEnd => self.end()?,
            _ => {}
        }
        Ok(())
    }

    fn scalar(&mut self, at: Place, anchor: usize, value: Value) -> Result<(), Trouble> {
        let done = Done {
            node: Node { place: at, value },
            height: 1,
            size: 1,
        };
        self.keep(anchor, &done);
        self.put(done)
    }

    fn begin(&mut self, place: Place, anchor: usize, parts: Parts) {
        self.open.push(Open {
            place,
            anchor,
            parts,
            height: 1,
            size: 1,
        });
    }

    fn end(&mut self) -> Result<(), Trouble> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = match open.parts {
            Parts::List(items) => Value::List(items),
            Parts::Map(entries, _) => Value::Map(merged(entries)),
        };
        let done = Done {
            node: Node {
                place: open.place,
                value,
            },
            height: open.height,
            size: open.size,
        };
        self.keep(open.anchor, &done);
        self.put(done)
    }

    fn keep(&mut self, anchor: usize, done: &Done) {
        if anchor != 0 {
            self.named.insert(anchor, done.clone());
        }
    }

    /// Puts a value where it belongs.
    fn put(&mut self, done: Done) -> Result<(), Trouble> {
        let Done { node, height, size } = done;
        let place = node.place;
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.height = open.height.max(height + 1);
        open.size += size;
        if open.height + self.open.len() > 2 * DEEPEST {
            return Err(Trouble::new(
                place,
                "this is nested deeper than a file can be",
            ));
        }
        self.size += size;
        if self.size > MOST {
            let message = format!("with this the file has more than {MOST} values");
            return Err(Trouble::new(place, message));
        }
        let Some(open) = self.open.last_mut() else {
            return Ok(());
        };
        match &mut open.parts {
            Parts::List(items) => items.push(node),
            Parts::Map(entries, name) => match (name.take(), node.value) {
                (Some(key), value) => entries.push((key, Node { place, value })),
                (None, Value::Scalar(scalar)) => {
                    *name = Some(Key {
                        place,
                        name: scalar.text,
                    });
                }
                (None, other) => {
                    let message = format!(
                        "{} cannot be a name; a text that begins with `{{` or `[` needs quotes",
                        other.words()
                    );
                    return Err(Trouble::new(place, message));
                }
            },
        }
        Ok(())
    }
}

/// What a tag makes of a scalar.
enum Tagged {
    Text,
    Nothing,
}

fn tagged(tag: Option<&Tag>, at: Place) -> Result<Tagged, Trouble> {
    match tag {
        None => Ok(Tagged::Nothing),
        Some(tag) if tag.is_yaml_core_schema_tag("str") => Ok(Tagged::Text),
        Some(tag) if tag.is_yaml_core_schema() => Ok(Tagged::Nothing),
        Some(tag) => {
            let message = format!(
                "`{}` is nothing that is known here; a text that begins with `!` needs quotes",
                tag.original()
            );
            Err(Trouble::new(at, message))
        }
    }
}

/// `<<: *name` puts in what stands there, except for names that the map has itself.
fn merged(entries: Vec<(Key, Node)>) -> Vec<(Key, Node)> {
    let (merges, mut own): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .partition(|(key, node)| key.name == "<<" && !matches!(node.value, Value::Scalar(_)));
    for (_, node) in merges {
        let maps = match node.value {
            Value::List(items) => items,
            value => vec![Node { value, ..node }],
        };
        for map in maps {
            let Value::Map(entries) = map.value else {
                continue;
            };
            for (key, value) in entries {
                if own.iter().all(|(known, _)| known.name != key.name) {
                    own.push((key, value));
                }
            }
        }
    }
    own
}
