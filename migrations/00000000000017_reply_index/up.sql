-- Most refresh tokens have no reply, and none of them needs a place here.
DROP INDEX refresh_tokens_by_reply;
CREATE INDEX refresh_tokens_by_reply ON refresh_tokens (reply_until) WHERE reply_until IS NOT NULL;
