ALTER TABLE refresh_tokens DROP COLUMN key_thumbprint;
ALTER TABLE codes DROP COLUMN key_thumbprint;
