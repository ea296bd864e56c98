//! The command line: what it prints, how it ends, what it leaves in the book, and when the running server follows.

mod audit;
mod beside;
mod book;
mod clients;
mod people;
mod policy;
mod register;
mod simulate;
