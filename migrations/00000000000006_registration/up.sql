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
ALTER TABLE clients ADD COLUMN waits BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX clients_by_initial_token ON clients (initial_token, created_at) WHERE initial_token IS NOT NULL;

-- People who let a client in and wait for an administrator to do so too. `request` is the digest of what goes on then.
CREATE TABLE approval_waits (
    id TEXT PRIMARY KEY NOT NULL,
    request TEXT NOT NULL,
    client_id TEXT NOT NULL,
    likeness TEXT NOT NULL,
    user_id TEXT NOT NULL,
    auth_time BIGINT NOT NULL,
    scope TEXT NOT NULL,
    audience TEXT NOT NULL,
    ends_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decided_at BIGINT,
    allowed BOOLEAN,
    until BIGINT
);
CREATE UNIQUE INDEX approval_waits_by_request ON approval_waits (request);
CREATE INDEX approval_waits_by_end ON approval_waits (expires_at);

-- What was decided for clients that are alike.
CREATE TABLE approvals (
    id TEXT PRIMARY KEY NOT NULL,
    likeness TEXT NOT NULL,
    name TEXT NOT NULL,
    user_id TEXT,
    allowed BOOLEAN NOT NULL,
    until BIGINT,
    created_at BIGINT NOT NULL,
    created_by TEXT
);
CREATE INDEX approvals_by_likeness ON approvals (likeness);

-- The last clients that tried to come in: what policy looks at, for rehearsals.
CREATE TABLE registration_attempts (
    seq BIGINT PRIMARY KEY NOT NULL,
    attempt TEXT NOT NULL,
    refused TEXT,
    at BIGINT NOT NULL
);
