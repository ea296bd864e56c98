//! The drawers, on a real file: races, failures, what is in force when, and what lists show.

pub(crate) mod disk;
mod drawers;
mod files;
mod locks;
mod migrations;
mod pages;
mod races;
mod standing;
mod writes;
