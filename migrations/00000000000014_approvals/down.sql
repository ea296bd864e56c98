DROP TABLE approvals;
DROP TABLE approval_waits;
ALTER TABLE clients DROP COLUMN waits;
