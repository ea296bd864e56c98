//! A real Chromium: what a person sees, presses and reads. Skipped by `scripts/test quick`.

mod approvals;
mod client_edit;
mod dashboard;
mod desk;
mod people;
mod public;
mod stranger;
mod tasks;
mod tour;
