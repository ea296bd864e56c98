-- The chain that shows whether somebody changed the audit log behind Doorbook's back: each seal stands for the lines
-- first..last and for the seal before it.
CREATE TABLE audit_seals (
    last BIGINT PRIMARY KEY NOT NULL,
    first BIGINT NOT NULL,
    at BIGINT NOT NULL,
    seal TEXT NOT NULL
);
