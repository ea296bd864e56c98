-- One tree for SQLite and PostgreSQL: TEXT, BIGINT and BOOLEAN, text primary keys, no dialect words.
-- Times are seconds since the epoch. Random tokens are kept as digests, client secrets as argon2id, keys sealed.

CREATE TABLE settings (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

CREATE TABLE keys (
    id TEXT PRIMARY KEY NOT NULL,
    algorithm TEXT NOT NULL,
    state TEXT NOT NULL,
    sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    signs_at BIGINT NOT NULL,
    retires_at BIGINT
);

CREATE TABLE users (
    id TEXT PRIMARY KEY NOT NULL,
    login TEXT NOT NULL,
    name TEXT,
    suspended_at BIGINT,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX users_by_last_seen ON users (last_seen_at, id);
CREATE INDEX users_by_login ON users (login, id);

CREATE TABLE access_entries (
    who TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT,
    PRIMARY KEY (who, role)
);

CREATE TABLE login_bindings (
    login TEXT PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL,
    bound_at BIGINT NOT NULL
);

CREATE TABLE claim_links (
    digest TEXT PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT
);

CREATE TABLE sessions (
    digest TEXT PRIMARY KEY NOT NULL,
    user_id TEXT,
    state TEXT NOT NULL,
    ip TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE clients (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    metadata TEXT NOT NULL,
    likeness TEXT NOT NULL,
    origin TEXT NOT NULL,
    trusted BOOLEAN NOT NULL,
    secret TEXT,
    secret_at BIGINT,
    secret_expires_at BIGINT,
    old_secret TEXT,
    old_secret_at BIGINT,
    old_secret_expires_at BIGINT,
    registration_token TEXT,
    registration_token_at BIGINT,
    created_at BIGINT NOT NULL,
    created_ip TEXT NOT NULL,
    created_by TEXT,
    updated_at BIGINT NOT NULL,
    authorized_at BIGINT,
    last_used_at BIGINT,
    -- the last use, or the registration while there was none: what lists are sorted by
    active_at BIGINT NOT NULL,
    disabled_at BIGINT
);
CREATE INDEX clients_by_activity ON clients (active_at, id, last_used_at);
CREATE INDEX clients_disabled ON clients (active_at, id) WHERE disabled_at IS NOT NULL;
CREATE INDEX clients_by_age ON clients (created_at, id);
CREATE INDEX clients_by_secret_end ON clients (secret_expires_at);
CREATE INDEX clients_by_likeness ON clients (likeness);

-- The words by which a client is found: a prefix of any of them will do.
CREATE TABLE client_terms (
    term TEXT NOT NULL,
    client_id TEXT NOT NULL,
    PRIMARY KEY (term, client_id)
);

-- How many registrations of each origin there are: a count of the rows takes longer the more there are.
CREATE TABLE client_counts (
    origin TEXT PRIMARY KEY NOT NULL,
    n BIGINT NOT NULL
);

CREATE TABLE tombstones (
    id TEXT PRIMARY KEY NOT NULL,
    metadata TEXT NOT NULL,
    why TEXT NOT NULL,
    left_by TEXT,
    created_at BIGINT NOT NULL,
    left_at BIGINT NOT NULL
);
CREATE INDEX tombstones_by_age ON tombstones (left_at, id);

CREATE TABLE grants (
    id TEXT PRIMARY KEY NOT NULL,
    client_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    audience TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    auth_time BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    ended_at BIGINT,
    ended_why TEXT,
    last_used_at BIGINT,
    active_at BIGINT NOT NULL
);
CREATE INDEX grants_by_activity ON grants (active_at, id);
CREATE INDEX grants_by_client ON grants (client_id, active_at);
CREATE INDEX grants_by_user ON grants (user_id, active_at);
CREATE INDEX grants_live ON grants (expires_at) WHERE ended_at IS NULL;

CREATE TABLE codes (
    digest TEXT PRIMARY KEY NOT NULL,
    grant_id TEXT NOT NULL REFERENCES grants (id),
    client_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT
);
CREATE INDEX codes_by_end ON codes (expires_at);
CREATE INDEX codes_by_grant ON codes (grant_id);

CREATE TABLE refresh_tokens (
    digest TEXT PRIMARY KEY NOT NULL,
    grant_id TEXT NOT NULL REFERENCES grants (id),
    client_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT,
    successor TEXT,
    spent_for TEXT,
    reply TEXT,
    reply_until BIGINT
);
CREATE INDEX refresh_tokens_by_grant ON refresh_tokens (grant_id);
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);
CREATE INDEX refresh_tokens_by_reply ON refresh_tokens (reply_until);

CREATE TABLE access_tokens (
    id TEXT PRIMARY KEY NOT NULL,
    grant_id TEXT NOT NULL REFERENCES grants (id),
    client_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    audience TEXT NOT NULL,
    scope TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX access_tokens_by_grant ON access_tokens (grant_id);
CREATE INDEX access_tokens_by_end ON access_tokens (expires_at);

CREATE TABLE consents (
    user_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    audience TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, client_id, redirect_uri, audience)
);
CREATE INDEX consents_by_client ON consents (client_id);

-- Authorization requests and administrators' sign-ins that wait for a person.
CREATE TABLE parked (
    digest TEXT PRIMARY KEY NOT NULL,
    client_id TEXT,
    request TEXT NOT NULL,
    browser TEXT NOT NULL,
    user_id TEXT,
    auth_time BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    returned_at BIGINT,
    decided_at BIGINT,
    answer TEXT
);
CREATE INDEX parked_by_end ON parked (expires_at);
CREATE INDEX parked_by_client ON parked (client_id);

CREATE TABLE resources (
    uri TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    required_scopes TEXT NOT NULL,
    people TEXT NOT NULL,
    allow_preflight BOOLEAN NOT NULL,
    configured BOOLEAN NOT NULL,
    secret TEXT,
    created_at BIGINT NOT NULL
);

CREATE TABLE audit (
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
CREATE INDEX audit_by_client ON audit (client_id, seq);
CREATE INDEX audit_by_user ON audit (user_id, seq);
CREATE INDEX audit_by_event ON audit (event, seq);
CREATE INDEX audit_by_request ON audit (request_id);

-- Numbered changes of what is refused right now: other processes on this database follow them.
CREATE TABLE standing_changes (
    seq BIGINT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    until BIGINT NOT NULL,
    at BIGINT NOT NULL
);

-- Servers on this database, and up to which change each has taken them up.
CREATE TABLE servers (
    id TEXT PRIMARY KEY NOT NULL,
    seen BIGINT NOT NULL,
    at BIGINT NOT NULL
);

-- Counts of what happened, by the hour: figures and charts are drawn from here.
CREATE TABLE tallies (
    hour BIGINT NOT NULL,
    name TEXT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (hour, name)
);
