ALTER TABLE keys DROP COLUMN stopped_at;
