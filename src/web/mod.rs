//! The doors: HTTP in, HTTP out. Handlers take a request apart, ask a flow and answer; they decide nothing.

pub mod around;
pub mod arrival;
pub mod extract;
pub mod headers;
pub mod health;
pub mod limit;
pub mod reply;
mod unread;
