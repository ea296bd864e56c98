-- Lists over a large book. Few clients did not sign by themselves: an index of these alone costs registrations nothing.
CREATE INDEX clients_by_origin ON clients (origin, active_at, id) WHERE origin <> 'dynamic';
-- Who uses a resource, told without looking at a grant.
DROP INDEX grants_by_audience;
CREATE INDEX grants_by_audience ON grants (audience, expires_at, user_id, client_id) WHERE ended_at IS NULL;
