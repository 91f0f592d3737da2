-- Claims are sealed: `seal` is the MAC of the row, `body_sha256` is of the answer. The answer comes last, so that
-- a start, which looks at every claim, need not read past it.
ALTER TABLE idempotency RENAME TO idempotency_before;
CREATE TABLE idempotency (
  scope        TEXT    NOT NULL,
  key          TEXT    NOT NULL,
  fingerprint  BLOB    NOT NULL,
  state        INTEGER NOT NULL,  -- 0 running, 1 stored, 2 indeterminate; frozen values
  hold_id      INTEGER NOT NULL,
  expires_ms   INTEGER NOT NULL,
  request_id   BLOB    NOT NULL,
  org          TEXT    NOT NULL,
  status       INTEGER,
  content_type TEXT,
  seal         BLOB,
  body_sha256  BLOB,
  sealed_body  BLOB,
  PRIMARY KEY (scope, key)
) WITHOUT ROWID;
INSERT INTO idempotency(scope,key,fingerprint,state,hold_id,expires_ms,request_id,org,status,content_type,sealed_body)
  SELECT scope,key,fingerprint,state,hold_id,expires_ms,request_id,org,status,content_type,sealed_body
  FROM idempotency_before;
DROP TABLE idempotency_before;
CREATE INDEX idempotency_answers ON idempotency(org, hold_id) WHERE sealed_body IS NOT NULL;
