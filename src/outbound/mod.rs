//! Requests to other servers: [`http`] to those that the administrator named, [`guard`] to those that strangers name;
//! [`visit`] looks at a server from outside.

pub mod address;
mod client;
pub mod guard;
pub mod http;
pub mod visit;
