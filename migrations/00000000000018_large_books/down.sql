DROP INDEX grants_by_audience;
CREATE INDEX grants_by_audience ON grants (audience);
DROP INDEX clients_by_origin;
