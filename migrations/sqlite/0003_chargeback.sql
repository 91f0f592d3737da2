-- What is charged inside on top of a row's cost, in 1e-6 of it; decided when the request began.
ALTER TABLE ledger ADD COLUMN markup INTEGER NOT NULL DEFAULT 0;

-- Amounts alone do not show these: an estimate without a price has none.
ALTER TABLE usage_quarter ADD COLUMN estimated_requests INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_quarter ADD COLUMN unpriced_requests INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_day ADD COLUMN estimated_requests INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_day ADD COLUMN unpriced_requests INTEGER NOT NULL DEFAULT 0;
