DROP INDEX clients_by_proof;
ALTER TABLE clients DROP COLUMN proof;
