//! The dashboard: who may open it, what its pages show, what its actions do.

mod doors;
mod shown;
