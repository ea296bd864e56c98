-- Grants that rest on what a company's identity provider says of a person: they end when it is trusted no more.
CREATE TABLE vouched_grants (
    grant_id TEXT PRIMARY KEY NOT NULL,
    issuer TEXT NOT NULL
);
CREATE INDEX vouched_grants_by_issuer ON vouched_grants (issuer);
