DROP INDEX clients_used;
CREATE TABLE refresh_tokens_anew (
    digest TEXT PRIMARY KEY NOT NULL,
    grant_id TEXT NOT NULL REFERENCES grants (id),
    client_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT,
    successor TEXT,
    spent_for TEXT,
    reply TEXT,
    reply_until BIGINT,
    key_thumbprint TEXT
);
INSERT INTO refresh_tokens_anew
    SELECT digest, grant_id, client_id, expires_at, spent_at, successor, spent_for, reply, reply_until, key_thumbprint
    FROM refresh_tokens
    WHERE grant_id IN (SELECT id FROM grants);
DROP TABLE refresh_tokens;
ALTER TABLE refresh_tokens_anew RENAME TO refresh_tokens;
CREATE INDEX refresh_tokens_by_grant ON refresh_tokens (grant_id);
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);
CREATE INDEX refresh_tokens_by_reply ON refresh_tokens (reply_until) WHERE reply_until IS NOT NULL;
