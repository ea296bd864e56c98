-- OpenID Connect. What a key signs: access tokens, or id_tokens, which no protected server may take for one.
ALTER TABLE keys ADD COLUMN purpose TEXT NOT NULL DEFAULT 'access_tokens';
-- What the client wants to find in the id_token of its code.
ALTER TABLE codes ADD COLUMN nonce TEXT;
-- The address that GitHub verified, kept only while a client may know it; and when GitHub was last asked.
ALTER TABLE users ADD COLUMN email TEXT;
ALTER TABLE users ADD COLUMN email_asked_at BIGINT;
