//! Passwords that nobody knows: a new account needs one with some vendors, and whoever is cut off gets one with others.

use crate::{Fault, Faults};

/// Characters that need no escaping anywhere; 64 of them, so that six random bits choose one evenly.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Characters of a password, some 180 bits.
const LENGTH: usize = 30;

/// A new password, of every class of characters that a policy may ask for, as Microsoft Entra's does
/// (<https://learn.microsoft.com/entra/identity/authentication/concept-sspr-policy>); Google takes 8 to 100 characters
/// of ASCII (schema `User`). It is sent once and kept nowhere.
///
/// # Errors
/// [`Fault::Unreachable`] when this machine has no random numbers.
pub fn unknown_password(system: &(impl Faults + ?Sized)) -> Result<String, Fault> {
    let mut random = [0; LENGTH];
    getrandom::fill(&mut random).map_err(|error| {
        system.unreachable(format!(
            "this machine has no random numbers for a new password ({error})"
        ))
    })?;
    let letters = random
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 64)]));
    Ok(letters.chain(['-', 'a', 'Z', '7']).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_knows_it() {
        let (one, other) = (
            unknown_password("d").unwrap(),
            unknown_password("d").unwrap(),
        );
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
}
