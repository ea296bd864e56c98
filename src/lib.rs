//! Doorbook: the book at the door of your MCP servers.
//!
//! Five kinds of rooms: nouns in [`base`], rules in [`oauth`], drawers in [`store`], the order of things in `flows`, doors in
//! [`web`] and `cli`. `docs/ARCHITECTURE.md` has the map.

pub mod base;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod facts;
pub mod flows;
pub mod identity;
pub mod jobs;
pub mod lab;
pub mod oauth;
pub mod observe;
pub mod outbound;
pub mod store;
pub mod web;
