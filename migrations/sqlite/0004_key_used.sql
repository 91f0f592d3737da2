-- When a key was last used, in milliseconds, coarsely: written about once a minute, never per request.
CREATE TABLE key_used(
  key_id TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL
) WITHOUT ROWID;
