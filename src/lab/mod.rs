//! The client lab: each widespread client's true requests, played against a server, and what came of them. What counts is what
//! clients really send: one refused address or scope leaves a whole product outside. Everything goes over HTTP, as the client
//! would send it; nothing here knows whose server it is.

mod authorize;
mod form;
mod person;
mod register;
mod report;
mod server;
mod shapes;
mod steps;
mod token;

pub use self::{
    report::{Report, Stage, Step, Verdict},
    server::{Server, Target},
    shapes::{Method, Shape, named, names},
    steps::play,
};
