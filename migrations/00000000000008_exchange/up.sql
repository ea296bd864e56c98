-- Grants that rest on what a company's identity provider says of a person: they end when it is trusted no more.
CREATE TABLE vouched_grants (
    grant_id TEXT PRIMARY KEY NOT NULL,
    issuer TEXT NOT NULL
);
CREATE INDEX vouched_grants_by_issuer ON vouched_grants (issuer);
-- Which protected server may call which other one with what a person allowed its clients (RFC 8693).
CREATE TABLE resource_calls (
    caller TEXT NOT NULL,
    target TEXT NOT NULL,
    configured BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (caller, target)
);
