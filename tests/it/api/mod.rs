//! The dashboard's API: who may ask, what it does, and that its description is true.

mod actions;
mod approvals;
mod deeds;
mod described;
mod documented;
mod door;
mod health;
mod lists;
pub(crate) mod program;
