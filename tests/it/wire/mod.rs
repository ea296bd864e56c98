//! The contract on the wire, one file for each standard.

mod registrations;
mod rfc6749_authorize;
mod rfc6749_token;
mod rfc7591;
mod rfc7592;
mod rfc7636;
mod rfc8414;
mod rfc9700;
