//! Behaviour tests of the whole product.
