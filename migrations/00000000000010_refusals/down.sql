DROP INDEX audit_refused_from;
DROP INDEX audit_by_reason;
