-- How long access tokens for this resource work; null: as long as the server's own.
ALTER TABLE resources ADD COLUMN token_seconds BIGINT;
-- The sentences that consent shows for scopes of the server.
CREATE TABLE scope_sentences (
    scope TEXT PRIMARY KEY NOT NULL,
    sentence TEXT NOT NULL,
    configured BOOLEAN NOT NULL
);
-- What ends when a resource leaves the register.
CREATE INDEX grants_by_audience ON grants (audience);
-- Who else uses a client like this one, the last that were let in first.
DROP INDEX clients_by_likeness;
CREATE INDEX clients_by_likeness ON clients (likeness, authorized_at);
-- What a device asked for that named no resource while several were there: its person chooses one.
ALTER TABLE device_codes ADD COLUMN asked TEXT;
-- What came to the gate for each resource, by the hour.
CREATE TABLE gate_traffic (
    hour BIGINT NOT NULL,
    uri TEXT NOT NULL,
    passed BIGINT NOT NULL,
    challenged BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    PRIMARY KEY (hour, uri)
);
