//! Passwords as Active Directory takes them.

/// A password between quotation marks, in UTF-16, the low byte first (MS-ADTS 3.1.1.3.1.5.1).
pub(crate) fn unicode(password: &str) -> Vec<u8> {
    let quoted = format!("\"{password}\"");
    quoted.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn active_directory_takes_it_in_its_own_form() {
        assert_eq!(
            unicode("new"),
            [0x22, 0, 0x6e, 0, 0x65, 0, 0x77, 0, 0x22, 0]
        );
    }
}
