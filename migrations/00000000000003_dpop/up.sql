-- RFC 9449: thumbprints of the keys that codes and refresh tokens are bound to.
ALTER TABLE codes ADD COLUMN key_thumbprint TEXT;
ALTER TABLE refresh_tokens ADD COLUMN key_thumbprint TEXT;
