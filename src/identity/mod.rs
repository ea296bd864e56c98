//! Who people are: what GitHub says or, in local mode, what they say themselves. Whether they may come in is not asked here.

pub mod github;
pub mod local;
