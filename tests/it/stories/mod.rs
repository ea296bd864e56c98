//! What happens to people and clients, from the first request to the last.

mod clock;
mod connects;
mod consent;
mod crash;
mod out;
mod provenance;
mod readme;
mod sealed;
mod secrets;
mod theft;
