CREATE TABLE refresh_tokens_anew (
    digest TEXT PRIMARY KEY NOT NULL,
    grant_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT,
    successor TEXT,
    spent_for TEXT,
    key_thumbprint TEXT
) WITHOUT ROWID;
INSERT INTO refresh_tokens_anew
    SELECT t.digest, grant_id, client_id, expires_at, spent_at, successor, spent_for, key_thumbprint
    FROM refresh_tokens t LEFT JOIN replies r ON r.digest = t.digest;
DROP TABLE refresh_tokens;
ALTER TABLE refresh_tokens_anew RENAME TO refresh_tokens;
CREATE INDEX refresh_tokens_unspent ON refresh_tokens (grant_id) WHERE spent_at IS NULL;
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);

CREATE TABLE replies_anew (
    id INTEGER PRIMARY KEY NOT NULL,
    digest TEXT NOT NULL,
    reply TEXT NOT NULL,
    until BIGINT NOT NULL
);
INSERT INTO replies_anew SELECT id, digest, reply, until FROM replies;
DROP TABLE replies;
ALTER TABLE replies_anew RENAME TO replies;
CREATE UNIQUE INDEX replies_by_digest ON replies (digest);
