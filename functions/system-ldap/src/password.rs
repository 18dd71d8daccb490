//! Passwords that nobody knows.

use latchkey_systems::Fault;

/// Characters that need no escaping anywhere; 64 of them, so that six random bits choose one evenly.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Characters of a password, some 180 bits.
const LENGTH: usize = 30;

/// A new password. It is sent once and kept nowhere.
///
/// # Errors
/// [`Fault::Unreachable`] when this machine has no random numbers.
pub(crate) fn unknown(system: &str) -> Result<String, Fault> {
    let mut random = [0; LENGTH];
    getrandom::fill(&mut random).map_err(|error| Fault::Unreachable {
        system: system.to_owned(),
        problem: format!("this machine has no random numbers for a new password ({error})"),
    })?;
    let letters = random
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 64)]));
    // One of each class that a policy may ask for.
    Ok(letters.chain(['-', 'a', 'Z', '7']).collect())
}

/// As Active Directory takes it: between quotation marks, in UTF-16, the low byte first (MS-ADTS 3.1.1.3.1.5.1).
pub(crate) fn unicode(password: &str) -> Vec<u8> {
    let quoted = format!("\"{password}\"");
    quoted.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_knows_it() {
        let (one, other) = (unknown("d").unwrap(), unknown("d").unwrap());
        assert_ne!(one, other);
        assert!(one.len() >= 30, "{}", one.len());
        for class in [
            char::is_uppercase as fn(char) -> bool,
            char::is_lowercase,
            char::is_numeric,
        ] {
            assert!(one.contains(class));
        }
        assert!(one.contains(|c: char| !c.is_alphanumeric()));
    }

    #[test]
    fn active_directory_takes_it_in_its_own_form() {
        assert_eq!(
            unicode("new"),
            [0x22, 0, 0x6e, 0, 0x65, 0, 0x77, 0, 0x22, 0]
        );
    }
}
