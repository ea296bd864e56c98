//! The command line: what it prints, how it ends, what it leaves in the book, and when the running server follows.

mod api_tokens;
mod approvals;
mod audit;
mod beside;
mod book;
mod clients;
mod config;
mod health;
mod keys;
mod people;
mod policy;
mod register;
mod simulate;
mod twins;
