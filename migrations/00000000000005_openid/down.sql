ALTER TABLE users DROP COLUMN email_asked_at;
ALTER TABLE users DROP COLUMN email;
ALTER TABLE resources DROP COLUMN require_dpop;
ALTER TABLE codes DROP COLUMN nonce;
ALTER TABLE keys DROP COLUMN purpose;
