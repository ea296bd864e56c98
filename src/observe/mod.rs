//! What an operator sees from outside: log lines and figures. Neither holds a secret.

pub mod log;
pub mod metrics;
