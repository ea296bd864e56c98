-- Two indexes took half of the pages that a commit of refreshes changes: access tokens by their grant, and lines of the log by their
-- client. In both each client had a leaf of its own. What is written together lies side by side now.

-- Whoever asks for the tokens of a client, a person or a grant means the living: all of these are in one index, in the order in
-- which they end, and nobody has to look into the table. Without the reference to its grant a token stays until it ends by itself.
CREATE TABLE access_tokens_anew (
    id TEXT PRIMARY KEY NOT NULL,
    grant_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    audience TEXT NOT NULL,
    scope TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    digest TEXT
) WITHOUT ROWID;
INSERT INTO access_tokens_anew
    SELECT id, grant_id, client_id, user_id, audience, scope, issued_at, expires_at, revoked_at, digest FROM access_tokens;
DROP TABLE access_tokens;
ALTER TABLE access_tokens_anew RENAME TO access_tokens;
CREATE INDEX access_tokens_living ON access_tokens (expires_at, id, revoked_at, issued_at, grant_id, client_id, user_id);

-- A reply that is kept for a moment made the row of a spent token four times as long, and was wiped by a second change of it. In a
-- table of their own they come and go in their order.
CREATE TABLE replies (
    id INTEGER PRIMARY KEY NOT NULL,
    digest TEXT NOT NULL,
    reply TEXT NOT NULL,
    until BIGINT NOT NULL
);
INSERT INTO replies (digest, reply, until)
    SELECT digest, reply, reply_until FROM refresh_tokens WHERE reply IS NOT NULL AND reply_until IS NOT NULL ORDER BY reply_until;
CREATE UNIQUE INDEX replies_by_digest ON replies (digest);
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
    SELECT digest, grant_id, client_id, expires_at, spent_at, successor, spent_for, key_thumbprint FROM refresh_tokens;
DROP TABLE refresh_tokens;
ALTER TABLE refresh_tokens_anew RENAME TO refresh_tokens;
CREATE INDEX refresh_tokens_unspent ON refresh_tokens (grant_id) WHERE spent_at IS NULL;
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);

-- 256 lines of the log are a block. Within one they are found by client and by person; a few thousand blocks are a million lines.
CREATE TABLE audit_anew (
    seq INTEGER PRIMARY KEY NOT NULL,
    block BIGINT NOT NULL GENERATED ALWAYS AS (seq / 256) VIRTUAL,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    reason TEXT,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    client_id TEXT,
    user_id TEXT,
    grant_id TEXT,
    ip TEXT NOT NULL,
    request_id TEXT NOT NULL,
    detail TEXT NOT NULL
);
INSERT INTO audit_anew (seq, at, event, reason, actor_kind, actor, client_id, user_id, grant_id, ip, request_id, detail)
    SELECT seq, at, event, reason, actor_kind, actor, client_id, user_id, grant_id, ip, request_id, detail FROM audit;
DROP TABLE audit;
ALTER TABLE audit_anew RENAME TO audit;
CREATE INDEX audit_by_client ON audit (block, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX audit_by_user ON audit (block, user_id) WHERE user_id IS NOT NULL;
CREATE INDEX audit_by_event ON audit (event);
CREATE INDEX audit_by_request ON audit (request_id);
CREATE INDEX audit_by_reason ON audit (reason) WHERE reason IS NOT NULL;
CREATE INDEX audit_refused_from ON audit (ip) WHERE reason IS NOT NULL;
