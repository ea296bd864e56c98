-- Devices without a browser that wait for a person (RFC 8628). Both codes are kept as digests.
CREATE TABLE device_codes (
    digest TEXT PRIMARY KEY NOT NULL,
    user_code TEXT NOT NULL,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    audience TEXT NOT NULL,
    ip TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- how many seconds must lie between two polls, and when the last one was
    poll_interval BIGINT NOT NULL,
    polled_at BIGINT,
    -- decided without a grant: denied
    decided_at BIGINT,
    grant_id TEXT,
    spent_at BIGINT
);
CREATE UNIQUE INDEX device_codes_by_user_code ON device_codes (user_code);
CREATE INDEX device_codes_by_end ON device_codes (expires_at);
CREATE INDEX device_codes_by_client ON device_codes (client_id);
