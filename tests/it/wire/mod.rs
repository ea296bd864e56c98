//! The contract on the wire: one file for each standard, and one for each thing that no standard rules.

mod answers;
mod bad_days;
mod cimd;
mod claim;
mod github;
mod local_mode;
mod nonsense;
mod records;
mod registrations;
mod rfc6749_authorize;
mod rfc6749_token;
mod rfc6750;
mod rfc7009;
mod rfc7523;
mod rfc7591;
mod rfc7592;
mod rfc7636;
mod rfc7662;
mod rfc8252;
mod rfc8414;
mod rfc8707;
mod rfc9068;
mod rfc9700;
