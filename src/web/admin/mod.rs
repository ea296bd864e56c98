//! The dashboard: one struct a page, every value already formatted.
pub mod access;
pub mod audit;
pub mod client;
pub mod clients;
pub mod confirm;
pub mod grants;
pub mod overview;
pub mod people;
