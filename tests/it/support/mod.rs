//! What the stories stand on: scratch places and builders.

pub(crate) mod answer;
pub(crate) mod app;
pub(crate) mod browser;
pub(crate) mod certificate;
pub(crate) mod client;
pub(crate) mod form;
pub(crate) mod github;
pub(crate) mod held;
pub(crate) mod person;
pub(crate) mod program;
pub(crate) mod proof;
pub(crate) mod reach;
pub(crate) mod site;
pub(crate) mod store;
