//! What an administrator is told where they are, through the webhook that the configuration names: that somebody waits for them.
//! A notice waits in memory and is sent until its receiver took it or nobody waits any more; it is no promise, and the dashboard
//! shows the same.

use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::{
    base::{
        approval::Wait,
        call::Call,
        client::Client,
        time::{Span, Time},
        user::User,
    },
    config::Webhook,
    crypto::webhook::WebhookKey,
    flows::Desk,
    outbound::guard::{FetchError, Lane},
};

/// At most so many wait to be sent; those beyond are not.
const MOST_WAITING: usize = 1_000;
/// The longest pause between two tries.
const LONGEST_PAUSE: Span = Span::minutes(1);

/// Something to be told.
struct Notice {
    id: String,
    body: String,
    /// Nobody needs to know any more.
    until: Time,
    /// When it is tried next, and how long it waits after that.
    due: Time,
    pause: Span,
}

/// Notices that wait to be sent.
#[derive(Default)]
pub struct Notices(Mutex<Vec<Notice>>);

impl Notices {
    fn push(&self, notice: Notice) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST_WAITING {
            waiting.push(notice);
        }
    }

    /// Those whose turn has come. Those that are over are gone.
    fn due(&self, now: Time) -> Vec<Notice> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|notice| now < notice.until);
        let (due, later) = std::mem::take(&mut *waiting).into_iter().partition(|notice| notice.due <= now);
        *waiting = later;
        due
    }
}

impl Desk {
    /// Notes that somebody waits until a client is approved.
    pub(super) fn note_wait(&self, wait: &Wait, client: &Client, person: &User) {
        if self.config.webhook.is_none() {
            return;
        }
        let page = format!("{}/admin/approvals", self.config.issuer.as_str());
        self.notices.push(Notice {
            id: wait.id.to_string(),
            body: waiting(wait, client, person, &page).to_string(),
            until: wait.expires_at,
            due: wait.created_at,
            pause: Span::seconds(1),
        });
    }

    /// Sends the notices whose turn has come. Gives how many were taken.
    pub async fn send_notices(&self, call: &Call) -> usize {
        let Some(webhook) = &self.config.webhook else { return 0 };
        let mut taken = 0;
        for notice in self.notices.due(call.now) {
            match self.send(webhook, &notice, call.now).await {
                Ok(()) => taken += 1,
                Err(why) => {
                    let pause = notice.pause;
                    log::warn!("the webhook did not take a notice, next try in {} s: {why}", pause.as_seconds());
                    let later = Span::seconds(pause.as_seconds() * 2).min(LONGEST_PAUSE);
                    self.notices.push(Notice { due: call.now + pause, pause: later, ..notice });
                }
            }
        }
        taken
    }

    async fn send(&self, webhook: &Webhook, notice: &Notice, now: Time) -> Result<(), FetchError> {
        let mut headers = vec![("webhook-id", notice.id.clone()), ("webhook-timestamp", now.unix().to_string())];
        if let Some(key) = &webhook.key {
            let signature = WebhookKey::new(key).sign(&notice.id, now.unix(), &notice.body);
            headers.push(("webhook-signature", signature));
        }
        self.guard.post(webhook.url.expose(), &headers, &notice.body, Lane::Known, now).await
    }
}

/// What is sent: `text` for people in a chat, the rest for programs.
fn waiting(wait: &Wait, client: &Client, person: &User, page: &str) -> Value {
    let name = plain(client.name());
    json!({
        "type": "approval.waiting",
        "timestamp": written(wait.created_at),
        "text": format!("{} waits until you approve {name}: {page}", plain(&person.login)),
        "data": {
            "wait_id": wait.id,
            "client_id": client.id,
            "client_name": client.name(),
            "login": person.login,
            "expires_at": written(wait.expires_at),
            "url": page,
        },
    })
}

/// Without what chats read as a command to tell everybody.
fn plain(name: &str) -> String {
    name.replace(['<', '>', '@'], " ")
}

fn written(at: Time) -> String {
    at.utc().format(&Rfc3339).unwrap_or_default()
}
