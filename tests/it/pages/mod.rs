//! The dashboard: who may open it, what its pages show, what its actions do.

mod actions;
mod approvals;
mod doors;
mod frame;
mod lists;
mod policy;
mod setup;
mod shown;
mod tokens;
