-- The software statement that a client came with, and who signed it, if it says where the client sends people.
ALTER TABLE clients ADD COLUMN statement TEXT;
ALTER TABLE clients ADD COLUMN stated_by TEXT;
