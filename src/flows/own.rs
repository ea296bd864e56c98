//! What people do with what is theirs: take back everything they allowed, and sign their browsers out.

use super::{Desk, FlowResult, users::sign_out};
use crate::{
    base::{
        call::Call,
        event::{Actor, Ended, Event},
        grant::GrantEnd,
        id::UserId,
        secret::Digest,
    },
    oauth::error::not_found,
    store::{
        StoreResult, audit, consents,
        grants::{self, Of},
        sessions,
    },
};

/// Ends everything that a person allowed. Their browsers stay signed in.
pub async fn revoke_all(desk: &Desk, call: &Call, id: &UserId) -> FlowResult<Ended> {
    let (call, id) = (call.clone(), id.clone());
    desk.store
        .write(move |tx| {
            let ended = grants::end_all(tx, &Of::User(id.clone()), GrantEnd::TakenBack, call.now)?;
            consents::forget_user(tx, &id, None)?;
            let event = Event::TokensRevoked { client: None, user: Some(id.clone()), ended };
            audit::record(tx, &call, &Actor::User(id), &event)?;
            Ok(ended)
        })
        .await
}

/// Signs one of a person's browsers out; one that is somebody else's is not there for them.
pub async fn end_session(desk: &Desk, call: &Call, id: &UserId, session: &str) -> FlowResult<()> {
    let (call, id, session) = (call.clone(), id.clone(), Digest::from_hex(session.to_owned()));
    desk.store
        .write(move |tx| {
            if !sessions::end_own(tx, &id, &session)? {
                return Err(not_found().into());
            }
            let event = Event::SessionsEnded { user: id.clone(), sessions: 1 };
            Ok(audit::record(tx, &call, &Actor::User(id), &event)?)
        })
        .await
}

/// Signs all of a person's browsers out, this one too.
pub async fn sign_out_everywhere(desk: &Desk, call: &Call, id: &UserId) -> FlowResult<()> {
    let (call, id) = (call.clone(), id.clone());
    desk.store.write(move |tx| Ok(sign_out(tx, &call, &Actor::User(id.clone()), &id)?)).await
}

/// Writes down that a person signs out at this browser; the session itself is the web room's to end.
pub async fn signed_out(desk: &Desk, call: &Call, id: &UserId) -> StoreResult<()> {
    let (call, id) = (call.clone(), id.clone());
    let event = Event::SignedOut { user: id.clone() };
    desk.store.record(move |tx| audit::record(tx, &call, &Actor::User(id), &event)).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        flows::scratch::{NOW, Scratch, call, refusal},
        oauth::why::Why,
        store::standing::Verdict,
    };

    #[tokio::test]
    async fn a_person_takes_back_everything_and_stays_signed_in() {
        let scratch = Scratch::new(&[]).await;
        let (bob, eve) = (scratch.meets("bob").await, scratch.meets("eve").await);
        let body = json!({ "redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none" });
        let app = scratch.registers(body).await.0;
        let (his, hers) = (scratch.allows(&bob, &app).await, scratch.allows(&eve, &app).await);
        scratch.browses(&bob).await;

        let ended = revoke_all(&scratch.desk, &call(), &bob).await.unwrap();

        assert_eq!(ended, Ended { people: 1, grants: 1, tokens: 1 });
        assert_eq!((scratch.verdict(&his), scratch.verdict(&hers)), (Verdict::Ended, Verdict::Good));
        assert_eq!(scratch.browsers(&bob).await, 1);
        assert_eq!(scratch.last(1).await, ["user tokens_revoked"]);
    }

    #[tokio::test]
    async fn a_person_signs_out_their_own_browsers_and_nobody_elses() {
        let scratch = Scratch::new(&[]).await;
        let (bob, eve) = (scratch.meets("bob").await, scratch.meets("eve").await);
        scratch.browses(&bob).await;
        scratch.browses(&eve).await;
        let of_eve = eve.clone();
        let hers = scratch.finds(move |r| sessions::of_user(r, &of_eve, NOW)).await[0].digest.hex().to_owned();

        let refused = end_session(&scratch.desk, &call(), &bob, &hers).await;
        assert_eq!(refusal(refused), (Why::NotFound, 404));
        assert_eq!(scratch.browsers(&eve).await, 1);
        end_session(&scratch.desk, &call(), &eve, &hers).await.unwrap();
        assert_eq!((scratch.browsers(&eve).await, scratch.browsers(&bob).await), (0, 1));
        assert_eq!(scratch.last(1).await, ["user sessions_ended"]);

        sign_out_everywhere(&scratch.desk, &call(), &bob).await.unwrap();
        assert_eq!(scratch.browsers(&bob).await, 0);
    }
}
