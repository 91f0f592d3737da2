-- Budgets, usage and exports without scanning the ledger.
ALTER TABLE ledger ADD COLUMN model_requested TEXT NOT NULL DEFAULT '';
ALTER TABLE ledger ADD COLUMN cached_tokens INTEGER NOT NULL DEFAULT 0;  -- within input_tokens
-- Audit sequence number of the settlement: which rows a roll-up has, as settlements do not follow ids.
ALTER TABLE ledger ADD COLUMN settled_seq INTEGER;

-- Who and what is summed over, as one number.
CREATE TABLE usage_dim (
  id          INTEGER PRIMARY KEY,
  org         TEXT NOT NULL,
  team        TEXT NOT NULL,
  environment TEXT NOT NULL,
  key_id      TEXT NOT NULL,
  provider    TEXT NOT NULL,
  model       TEXT NOT NULL
);

-- Settled rows by quarter of an hour and by UTC day of their request's start (ms). Every offset of a time zone
-- is a multiple of 15 minutes, so that a calendar month anywhere is a sum of these. Both hold the same rows.
CREATE TABLE usage_quarter (
  dim       INTEGER NOT NULL,
  bucket    INTEGER NOT NULL,
  requests  INTEGER NOT NULL,
  input     INTEGER NOT NULL,
  cached    INTEGER NOT NULL,
  output    INTEGER NOT NULL,
  cost      INTEGER NOT NULL,  -- nano-USD
  estimated INTEGER NOT NULL,  -- of it
  PRIMARY KEY (dim, bucket)
) WITHOUT ROWID;

CREATE TABLE usage_day (
  dim       INTEGER NOT NULL,
  bucket    INTEGER NOT NULL,
  requests  INTEGER NOT NULL,
  input     INTEGER NOT NULL,
  cached    INTEGER NOT NULL,
  output    INTEGER NOT NULL,
  cost      INTEGER NOT NULL,
  estimated INTEGER NOT NULL,
  PRIMARY KEY (dim, bucket)
) WITHOUT ROWID;

-- Alerts that were raised: once per level, window and percentage.
CREATE TABLE budget_alert (
  scope       TEXT    NOT NULL,
  scope_id    TEXT    NOT NULL,
  environment TEXT    NOT NULL,
  window_ms   INTEGER NOT NULL,
  percent     INTEGER NOT NULL,
  PRIMARY KEY (scope, scope_id, environment, window_ms, percent)
) WITHOUT ROWID;
