//! `docs/CONFIG.md`, made from the list of options. A test compares the file with it.
