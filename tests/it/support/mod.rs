//! What the stories stand on: scratch places and builders.

pub(crate) mod store;
