//! The contract on the wire, one file for each standard.
