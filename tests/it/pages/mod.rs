//! The dashboard: who may open it, what its pages show, what its actions do.

mod actions;
mod api_tokens;
mod approvals;
mod backups;
mod client_edit;
pub(crate) mod deeds;
pub(crate) mod doors;
mod frame;
mod keys;
mod lists;
mod live;
mod me;
mod policy;
mod refusals;
mod resources;
mod settings;
mod setup;
mod shown;
mod tokens;
mod weight;
