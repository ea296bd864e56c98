DROP INDEX refresh_tokens_by_reply;
CREATE INDEX refresh_tokens_by_reply ON refresh_tokens (reply_until);
