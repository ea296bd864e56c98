//! What an operator sees from outside: log lines and figures. Neither holds a secret.

mod lines;
pub mod log;
pub mod metrics;
