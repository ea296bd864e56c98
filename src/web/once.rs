//! What is shown once, on its way from the form that made it to the page that shows it (POST, redirect, GET): so that loading
//! that page again neither makes another one nor shows this one again. In memory only, for one person and one page, for minutes.

use std::sync::{Mutex, PoisonError};

use super::view::SecretOnce;
use crate::base::{
    id::UserId,
    time::{Span, Time},
};

/// For how long it waits to be shown.
const WAITS: Span = Span::minutes(5);
/// So many wait at most; the oldest go first.
const MOST: usize = 100;

/// What waits to be shown, the oldest first.
#[derive(Default)]
pub struct Once(Mutex<Vec<Waiting>>);

struct Waiting {
    user: UserId,
    page: String,
    until: Time,
    panel: SecretOnce,
}

impl Once {
    /// Leaves a panel for that page, when that person opens it next.
    pub fn leave(&self, user: &UserId, page: &str, panel: SecretOnce, now: Time) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|waiting| waiting.until > now);
        if all.len() >= MOST {
            all.remove(0);
        }
        all.push(Waiting { user: user.clone(), page: page.to_owned(), until: now + WAITS, panel });
    }

    /// Takes what waits for that person at that page: it is there once.
    pub fn take(&self, user: &UserId, page: &str, now: Time) -> Option<SecretOnce> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|waiting| waiting.until > now);
        let place = all.iter().rposition(|waiting| waiting.user == *user && waiting.page == page)?;
        Some(all.remove(place).panel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_is_there_once_for_one_person_at_one_page_and_not_for_long() {
        let (once, now) = (Once::default(), Time::from_unix(1_000));
        let (ada, eve) = (UserId::new("github:1"), UserId::new("github:9"));
        let panel = || SecretOnce { title: "The new secret".into(), ..SecretOnce::default() };
        once.leave(&ada, "/clients/a", panel(), now);
        assert!(once.take(&eve, "/clients/a", now).is_none() && once.take(&ada, "/clients/b", now).is_none());
        assert!(once.take(&ada, "/clients/a", now).is_some() && once.take(&ada, "/clients/a", now).is_none());
        once.leave(&ada, "/clients/a", panel(), now);
        assert!(once.take(&ada, "/clients/a", now + WAITS).is_none());
        (0..MOST + 1).for_each(|n| once.leave(&ada, &format!("/{n}"), panel(), now));
        assert!(once.take(&ada, "/0", now).is_none() && once.take(&ada, "/1", now).is_some());
    }
}
