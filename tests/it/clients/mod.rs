//! Published clients against the real program: the MCP SDKs and a general OAuth client library run the whole flow, each
//! against a protected MCP server of its own SDK. `tests/clients` has the programs and installs what they need.

mod beside;
mod company;
mod conformance;
mod described;
mod door;
mod exchange;
mod gate;
mod general;
mod machine;
mod openapi;
mod openid;
mod others;
mod process;
mod sdk;
mod service;
