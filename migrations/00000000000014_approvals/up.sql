-- Whether an administrator has to approve a client before a person may let it in.
ALTER TABLE clients ADD COLUMN waits BOOLEAN NOT NULL DEFAULT FALSE;

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
