-- A refresh wrote its token into an index of all tokens by grant, of which only the unspent one is ever looked for. Without the
-- reference to its grant a spent token stays until it ends by itself: nobody has to find those of a grant that goes.
CREATE TABLE refresh_tokens_anew (
    digest TEXT PRIMARY KEY NOT NULL,
    grant_id TEXT NOT NULL,
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
    FROM refresh_tokens;
DROP TABLE refresh_tokens;
ALTER TABLE refresh_tokens_anew RENAME TO refresh_tokens;
CREATE INDEX refresh_tokens_unspent ON refresh_tokens (grant_id) WHERE spent_at IS NULL;
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);
CREATE INDEX refresh_tokens_by_reply ON refresh_tokens (reply_until) WHERE reply_until IS NOT NULL;
-- Clients that were used, counted without those that never were.
CREATE INDEX clients_used ON clients (active_at, last_used_at) WHERE last_used_at IS NOT NULL;
