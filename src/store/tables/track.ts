/**
 * Runs. Names of metrics, params and tags are interned in `name`; the points of a metric lie in `chunk`, as columns;
 * `series` is what is known of a metric without its points.
 */
export const trackTables = `
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

CREATE TABLE experiment (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  lifecycle TEXT NOT NULL DEFAULT 'active',
  created INTEGER NOT NULL,
  updated INTEGER NOT NULL
);
CREATE TABLE experiment_tag (
  experiment INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (experiment, key)
) WITHOUT ROWID;

-- uuid: 32 hex digits, or what a foreign store called it. parent: the uuid of a run. sources: key of \`cell_list\`.
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,
  experiment INTEGER NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  lifecycle TEXT NOT NULL DEFAULT 'active',
  user TEXT NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER,
  parent TEXT,
  sources TEXT
);
CREATE INDEX run_by_start ON run (experiment, started DESC);
CREATE INDEX run_by_parent ON run (parent) WHERE parent IS NOT NULL;

-- text: as MLflow shows it. json: 1 where the value was no string and text is its JSON.
CREATE TABLE param (
  name INTEGER NOT NULL, run INTEGER NOT NULL, text TEXT NOT NULL, json INTEGER NOT NULL,
  PRIMARY KEY (name, run)
) WITHOUT ROWID;
CREATE INDEX param_by_run ON param (run);

CREATE TABLE tag (
  name INTEGER NOT NULL, run INTEGER NOT NULL, text TEXT NOT NULL,
  PRIMARY KEY (name, run)
) WITHOUT ROWID;
CREATE INDEX tag_by_run ON tag (run);

-- The latest point (greatest by step, time, value) and the range. SQLite holds no NaN and no -0: then last is NULL or 0
-- and last_bits has the eight bytes. min and max leave NaN out.
CREATE TABLE series (
  name INTEGER NOT NULL, run INTEGER NOT NULL,
  points INTEGER NOT NULL,
  last_step INTEGER NOT NULL, last_time INTEGER NOT NULL, last REAL, last_bits BLOB,
  min REAL, max REAL,
  PRIMARY KEY (name, run)
) WITHOUT ROWID;
CREATE INDEX series_by_run ON series (run);

-- Up to 1000 points in the order of logging; the columns' coding is told in src/track/series/chunk.ts.
CREATE TABLE chunk (
  run INTEGER NOT NULL, name INTEGER NOT NULL, position INTEGER NOT NULL,
  points INTEGER NOT NULL, first_step INTEGER NOT NULL, last_step INTEGER NOT NULL, rising INTEGER NOT NULL,
  steps BLOB NOT NULL, times BLOB NOT NULL, numbers BLOB NOT NULL,
  PRIMARY KEY (run, name, position)
) WITHOUT ROWID;

-- How many segments of a tail are in \`chunk\`; a segment up to that number is spent and may be deleted.
CREATE TABLE tail (
  run INTEGER NOT NULL, writer TEXT NOT NULL, folded INTEGER NOT NULL,
  PRIMARY KEY (run, writer)
) WITHOUT ROWID;

CREATE TABLE dataset (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL, digest TEXT NOT NULL, source_type TEXT NOT NULL, source TEXT NOT NULL,
  schema TEXT, profile TEXT
);
CREATE INDEX dataset_by_digest ON dataset (digest, name);
CREATE TABLE input (
  run INTEGER NOT NULL, dataset INTEGER NOT NULL, tags TEXT NOT NULL,
  PRIMARY KEY (run, dataset)
) WITHOUT ROWID;

-- Who keeps a run open. pid is NULL for a run that lives by its expiry alone.
CREATE TABLE lease (
  run INTEGER PRIMARY KEY,
  owner TEXT NOT NULL, host TEXT NOT NULL, boot TEXT, pid INTEGER, pid_start TEXT,
  renewed INTEGER NOT NULL, expires INTEGER NOT NULL
);

-- Sources of cells by md5; a list names those that ran before a run, as JSON.
CREATE TABLE cell_source (md5 TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE cell_list (md5 TEXT PRIMARY KEY, cells TEXT NOT NULL) WITHOUT ROWID;
`;
