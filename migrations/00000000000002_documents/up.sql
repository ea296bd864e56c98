-- Clients that are described by a document which their id leads to, and assertions that clients prove themselves with.

CREATE TABLE documents (
    client_id TEXT PRIMARY KEY NOT NULL,
    fetched_at BIGINT NOT NULL,
    fresh_until BIGINT NOT NULL,
    stale_until BIGINT NOT NULL,
    -- why it could not be fetched the last time
    trouble TEXT
);

-- Hosts that an administrator approved.
CREATE TABLE document_hosts (
    host TEXT PRIMARY KEY NOT NULL,
    approved_at BIGINT NOT NULL,
    approved_by TEXT
);

-- Assertions that were shown once and are good for nothing any more (RFC 7523 section 3, jti).
CREATE TABLE assertions (
    digest TEXT PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX assertions_by_end ON assertions (expires_at);
