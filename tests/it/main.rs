//! The tests that look at Doorbook from outside: one binary, an own database for each test, no network, no order.

#[cfg(test)]
mod api;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod house;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod store;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod support;
#[cfg(test)]
mod wire;
