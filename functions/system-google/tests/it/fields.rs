//! Partial answers: the parameter `fields`, as in `nextPageToken,users(id,name)`
//! (<https://developers.google.com/workspace/admin/directory/v1/guides/performance#partial>).

use serde_json::{Map, Value};

use crate::contract::Known;

/// What is asked for, by name, and below it.
struct Mask(Vec<(String, Mask)>);

fn parse(text: &str) -> Mask {
    let (mut all, mut depth, mut from) = (Vec::new(), 0, 0);
    let mut part = |part: &str| {
        let (name, below) = part.split_once('(').unwrap_or((part, ")"));
        let below = below.strip_suffix(')').unwrap();
        let below = if below.is_empty() {
            Mask(Vec::new())
        } else {
            parse(below)
        };
        all.push((name.to_owned(), below));
    };
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                part(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    part(&text[from..]);
    Mask(all)
}

/// Of an answer only what was asked for; what the API does not have is refused.
pub(crate) fn partial(known: &Known<'_>, fields: &str, answer: Value) -> Result<Value, String> {
    keep(known, known.answer(), &parse(fields), answer)
}

fn keep(known: &Known<'_>, schema: &Value, mask: &Mask, answer: Value) -> Result<Value, String> {
    let schema = known.follow(schema);
    if let Value::Array(items) = answer {
        let items = items.into_iter();
        let kept = items.map(|item| keep(known, &schema["items"], mask, item));
        return kept.collect::<Result<_, _>>().map(Value::Array);
    }
    let mut kept = Map::new();
    for (name, below) in &mask.0 {
        let schema = &schema["properties"][name];
        if schema.is_null() {
            return Err(format!("no field `{name}`"));
        }
        let Some(value) = answer.get(name).cloned() else {
            continue;
        };
        let value = match below.0.is_empty() {
            true => value,
            false => keep(known, schema, below, value)?,
        };
        kept.insert(name.clone(), value);
    }
    Ok(Value::Object(kept))
}
