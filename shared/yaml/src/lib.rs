//! YAML as Latchkey reads it, for every file that a company writes: a tree in which everything has its place.
//!
//! **A scalar keeps its own text.** `NO` is Norway, `1.10` a version and `007` an id: what a value is, is decided where
//! it is known what is wanted there, and not by how it looks. [`Scalar`] says what it could be.
//!
//! What cannot be read is said in words, on the line that is wrong, with the usual mend ([`Trouble`]).

mod build;
mod marks;
mod node;
mod trouble;

pub use build::read;
pub use marks::{Doubt, doubts};
pub use node::{Key, Meaning, Node, Place, Scalar, Style, Value};
pub use trouble::Trouble;
