//! A first password that nobody knows.

/// A password that no one is told, as strong as a key: 128 random bits, and of every class of characters that Microsoft
/// Entra asks for (<https://learn.microsoft.com/entra/identity/authentication/concept-sspr-policy>). `None` without
/// random numbers.
pub(crate) fn unknown() -> Option<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).ok()?;
    Some(format!("Aa1-{:032x}", u128::from_ne_bytes(random)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_the_same() {
        let (one, other) = (unknown().unwrap(), unknown().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 36);
    }
}
