//! Who somebody is: sessions behind a cookie, and links to sign in with.

mod admit;
mod cookie;
mod link;
mod pages;
mod signed;

pub(crate) use admit::{admit, not_of_the_team, out_of_order};
pub(crate) use cookie::Secret;
pub(crate) use link::name_of;
pub use link::{LINK_GOOD_FOR, LinkRefused, sign_in_link};
pub(crate) use pages::{offer, out, out_everywhere, show, take};
pub(crate) use signed::{By, Signed};
