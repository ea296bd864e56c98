-- When another key took over. Of those that stopped before it was kept, the end of their last token stands in for it.
ALTER TABLE keys ADD COLUMN stopped_at BIGINT;
UPDATE keys SET stopped_at = retires_at WHERE retires_at IS NOT NULL;
