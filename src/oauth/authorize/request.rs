//! An authorization request as it was sent (RFC 6749 section 4.1.1). Only what decides who asks is read at once: a mistake
//! there is answered on a page, every other one by redirect.

use crate::{
    base::id::ClientId,
    oauth::{
        error::{OAuthError, invalid_request},
        openid::Hint,
        params::Params,
        why::Why,
    },
};

/// The parameters of one request, with the client that it names.
#[derive(Clone, Debug)]
pub struct AuthorizeRequest {
    client: ClientId,
    redirect_uri: Option<String>,
    pub(super) params: Params,
    pub(super) hint: Option<Hint>,
}

impl AuthorizeRequest {
    /// Reads `client_id` and `redirect_uri`, each of which must come once. Its errors belong on a page.
    pub fn parse(params: Params) -> Result<Self, OAuthError> {
        let client = params.one("client_id")?.ok_or_else(|| invalid_request(Why::ClientIdMissing))?;
        let client = ClientId::new(client);
        let redirect_uri = params.one("redirect_uri")?.map(str::to_owned);
        Ok(Self { client, redirect_uri, params, hint: None })
    }

    /// The same of a client that pushes its request and has proven who it is (RFC 9126 section 2.1).
    pub fn pushed(client: ClientId, params: Params) -> Result<Self, OAuthError> {
        let redirect_uri = params.one("redirect_uri")?.map(str::to_owned);
        Ok(Self { client, redirect_uri, params, hint: None })
    }

    /// The same with its `id_token_hint` read, by somebody who has the keys. One that is not ours says nothing.
    pub fn hinted(self, read: impl FnOnce(&str) -> Option<Hint>) -> Self {
        let hint = self.params.one("id_token_hint").ok().flatten().and_then(read);
        Self { hint, ..self }
    }

    /// Who asks.
    pub const fn client_id(&self) -> &ClientId {
        &self.client
    }

    /// Where the client wants its answer.
    pub fn redirect_uri(&self) -> Option<&str> {
        self.redirect_uri.as_deref()
    }

    /// Whether the client wants an answer without a page, however wrong the rest may be.
    pub fn wants_no_page(&self) -> bool {
        self.params.many("prompt").iter().any(|value| value.split(' ').any(|word| word == "none"))
    }
}
