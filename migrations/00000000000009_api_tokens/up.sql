-- Tokens for the dashboard's API, each bound to the administrator whose work it does.
CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY NOT NULL,
    digest TEXT NOT NULL,
    label TEXT NOT NULL,
    role TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used_at BIGINT,
    last_used_ip TEXT,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX api_tokens_by_digest ON api_tokens (digest);
CREATE INDEX api_tokens_by_age ON api_tokens (created_at, id);
CREATE INDEX api_tokens_by_end ON api_tokens (expires_at);
