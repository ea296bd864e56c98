ALTER TABLE clients DROP COLUMN stated_by;
ALTER TABLE clients DROP COLUMN statement;
