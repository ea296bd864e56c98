//! What happens to people and clients, from the first request to the last.

mod connects;
mod readme;
