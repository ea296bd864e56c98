-- The policy of registration as the dashboard changed it: each change is a version. `changes` are the members that are not as
-- the configuration has them; `before` and `after` are the whole policy as it was in force.
CREATE TABLE policy_versions (
    version BIGINT PRIMARY KEY NOT NULL,
    changes TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    note TEXT,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- What administrators hand to those who may register (RFC 7591 section 3). The tokens are kept as digests.
CREATE TABLE initial_tokens (
    id TEXT PRIMARY KEY NOT NULL,
    digest TEXT NOT NULL,
    label TEXT NOT NULL,
    scopes TEXT NOT NULL,
    redirect_hosts TEXT NOT NULL,
    grant_types TEXT NOT NULL,
    most_uses BIGINT,
    uses BIGINT NOT NULL,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    created_by TEXT,
    last_used_at BIGINT,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX initial_tokens_by_digest ON initial_tokens (digest);

-- On which terms a client was let in.
ALTER TABLE clients ADD COLUMN initial_token TEXT;
ALTER TABLE clients ADD COLUMN most_scope TEXT;
CREATE INDEX clients_by_initial_token ON clients (initial_token, created_at) WHERE initial_token IS NOT NULL;

-- The last clients that tried to come in: what policy looks at, for rehearsals.
CREATE TABLE registration_attempts (
    seq BIGINT PRIMARY KEY NOT NULL,
    attempt TEXT NOT NULL,
    refused TEXT,
    at BIGINT NOT NULL
);
