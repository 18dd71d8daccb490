//! What is known to be all there is. An answer that may be a part proves nothing: neither that somebody has no account,
//! nor that an account has nothing.

/// Something that is known to be all of it.
///
/// It comes from a list that was read to its end ([`Leafing`](crate::Leafing)), from a question about one thing by its
/// own id or name, or from an answer that has no pages. Nothing else makes one, so that a kind says where its knowledge
/// comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "what is whole is known to be so for a reason: pass it on"]
pub struct Whole<T = ()>(T);

impl<T> Whole<T> {
    /// The answer to a question about one thing, by the id or name that only it has: there it is, or it is not there.
    pub fn asked_for_itself(answer: T) -> Whole<T> {
        Whole(answer)
    }

    /// The answer of a protocol that has no pages, or that says so when an answer is a part: a statement of SQL, a
    /// search of LDAP that ends with success, an object that carries a list of its own.
    pub fn in_one_answer(answer: T) -> Whole<T> {
        Whole(answer)
    }

    /// What it is takes this, too.
    pub fn and(self, _further: Whole) -> Whole<T> {
        self
    }

    /// The same knowledge, as something else.
    pub fn map<U>(self, to: impl FnOnce(T) -> U) -> Whole<U> {
        Whole(to(self.0))
    }

    /// The same knowledge, of a reference.
    pub fn as_ref(&self) -> Whole<&T> {
        Whole(&self.0)
    }

    /// What it is.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// What it is, without the knowledge that it is whole.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Whole<Option<T>> {
    /// The thing, where it is there; else the knowledge that it is not.
    ///
    /// # Errors
    /// That it is not there.
    pub fn there(self) -> Result<Whole<T>, Whole> {
        self.0.map(Whole).ok_or(Whole(()))
    }
}
