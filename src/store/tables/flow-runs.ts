/**
 * Runs of flows, beside the parent runs of `track`, which people read.
 *
 * flow_owner: processes that run flows; `beat` is the Unix time of their last sign of life.
 * flow_run: `uuid` is that of the parent run; `plan` the digest of the plan in flow_value; `origin` the run that it goes on with.
 * flow_attempt: one try of one step for one item (`item` as in flow_task); the last one has the result. `log` is the MD5 of what it printed.
 * flow_claim: who executes a key now.
 * flow_value: values by the digest of their text, which a task elsewhere asks for; rows as in flow_result.
 * flow_checkpoint: what a step saved half-way, by its key, until its result is there.
 * flow_card: what a task shows, part by part.
 * `parts`: MD5s of the objects that the text points to, with spaces between them; NULL where it needs none.
 */
export const flowRunTables = `
CREATE TABLE flow_owner (
  id TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  boot TEXT,
  pid INTEGER NOT NULL,
  pid_start TEXT,
  beat INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE flow_run (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,
  flow TEXT NOT NULL,
  plan TEXT NOT NULL,
  params TEXT NOT NULL,
  tags TEXT NOT NULL,
  origin TEXT,
  state TEXT NOT NULL,
  error TEXT,
  started INTEGER NOT NULL,
  ended INTEGER,
  owner TEXT NOT NULL
) STRICT;
CREATE INDEX flow_run_by_start ON flow_run (flow, started DESC);
CREATE TABLE flow_attempt (
  run INTEGER NOT NULL,
  step TEXT NOT NULL,
  item TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  key TEXT NOT NULL,
  digest TEXT,
  seed TEXT,
  error TEXT,
  log TEXT,
  started INTEGER,
  ended INTEGER,
  PRIMARY KEY (run, step, item, attempt)
) STRICT, WITHOUT ROWID;
CREATE TABLE flow_claim (
  key TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE flow_value (
  digest TEXT PRIMARY KEY,
  body TEXT,
  object TEXT,
  parts TEXT,
  time INTEGER NOT NULL,
  CHECK ((body IS NULL) <> (object IS NULL))
) STRICT, WITHOUT ROWID;
CREATE TABLE flow_checkpoint (
  key TEXT PRIMARY KEY,
  run TEXT NOT NULL,
  step TEXT NOT NULL,
  item TEXT NOT NULL,
  digest TEXT NOT NULL,
  body TEXT,
  object TEXT,
  parts TEXT,
  time INTEGER NOT NULL,
  CHECK ((body IS NULL) <> (object IS NULL))
) STRICT, WITHOUT ROWID;
CREATE TABLE flow_card (
  run TEXT NOT NULL,
  step TEXT NOT NULL,
  item TEXT NOT NULL,
  part INTEGER NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  object TEXT,
  time INTEGER NOT NULL,
  PRIMARY KEY (run, step, item, part)
) STRICT, WITHOUT ROWID;
ALTER TABLE flow_result ADD COLUMN parts TEXT;
`;
