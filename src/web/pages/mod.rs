//! Pages for everyone: what opens in the tab of a person whose client asks to be let in.
pub mod consent;
pub mod home;
pub mod login;
pub mod message;
