//! Doorbook: the book at the door of your MCP servers.
pub mod web;
