//! What happens to people and clients, from the first request to the last.

mod connects;
mod consent;
mod crash;
mod out;
mod readme;
mod sealed;
mod secrets;
mod theft;
