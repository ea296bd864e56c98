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

-- The last clients that tried to come in: what policy looks at, for rehearsals.
CREATE TABLE registration_attempts (
    seq BIGINT PRIMARY KEY NOT NULL,
    attempt TEXT NOT NULL,
    refused TEXT,
    at BIGINT NOT NULL
);
