-- When another key took over: of those that stopped before it was kept, when the next one began to sign.
ALTER TABLE keys ADD COLUMN stopped_at BIGINT;
UPDATE keys SET stopped_at = COALESCE(
    (SELECT MIN(later.signs_at) FROM keys later
        WHERE later.purpose = keys.purpose AND later.state <> 'next' AND later.signs_at > keys.signs_at),
    retires_at)
WHERE retires_at IS NOT NULL;

-- The last run of each job.
CREATE TABLE job_runs (
    name TEXT PRIMARY KEY NOT NULL,
    began_at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    done BIGINT NOT NULL,
    failure TEXT
);

-- What the last look at each thing found that a server needs.
CREATE TABLE findings (
    name TEXT PRIMARY KEY NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    found TEXT NOT NULL
);

-- Archives that were taken into the folder for them, and whether each was found whole.
CREATE TABLE backups (
    file TEXT PRIMARY KEY NOT NULL,
    taken_at BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    checked_at BIGINT NOT NULL,
    trouble TEXT
);
