-- One row per fact, integer keys, no secondary index on the request path: each would cost more than the row.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

-- A hold when it is admitted, the ledger row when it is settled. Money in nano-USD; NULL = unpriced.
CREATE TABLE ledger (
  id            INTEGER PRIMARY KEY,  -- hold id: counter << 16 | slot of dispatch.map
  request_id    BLOB    NOT NULL,
  time_ms       INTEGER NOT NULL,     -- start of the request: decides window and price
  key_id        TEXT    NOT NULL,
  org           TEXT    NOT NULL,
  team          TEXT    NOT NULL,
  environment   TEXT    NOT NULL,
  provider      TEXT    NOT NULL,
  model         TEXT    NOT NULL,
  hold          INTEGER,
  state         INTEGER NOT NULL,     -- 0 open, 1 settled, 2 released; frozen values
  cost          INTEGER,
  estimated     INTEGER NOT NULL DEFAULT 0,
  input_tokens  INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  price_version TEXT,
  parts         TEXT                  -- [["meter",units,nano],…]
);

CREATE TABLE audit_record (
  seq   INTEGER PRIMARY KEY,  -- gapless from 0
  bytes TEXT NOT NULL,        -- the record exactly as hashed
  hash  BLOB NOT NULL         -- chain hash; src/audit/FORMAT.md
);

CREATE TABLE idempotency (
  scope        TEXT    NOT NULL,
  key          TEXT    NOT NULL,
  fingerprint  BLOB    NOT NULL,
  state        INTEGER NOT NULL,  -- 0 running, 1 stored, 2 indeterminate; frozen values
  hold_id      INTEGER NOT NULL,
  expires_ms   INTEGER NOT NULL,
  request_id   BLOB    NOT NULL,
  status       INTEGER,
  content_type TEXT,
  sealed_body  BLOB,
  PRIMARY KEY (scope, key)
) WITHOUT ROWID;

-- Documents of the control plane: the current one, and every version there was.
CREATE TABLE document (
  kind       TEXT    NOT NULL,
  id         TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  deleted    INTEGER NOT NULL,
  json       TEXT    NOT NULL,
  changed_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;

CREATE TABLE document_version (
  kind       TEXT    NOT NULL,
  id         TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  deleted    INTEGER NOT NULL,
  json       TEXT    NOT NULL,
  changed_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, id, version)
) WITHOUT ROWID;
