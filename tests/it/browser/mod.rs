//! A real Chromium: what a person sees, presses and reads. Skipped by `scripts/test quick`.

mod dashboard;
mod people;
mod stranger;
mod tour;
