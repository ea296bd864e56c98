-- The gate knows a token that this server gave by its digest, and needs to look at no signature. Of older ones there is none.
ALTER TABLE access_tokens ADD COLUMN digest TEXT;
