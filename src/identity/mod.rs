//! Who people are: what GitHub or, in local mode, they themselves say.

pub mod github;
pub mod local;
