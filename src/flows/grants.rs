//! What people allowed is taken back: by an administrator, or by the person.

use std::collections::BTreeSet;

use crate::{
    base::{
        call::Call,
        event::{Actor, Ended, Event},
        grant::{Grant, GrantEnd, is_itself},
        id::GrantId,
        user::Role,
    },
    flows::{Desk, FlowResult},
    oauth::error::not_found,
    store::{
        audit, consents,
        grants::{self, Of},
    },
};

/// Ends these grants, with their codes and tokens, and forgets the remembered consents, so that the person is asked again.
/// Those that ended before are passed over; if one was never there, or belongs to somebody else than the person who asks
/// and is no administrator, nothing is done.
pub async fn revoke(desk: &Desk, call: &Call, actor: &Actor, ids: Vec<GrantId>) -> FlowResult<Ended> {
    let only_of = match actor {
        Actor::User(id) if desk.store.standing().role(id) != Some(Role::Administrator) => Some(id.clone()),
        _ => None,
    };
    let (call, actor) = (call.clone(), actor.clone());
    desk.store
        .write(move |tx| {
            let mut all: Vec<Grant> = Vec::new();
            for id in &ids {
                let grant = grants::find(tx, id)?;
                let own = grant.filter(|grant| only_of.as_ref().is_none_or(|user| grant.user == *user));
                all.push(own.ok_or_else(not_found)?);
            }
            let (mut total, mut people) = (Ended::default(), BTreeSet::new());
            for grant in all {
                let ended = grants::weigh(tx, &Of::Grant(grant.id.clone()), call.now)?;
                if !grants::end(tx, &grant.id, GrantEnd::TakenBack, call.now)? {
                    continue;
                }
                consents::forget_user(tx, &grant.user, Some(&grant.client))?;
                if !is_itself(&grant.user, &grant.client) {
                    people.insert(grant.user.clone());
                }
                total.grants += 1;
                total.tokens += ended.tokens;
                let event = Event::GrantRevoked { client: grant.client, user: grant.user, grant: grant.id, ended };
                audit::record(tx, &call, &actor, &event)?;
            }
            Ok(Ended { people: people.len() as i64, ..total })
        })
        .await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        base::id::{ClientId, UserId},
        flows::scratch::{Scratch, call, refusal},
        oauth::why::Why,
        store::standing::Verdict,
    };

    async fn client(scratch: &Scratch) -> ClientId {
        let body = json!({ "redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none" });
        scratch.registers(body).await.0
    }

    #[tokio::test]
    async fn an_administrator_ends_several_at_once() {
        let scratch = Scratch::new(&[]).await;
        let (bob, app) = (scratch.meets("bob").await, client(&scratch).await);
        let (one, two, three) =
            (scratch.allows(&bob, &app).await, scratch.allows(&bob, &app).await, scratch.allows(&bob, &app).await);
        let ada = Actor::User(UserId::new("local:ada"));

        let ids = vec![one.grant.clone(), two.grant.clone(), one.grant.clone()];
        let ended = revoke(&scratch.desk, &call(), &ada, ids).await.unwrap();

        assert_eq!(ended, Ended { people: 1, grants: 2, tokens: 2 });
        let verdicts = [&one, &two, &three].map(|given| scratch.verdict(given));
        assert_eq!(verdicts, [Verdict::Ended, Verdict::Ended, Verdict::Good]);
        assert!(!scratch.remembers(&one).await);
        assert_eq!(scratch.last(2).await, ["user grant_revoked", "user grant_revoked"]);

        let again = revoke(&scratch.desk, &call(), &ada, vec![one.grant]).await.unwrap();
        assert_eq!(again, Ended::default());
    }

    #[tokio::test]
    async fn a_person_takes_back_only_their_own() {
        let scratch = Scratch::new(&[]).await;
        let (bob, eve, app) = (scratch.meets("bob").await, scratch.meets("eve").await, client(&scratch).await);
        let (his, hers) = (scratch.allows(&bob, &app).await, scratch.allows(&eve, &app).await);
        let by_bob = Actor::User(bob);

        let both = revoke(&scratch.desk, &call(), &by_bob, vec![his.grant.clone(), hers.grant.clone()]).await;
        assert_eq!(refusal(both), (Why::NotFound, 404));
        assert_eq!((scratch.verdict(&his), scratch.verdict(&hers)), (Verdict::Good, Verdict::Good));
        let unknown = revoke(&scratch.desk, &call(), &by_bob, vec![GrantId::new("dbg_unknown")]).await;
        assert_eq!(refusal(unknown), (Why::NotFound, 404));

        revoke(&scratch.desk, &call(), &by_bob, vec![his.grant.clone()]).await.unwrap();
        assert_eq!(scratch.verdict(&his), Verdict::Ended);
    }
}
