/**
 * Results of flow steps.
 *
 * flow_result: what a step gave, by its cache key; `body` is the codec's text up to 64 kB, `object` the MD5 of a longer one in stemma/objects.
 * flow_task: what each step of each flow last ran with (`item`: indices in its maps, "" outside), to say why it runs again.
 * flow_code: the parts of a step's code by the digest of all; `object` is the MD5 of the module's text.
 */
export const flowTables = `
CREATE TABLE flow_result (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  flow TEXT NOT NULL,
  step TEXT NOT NULL,
  digest TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  body TEXT,
  object TEXT,
  time INTEGER NOT NULL,
  run TEXT,
  CHECK ((body IS NULL) <> (object IS NULL))
) STRICT;
CREATE TABLE flow_task (
  flow TEXT NOT NULL,
  step TEXT NOT NULL,
  item TEXT NOT NULL,
  key TEXT NOT NULL,
  code TEXT NOT NULL,
  inputs TEXT NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (flow, step, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE flow_code (
  digest TEXT PRIMARY KEY,
  parts TEXT NOT NULL,
  object TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE flow_file (
  path TEXT PRIMARY KEY,
  stamp TEXT NOT NULL,
  md5 TEXT NOT NULL,
  bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
