-- A refresh token that is spent grew to twice its length, and parted the page in which it stood with those that were written with it.
-- What took its place and what it was spent for is asked only for as long as its reply is kept: that lies with the reply now.
CREATE TABLE replies_anew (
    id INTEGER PRIMARY KEY NOT NULL,
    digest TEXT NOT NULL,
    successor TEXT NOT NULL,
    spent_for TEXT NOT NULL,
    reply TEXT NOT NULL,
    until BIGINT NOT NULL
);
INSERT INTO replies_anew
    SELECT r.id, r.digest, t.successor, t.spent_for, r.reply, r.until
    FROM replies r JOIN refresh_tokens t ON t.digest = r.digest
    WHERE t.successor IS NOT NULL AND t.spent_for IS NOT NULL;
DROP TABLE replies;
ALTER TABLE replies_anew RENAME TO replies;
CREATE UNIQUE INDEX replies_by_digest ON replies (digest);

-- Tokens lie in the order in which they were given, and mostly end in it: they need no index by their end.
CREATE TABLE refresh_tokens_anew (
    digest TEXT PRIMARY KEY NOT NULL,
    grant_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT,
    key_thumbprint TEXT
) WITHOUT ROWID;
INSERT INTO refresh_tokens_anew
    SELECT digest, grant_id, client_id, expires_at, spent_at, key_thumbprint FROM refresh_tokens;
DROP TABLE refresh_tokens;
ALTER TABLE refresh_tokens_anew RENAME TO refresh_tokens;
CREATE INDEX refresh_tokens_unspent ON refresh_tokens (grant_id) WHERE spent_at IS NULL;
