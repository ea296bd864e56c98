//! Tokens of the dashboard's API: made and revoked by an administrator, and judged at each request. A token does the work of
//! the administrator whose it is: while they are suspended or off the list, it is refused. Programs make none: a token that
//! leaks must not outlive its own revocation.

use crate::{
    base::{
        api_token::{ApiRole, ApiToken},
        call::Call,
        event::{Actor, Event},
        id::{ApiTokenId, UserId},
        secret::Plain,
        time::{Span, Time},
        token::TokenKind,
        user::Role,
    },
    crypto::{digest, random},
    flows::{Desk, FlowResult},
    oauth::{
        error::{OAuthError, insufficient_scope, invalid_request, invalid_token, not_found},
        why::Why,
    },
    store::{api_tokens, audit},
};

/// The shortest life of a token.
pub const SHORTEST: Span = Span::minutes(1);
/// The longest life of a token.
pub const LONGEST: Span = Span::days(366);
/// How long it lives unless its maker says otherwise.
pub const USUAL: Span = Span::days(90);
/// The longest label, in characters.
const LONGEST_LABEL: usize = 100;
/// So often at most a use is written down.
const NOTED: Span = Span::minutes(1);

/// What a token is to be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What it is for.
    pub label: String,
    /// What it lets a program do.
    pub role: ApiRole,
    /// How long it lives.
    pub life: Span,
    /// The administrator whose work it does.
    pub user: UserId,
}

/// A token that was just made.
pub struct Made {
    /// What is kept of it.
    pub token: ApiToken,
    /// The token itself, shown once.
    pub secret: Plain,
}

/// Makes a token for an administrator.
pub async fn create(desk: &Desk, call: &Call, actor: &Actor, wanted: Wanted) -> FlowResult<Made> {
    let label = wanted.label.trim().to_owned();
    if label.is_empty() || label.chars().count() > LONGEST_LABEL {
        return Err(invalid_request(Why::ApiTokenLabel).into());
    }
    if wanted.life < SHORTEST || wanted.life > LONGEST {
        return Err(invalid_request(Why::ApiTokenLife).into());
    }
    if desk.store.standing().role(&wanted.user) != Some(Role::Administrator) {
        return Err(invalid_request(Why::ApiTokenFor).with_status(409).into());
    }
    let secret = random::token(TokenKind::Api);
    let token = ApiToken {
        id: random::id("api_", call.millis),
        digest: digest::of(&secret),
        label,
        role: wanted.role,
        user: wanted.user,
        created_at: call.now,
        expires_at: call.now + wanted.life,
        last_used_at: None,
        last_used_ip: None,
        revoked_at: None,
    };
    let (call, actor, row) = (call.clone(), actor.clone(), token.clone());
    desk.store
        .record(move |tx| {
            api_tokens::insert(tx, &row)?;
            let ApiToken { id: token, label, role, user, expires_at, .. } = row;
            audit::record(tx, &call, &actor, &Event::ApiTokenMade { token, label, role, user, expires_at })
        })
        .await?;
    Ok(Made { token, secret })
}

/// Ends a token; one that has ended stays as it is.
pub async fn revoke(desk: &Desk, call: &Call, actor: &Actor, id: &ApiTokenId) -> FlowResult<()> {
    let (call, actor, id) = (call.clone(), actor.clone(), id.clone());
    desk.store
        .write(move |tx| {
            let found = api_tokens::find(tx, &id)?.ok_or_else(not_found)?;
            if api_tokens::revoke(tx, &id, call.now)? {
                let ApiToken { id: token, label, user, .. } = found;
                audit::record(tx, &call, &actor, &Event::ApiTokenRevoked { token, label, user })?;
            }
            Ok(())
        })
        .await
}

/// Lets a program in with what it shows, for a request that looks or one that changes something.
pub async fn enter(desk: &Desk, call: &Call, shown: &str, wants: ApiRole) -> FlowResult<ApiToken> {
    let shown = Plain::parse(TokenKind::Api, shown).ok_or_else(|| invalid_token(Why::ApiTokenMalformed))?;
    let digest = digest::of(&shown);
    let found = desk.store.glance(move |reader| api_tokens::by_digest(reader, &digest)).await?;
    let user = found.as_ref().map(|token| token.user.clone());
    let role = user.as_ref().and_then(|user| desk.store.standing().role(user));
    match judge(found, role, wants, call.now) {
        Ok(token) => {
            note(desk, call, &token).await?;
            Ok(token)
        }
        Err(error) => {
            desk.refused(call, "api", &error, None, user.as_ref());
            Err(error.into())
        }
    }
}

/// What a token is good for; `role` is what its administrator may do right now.
fn judge(found: Option<ApiToken>, role: Option<Role>, wants: ApiRole, now: Time) -> Result<ApiToken, OAuthError> {
    let token = found.ok_or_else(|| invalid_token(Why::ApiTokenUnknown))?;
    if token.revoked_at.is_some() {
        return Err(invalid_token(Why::ApiTokenRevoked));
    }
    if !token.is_live(now) {
        return Err(invalid_token(Why::ApiTokenExpired));
    }
    if role != Some(Role::Administrator) {
        return Err(invalid_token(Why::ApiTokenOwner));
    }
    if wants == ApiRole::Write && token.role == ApiRole::Read {
        return Err(insufficient_scope(Why::ApiTokenReadOnly));
    }
    Ok(token)
}

/// Writes a use down, once a minute at most: a program that only looks costs no commit each time.
async fn note(desk: &Desk, call: &Call, token: &ApiToken) -> FlowResult<()> {
    if token.last_used_at.is_some_and(|last| call.now.since(last) < NOTED) {
        return Ok(());
    }
    let (id, ip, now) = (token.id.clone(), call.ip.clone(), call.now);
    Ok(desk.store.record(move |tx| api_tokens::used(tx, &id, &ip, now)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::user::Who,
        flows::{
            access,
            scratch::{NOW, Scratch, call, refusal},
            users,
        },
        store::Reader,
    };

    fn wanted(user: &UserId, role: ApiRole) -> Wanted {
        Wanted { label: " nightly report ".into(), role, life: Span::days(1), user: user.clone() }
    }

    async fn made(scratch: &Scratch, user: &UserId, role: ApiRole) -> Made {
        create(&scratch.desk, &call(), &Actor::CommandLine, wanted(user, role)).await.unwrap()
    }

    async fn kept(scratch: &Scratch, id: &ApiTokenId) -> ApiToken {
        let id = id.clone();
        scratch.finds(move |reader: &mut Reader<'_>| api_tokens::find(reader, &id)).await.unwrap()
    }

    #[tokio::test]
    async fn a_token_opens_what_its_role_allows_and_its_use_is_noted() {
        let scratch = Scratch::new(&[]).await;
        let (desk, ada) = (&scratch.desk, scratch.meets("ada").await);
        let Made { token, secret } = made(&scratch, &ada, ApiRole::Read).await;
        assert_eq!((token.label.as_str(), token.expires_at), ("nightly report", NOW + Span::days(1)));

        let late = Call { now: NOW + Span::minutes(5), ip: "192.0.2.7".into(), ..call() };
        let entered = enter(desk, &late, secret.expose(), ApiRole::Read).await.unwrap();
        assert_eq!(entered.id, token.id);
        let soon = Call { now: late.now + Span::seconds(30), ip: "192.0.2.8".into(), ..call() };
        enter(desk, &soon, secret.expose(), ApiRole::Read).await.unwrap();
        let kept = kept(&scratch, &token.id).await;
        assert_eq!((kept.last_used_at, kept.last_used_ip.as_deref()), (Some(late.now), Some("192.0.2.7")));

        let write = enter(desk, &call(), secret.expose(), ApiRole::Write).await;
        assert_eq!(refusal(write), (Why::ApiTokenReadOnly, 403));
        assert_eq!(scratch.last(1).await, ["command_line api_token_made"]);
    }

    #[tokio::test]
    async fn what_is_revoked_over_unknown_or_something_else_opens_nothing() {
        let scratch = Scratch::new(&[]).await;
        let (desk, ada) = (&scratch.desk, scratch.meets("ada").await);
        let Made { token, secret } = made(&scratch, &ada, ApiRole::Write).await;
        let over = Call { now: token.expires_at, ..call() };
        let expired = enter(desk, &over, secret.expose(), ApiRole::Read).await;
        assert_eq!(refusal(expired), (Why::ApiTokenExpired, 401));

        let by_ada = Actor::ApiToken(token.id.clone(), ada.clone());
        revoke(desk, &call(), &by_ada, &token.id).await.unwrap();
        revoke(desk, &call(), &by_ada, &token.id).await.unwrap();
        let revoked = enter(desk, &call(), secret.expose(), ApiRole::Read).await;
        assert_eq!(refusal(revoked), (Why::ApiTokenRevoked, 401));
        assert_eq!(scratch.last(2).await, ["command_line api_token_made", "api_token api_token_revoked"]);

        let unknown = random::token(TokenKind::Api);
        let unknown = enter(desk, &call(), unknown.expose(), ApiRole::Read).await;
        assert_eq!(refusal(unknown), (Why::ApiTokenUnknown, 401));
        for other in [random::token(TokenKind::Session), random::token(TokenKind::Refresh)] {
            let other = enter(desk, &call(), other.expose(), ApiRole::Read).await;
            assert_eq!(refusal(other), (Why::ApiTokenMalformed, 401));
        }
        let nobody = revoke(desk, &call(), &by_ada, &ApiTokenId::new("api_none")).await;
        assert_eq!(refusal(nobody), (Why::NotFound, 404));
    }

    #[tokio::test]
    async fn a_token_stands_and_falls_with_its_administrator() {
        let scratch = Scratch::new(&[]).await;
        let (desk, ada, bob) = (&scratch.desk, scratch.meets("ada").await, scratch.meets("bob").await);
        let not_his = create(desk, &call(), &Actor::CommandLine, wanted(&bob, ApiRole::Read)).await;
        assert_eq!(refusal(not_his), (Why::ApiTokenFor, 409));

        let Made { secret, .. } = made(&scratch, &ada, ApiRole::Read).await;
        let other = vec![Who::Local("bob".into())];
        access::add(desk, &call(), &Actor::CommandLine, other, Role::Administrator).await.unwrap();
        users::suspend(desk, &call(), &Actor::CommandLine, &ada).await.unwrap();
        let suspended = enter(desk, &call(), secret.expose(), ApiRole::Read).await;
        assert_eq!(refusal(suspended), (Why::ApiTokenOwner, 401));
        users::restore(desk, &call(), &Actor::CommandLine, &ada).await.unwrap();
        enter(desk, &call(), secret.expose(), ApiRole::Read).await.unwrap();
    }

    #[tokio::test]
    async fn labels_and_lives_have_their_measure() {
        let scratch = Scratch::new(&[]).await;
        let ada = scratch.meets("ada").await;
        let good = wanted(&ada, ApiRole::Read);
        let (none, long) = (" ".to_owned(), "x".repeat(101));
        for (wanted, why) in [
            (Wanted { label: none, ..good.clone() }, Why::ApiTokenLabel),
            (Wanted { label: long, ..good.clone() }, Why::ApiTokenLabel),
            (Wanted { life: Span::seconds(59), ..good.clone() }, Why::ApiTokenLife),
            (Wanted { life: Span::days(367), ..good }, Why::ApiTokenLife),
        ] {
            let refused = create(&scratch.desk, &call(), &Actor::CommandLine, wanted).await;
            assert_eq!(refusal(refused), (why, 400));
        }
    }
}
