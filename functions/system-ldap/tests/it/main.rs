//! The adapter against OpenLDAP and 389 Directory Server, and against a server that misbehaves on purpose.

#![allow(clippy::unwrap_used)]

mod by_hand;
mod conformance;
mod ds389;
mod encrypted;
mod groups;
mod leaving;
mod lists;
mod misbehaving;
mod names;
mod not_whole;
mod rights;
