//! The rules of the protocol: values in, decisions out. Nothing here reads a clock, a database, a request or a setting; what
//! a rule needs is handed to it, and what it allows is a value that only the rule can make.

pub mod authorize;
pub mod challenge;
pub mod cimd;
pub mod client_auth;
pub mod device;
pub mod dpop;
pub mod error;
pub mod introspect;
pub mod metadata;
pub mod openid;
pub mod par;
pub mod params;
pub mod pkce;
pub mod registration;
pub mod resource_metadata;
pub mod revoke;
pub mod sent_jwt;
pub mod token;
pub mod verify;
pub mod why;
