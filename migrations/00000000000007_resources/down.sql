DROP TABLE gate_traffic;
ALTER TABLE device_codes DROP COLUMN asked;
DROP INDEX clients_by_likeness;
CREATE INDEX clients_by_likeness ON clients (likeness);
DROP INDEX grants_by_audience;
DROP TABLE scope_sentences;
ALTER TABLE resources DROP COLUMN token_seconds;
