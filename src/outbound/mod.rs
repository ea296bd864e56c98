//! Requests to other servers: [`http`] to those that the administrator named, [`guard`] to those that strangers name.

pub mod address;
pub mod guard;
pub mod http;
