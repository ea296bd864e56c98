-- How many people and clients were active in so many hours, up to the end of an hour.
CREATE TABLE activity (
    hour BIGINT NOT NULL,
    hours BIGINT NOT NULL,
    people BIGINT NOT NULL,
    clients BIGINT NOT NULL,
    PRIMARY KEY (hour, hours)
);
-- Lists in other orders than their own.
DROP INDEX users_by_login;
CREATE INDEX users_by_login ON users (lower(login), id);
CREATE INDEX grants_by_age ON grants (created_at, id);
CREATE INDEX grants_by_client_age ON grants (client_id, created_at, id);
