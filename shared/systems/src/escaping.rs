//! Values within addresses and filters: none can break out.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but RFC 3986's unreserved characters (section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A value as one segment of a path.
pub fn segment(value: &str) -> String {
    utf8_percent_encode(value, SEGMENT).to_string()
}

/// A value within a filter, as a JSON text: SCIM's form (RFC 7644 section 3.4.2.2), and that of vendors who took it
/// over.
pub fn quoted(value: &str) -> String {
    serde_json::Value::String(value.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_break_out() {
        assert_eq!(
            quoted(r#"a" or userName pr or "\"#),
            r#""a\" or userName pr or \"\\""#
        );
        assert_eq!(
            quoted(r#"a" or status eq "ACTIVE" or "\"#),
            r#""a\" or status eq \"ACTIVE\" or \"\\""#
        );
        assert_eq!(segment("a/../b?c"), "a%2F..%2Fb%3Fc");
        assert_eq!(segment("Größe-_.~"), "Gr%C3%B6%C3%9Fe-_.~");
    }
}
