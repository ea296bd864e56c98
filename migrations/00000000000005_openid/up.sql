-- OpenID Connect. What a key signs: access tokens, or id_tokens, which no protected server may take for one.
ALTER TABLE keys ADD COLUMN purpose TEXT NOT NULL DEFAULT 'access_tokens';
-- What the client wants to find in the id_token of its code.
ALTER TABLE codes ADD COLUMN nonce TEXT;
-- Whether a protected server takes tokens only that are bound to a key (RFC 9449).
ALTER TABLE resources ADD COLUMN require_dpop BOOLEAN NOT NULL DEFAULT FALSE;
-- The address that GitHub verified, kept only while a client may know it; and when GitHub was last asked.
ALTER TABLE users ADD COLUMN email TEXT;
ALTER TABLE users ADD COLUMN email_asked_at BIGINT;
