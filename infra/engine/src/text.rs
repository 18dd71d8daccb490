//! JSON text that many branches share.

use std::{fmt, ops::Deref, sync::Arc};

use serde_json::Value;

/// Compact JSON text. The items of a Map are slices of their Map's input, so that a parked branch costs a few
/// words and no copy of its input.
#[derive(Clone)]
pub(crate) struct Text {
    buffer: Arc<str>,
    start: u32,
    end: u32,
}

impl Text {
    /// The compact text of a value.
    pub(crate) fn of(value: &Value) -> Text {
        Text::from(value.to_string())
    }

    /// The part of this text that `part` is. A part from elsewhere is copied.
    pub(crate) fn slice(&self, part: &str) -> Text {
        let base = self.buffer.as_ptr() as usize;
        let offset = (part.as_ptr() as usize).wrapping_sub(base);
        let end = offset.wrapping_add(part.len());
        if offset <= end
            && end <= self.buffer.len()
            && let (Ok(start), Ok(end)) = (u32::try_from(offset), u32::try_from(end))
        {
            return Text {
                buffer: Arc::clone(&self.buffer),
                start,
                end,
            };
        }
        Text::from(part.to_owned())
    }

    /// The parsed value.
    pub(crate) fn value(&self) -> Value {
        // A Text is only ever made from a value, or cut out of one at a value's edges.
        serde_json::from_str(self).unwrap_or(Value::Null)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        Text {
            buffer: text.into(),
            start: 0,
            end,
        }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.buffer
            .get(self.start as usize..self.end as usize)
            .unwrap_or("null")
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        **self == **other
    }
}
