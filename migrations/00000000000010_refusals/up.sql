-- Refusals are found by their reason and by the address they came from. Only refusals have a reason.
CREATE INDEX audit_by_reason ON audit (reason, seq) WHERE reason IS NOT NULL;
CREATE INDEX audit_refused_from ON audit (ip, seq) WHERE reason IS NOT NULL;
