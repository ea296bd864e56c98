//! What an administrator does to a person.

use crate::{
    base::{
        call::Call,
        event::{Actor, Ended, Event},
        grant::GrantEnd,
        id::UserId,
        user::User,
    },
    flows::{Desk, FlowResult, access},
    oauth::error::not_found,
    store::{
        StoreResult, Tx, audit, consents,
        grants::{self, Of},
        sessions, users,
    },
};

/// Suspends a person: whatever they allowed is refused until they are restored, and their browsers are signed out. Nothing
/// ends for good. Gives what stands still.
pub async fn suspend(desk: &Desk, call: &Call, actor: &Actor, id: &UserId) -> FlowResult<Ended> {
    let rest = access::Remaining::of(desk);
    let (call, actor, id) = (call.clone(), actor.clone(), id.clone());
    desk.store
        .write(move |tx| {
            found(tx, &id)?;
            rest.must_open_the_dashboard(tx, None, Some(&id))?;
            let still = grants::weigh(tx, &Of::User(id.clone()), call.now)?;
            if users::set_suspended(tx, &id, true, call.now)? {
                audit::record(tx, &call, &actor, &Event::UserSuspended { user: id.clone(), reason: None })?;
                sign_out(tx, &call, &actor, &id)?;
            }
            Ok(still)
        })
        .await
}

/// Lets a suspended person go on where they were.
pub async fn restore(desk: &Desk, call: &Call, actor: &Actor, id: &UserId) -> FlowResult<()> {
    let (call, actor, id) = (call.clone(), actor.clone(), id.clone());
    desk.store
        .write(move |tx| {
            found(tx, &id)?;
            if users::set_suspended(tx, &id, false, call.now)? {
                audit::record(tx, &call, &actor, &Event::UserRestored { user: id })?;
            }
            Ok(())
        })
        .await
}

/// Ends everything that a person allowed, and signs their browsers out.
pub async fn revoke_all(desk: &Desk, call: &Call, actor: &Actor, id: &UserId) -> FlowResult<Ended> {
    let (call, actor, id) = (call.clone(), actor.clone(), id.clone());
    desk.store
        .write(move |tx| {
            found(tx, &id)?;
            let ended = grants::end_all(tx, &Of::User(id.clone()), GrantEnd::TakenBack, call.now)?;
            consents::forget_user(tx, &id, None)?;
            let event = Event::TokensRevoked { client: None, user: Some(id.clone()), ended };
            audit::record(tx, &call, &actor, &event)?;
            sign_out(tx, &call, &actor, &id)?;
            Ok(ended)
        })
        .await
}

/// Ends a person's browser sessions.
pub(super) fn sign_out(tx: &mut Tx<'_>, call: &Call, actor: &Actor, id: &UserId) -> StoreResult<()> {
    let sessions = sessions::end_all(tx, id)?;
    if sessions == 0 {
        return Ok(());
    }
    audit::record(tx, call, actor, &Event::SessionsEnded { user: id.clone(), sessions })
}

fn found(tx: &mut Tx<'_>, id: &UserId) -> FlowResult<User> {
    Ok(users::find(tx, id)?.ok_or_else(not_found)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        base::{
            id::ClientId,
            user::{Role, Who},
        },
        flows::scratch::{Scratch, call, refusal},
        oauth::why::Why,
        store::standing::Verdict,
    };

    fn by(id: &UserId) -> Actor {
        Actor::User(id.clone())
    }

    async fn client(scratch: &Scratch) -> ClientId {
        let body = json!({ "redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none" });
        scratch.registers(body).await.0
    }

    #[tokio::test]
    async fn a_suspended_person_stands_still_and_goes_on_where_they_were() {
        let scratch = Scratch::new(&[]).await;
        let (ada, bob, app) = (scratch.meets("ada").await, scratch.meets("bob").await, client(&scratch).await);
        let given = scratch.allows(&bob, &app).await;
        scratch.browses(&bob).await;

        let still = suspend(&scratch.desk, &call(), &by(&ada), &bob).await.unwrap();

        assert_eq!(still, Ended { people: 1, grants: 1, tokens: 1 });
        assert_eq!(scratch.verdict(&given), Verdict::UserSuspended);
        assert_eq!(scratch.desk.store.standing().role(&bob), None);
        assert_eq!(scratch.browsers(&bob).await, 0);
        assert!(scratch.stands(&given).await);
        assert_eq!(scratch.last(2).await, ["user user_suspended", "user sessions_ended"]);

        restore(&scratch.desk, &call(), &by(&ada), &bob).await.unwrap();
        assert_eq!(scratch.verdict(&given), Verdict::Good);
        assert_eq!(scratch.last(1).await, ["user user_restored"]);

        let nobody = UserId::new("local:nobody");
        assert_eq!(refusal(suspend(&scratch.desk, &call(), &by(&ada), &nobody).await), (Why::NotFound, 404));
        assert_eq!(refusal(restore(&scratch.desk, &call(), &by(&ada), &nobody).await), (Why::NotFound, 404));
    }

    #[tokio::test]
    async fn the_last_administrator_is_suspended_by_nobody() {
        let scratch = Scratch::new(&[]).await;
        let ada = scratch.meets("ada").await;
        let refused = suspend(&scratch.desk, &call(), &by(&ada), &ada).await;
        assert_eq!(refusal(refused), (Why::LastAdministrator, 409));

        let bob = vec![Who::Local("bob".into())];
        access::add(&scratch.desk, &call(), &by(&ada), bob, Role::Administrator).await.unwrap();
        // Bob has never come: perhaps the name is misspelt.
        let refused = suspend(&scratch.desk, &call(), &by(&ada), &ada).await;
        assert_eq!(refusal(refused), (Why::LastAdministrator, 409));
        let row = ada.clone();
        assert_eq!(scratch.finds(move |r| users::find(r, &row)).await.unwrap().suspended_at, None);

        scratch.meets("bob").await;
        suspend(&scratch.desk, &call(), &by(&ada), &ada).await.unwrap();
        restore(&scratch.desk, &call(), &Actor::CommandLine, &ada).await.unwrap();
        suspend(&scratch.desk, &call(), &Actor::CommandLine, &UserId::new("local:bob")).await.unwrap();
        let refused = suspend(&scratch.desk, &call(), &Actor::CommandLine, &ada).await;
        assert_eq!(refusal(refused), (Why::LastAdministrator, 409));
        let row = ada.clone();
        assert_eq!(scratch.finds(move |r| users::find(r, &row)).await.unwrap().suspended_at, None);
    }

    #[tokio::test]
    async fn a_suspended_administrator_does_not_stand_in_for_the_last_one() {
        let scratch = Scratch::new(&[]).await;
        let (ada, bob) = (scratch.meets("ada").await, scratch.meets("bob").await);
        let who = vec![Who::Local("bob".into())];
        access::add(&scratch.desk, &call(), &by(&ada), who, Role::Administrator).await.unwrap();
        suspend(&scratch.desk, &call(), &by(&ada), &bob).await.unwrap();
        let refused = suspend(&scratch.desk, &call(), &by(&ada), &ada).await;
        assert_eq!(refusal(refused), (Why::LastAdministrator, 409));
    }

    #[tokio::test]
    async fn everything_a_person_allowed_ends_and_nothing_of_others() {
        let scratch = Scratch::new(&[]).await;
        let (ada, bob, app) = (scratch.meets("ada").await, scratch.meets("bob").await, client(&scratch).await);
        let (his, hers) = (scratch.allows(&bob, &app).await, scratch.allows(&ada, &app).await);
        scratch.browses(&bob).await;
        scratch.browses(&ada).await;

        let ended = revoke_all(&scratch.desk, &call(), &by(&ada), &bob).await.unwrap();

        assert_eq!(ended, Ended { people: 1, grants: 1, tokens: 1 });
        assert_eq!((scratch.verdict(&his), scratch.verdict(&hers)), (Verdict::Ended, Verdict::Good));
        assert!(!scratch.stands(&his).await && !scratch.remembers(&his).await && scratch.remembers(&hers).await);
        assert_eq!((scratch.browsers(&bob).await, scratch.browsers(&ada).await), (0, 1));
        assert_eq!(scratch.last(2).await, ["user tokens_revoked", "user sessions_ended"]);
    }
}
