DROP TABLE backups;
DROP TABLE findings;
DROP TABLE job_runs;
ALTER TABLE keys DROP COLUMN stopped_at;
