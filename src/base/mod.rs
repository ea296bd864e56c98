//! Nouns and values: what every other room speaks about. No I/O, no clock, no randomness.

pub mod access;
pub mod algorithm;
pub mod api_token;
pub mod approval;
pub mod attempt;
pub mod call;
pub mod client;
pub mod egress;
pub mod event;
pub mod grant;
pub mod id;
pub mod initial_token;
pub mod issuer;
pub mod key;
pub mod policy;
pub mod redirect;
pub mod register;
pub mod registration;
pub mod resource;
pub mod scope;
pub mod secret;
pub mod time;
pub mod token;
pub mod trusted;
pub mod user;
pub mod user_code;
