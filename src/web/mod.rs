//! The doors: what a browser or a client reaches. Pages are structs with formatted values; one template each.
pub mod admin;
pub mod assets;
pub mod pages;
pub mod view;
