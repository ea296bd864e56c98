CREATE TABLE access_tokens_anew (
    id TEXT PRIMARY KEY NOT NULL,
    grant_id TEXT NOT NULL REFERENCES grants (id),
    client_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    audience TEXT NOT NULL,
    scope TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    digest TEXT
);
INSERT INTO access_tokens_anew
    SELECT id, grant_id, client_id, user_id, audience, scope, issued_at, expires_at, revoked_at, digest
    FROM access_tokens
    WHERE grant_id IN (SELECT id FROM grants);
DROP TABLE access_tokens;
ALTER TABLE access_tokens_anew RENAME TO access_tokens;
CREATE INDEX access_tokens_by_grant ON access_tokens (grant_id);
CREATE INDEX access_tokens_by_end ON access_tokens (expires_at);

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
    SELECT t.digest, grant_id, client_id, expires_at, spent_at, successor, spent_for, reply, until, key_thumbprint
    FROM refresh_tokens t LEFT JOIN replies r ON r.digest = t.digest;
DROP TABLE refresh_tokens;
DROP TABLE replies;
ALTER TABLE refresh_tokens_anew RENAME TO refresh_tokens;
CREATE INDEX refresh_tokens_unspent ON refresh_tokens (grant_id) WHERE spent_at IS NULL;
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);
CREATE INDEX refresh_tokens_by_reply ON refresh_tokens (reply_until) WHERE reply_until IS NOT NULL;

CREATE TABLE audit_anew (
    seq BIGINT PRIMARY KEY NOT NULL,
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
INSERT INTO audit_anew
    SELECT seq, at, event, reason, actor_kind, actor, client_id, user_id, grant_id, ip, request_id, detail FROM audit;
DROP TABLE audit;
ALTER TABLE audit_anew RENAME TO audit;
CREATE INDEX audit_by_client ON audit (client_id, seq);
CREATE INDEX audit_by_user ON audit (user_id, seq);
CREATE INDEX audit_by_event ON audit (event, seq);
CREATE INDEX audit_by_request ON audit (request_id);
CREATE INDEX audit_by_reason ON audit (reason, seq) WHERE reason IS NOT NULL;
CREATE INDEX audit_refused_from ON audit (ip, seq) WHERE reason IS NOT NULL;
