-- Stored answers have shares by organisation: whose an answer is, and which is its oldest. Rows from before are
-- nobody's; they expire.
ALTER TABLE idempotency ADD COLUMN org TEXT NOT NULL DEFAULT '';
-- Hold ids count up, so that they are an order by age. Only rows with an answer are in it.
CREATE INDEX idempotency_answers ON idempotency(org, hold_id) WHERE sealed_body IS NOT NULL;
