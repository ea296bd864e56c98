//! Doorbook: the book at the door of your MCP servers.
#![doc = ""]
