//! The doors: HTTP in, HTTP out. Handlers take a request apart, ask a flow and answer; they decide nothing. Pages are
//! structs with formatted values, one template each.

pub mod admin;
pub mod api;
pub mod app;
pub mod around;
pub mod arrival;
pub mod assets;
pub mod document;
pub mod extract;
pub mod headers;
pub mod health;
pub mod limit;
pub mod me;
pub mod oauth;
pub mod once;
pub mod pages;
pub mod reply;
pub mod routes;
pub mod serve;
pub mod session;
mod signed;
pub mod state;
mod unread;
pub mod verify;
pub mod view;
