-- What speaks for a client, as one word: a list is narrowed by it. For most it is nothing, and an index of the others alone costs
-- registrations nothing.
ALTER TABLE clients ADD COLUMN proof TEXT NOT NULL DEFAULT 'nobody';
UPDATE clients SET proof = 'administrator' WHERE origin = 'administrator' OR (trusted AND origin <> 'configured');
UPDATE clients SET proof = 'configuration' WHERE origin = 'configured';
UPDATE clients SET proof = 'document' WHERE origin = 'document' AND NOT trusted;
UPDATE clients SET proof = 'statement' WHERE origin = 'dynamic' AND NOT trusted AND stated_by IS NOT NULL;
CREATE INDEX clients_by_proof ON clients (proof, active_at, id) WHERE proof <> 'nobody';
