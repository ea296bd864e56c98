DROP TABLE registration_attempts;
DROP TABLE policy_versions;
