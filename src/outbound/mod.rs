//! Requests to other servers.

pub mod http;
