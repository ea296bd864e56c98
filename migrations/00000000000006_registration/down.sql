DROP TABLE registration_attempts;
DROP INDEX clients_by_initial_token;
ALTER TABLE clients DROP COLUMN most_scope;
ALTER TABLE clients DROP COLUMN initial_token;
DROP TABLE initial_tokens;
DROP TABLE policy_versions;
