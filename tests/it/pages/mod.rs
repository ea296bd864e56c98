//! The dashboard: who may open it, what its pages show, what its actions do.

mod actions;
mod api_tokens;
mod doors;
mod frame;
mod lists;
mod policy;
mod resources;
mod setup;
mod shown;
mod tokens;
