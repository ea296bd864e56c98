DROP INDEX grants_by_client_age;
DROP INDEX grants_by_age;
DROP INDEX users_by_login;
CREATE INDEX users_by_login ON users (login, id);
DROP TABLE activity;
