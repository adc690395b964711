/** The registry and logged models. Whole tables by the name of a model: there are thousands at most. */
export const registryTables = `
CREATE TABLE registered_model (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL
);
CREATE TABLE registered_model_tag (
  model INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (model, key)
) WITHOUT ROWID;
CREATE TABLE model_alias (
  model INTEGER NOT NULL, alias TEXT NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY (model, alias)
) WITHOUT ROWID;

-- A deleted version keeps its row, so that its number is not given again. location: where the files lie.
-- run: uuid of a run. logged_model: uuid of a logged model.
CREATE TABLE model_version (
  id INTEGER PRIMARY KEY,
  model INTEGER NOT NULL, version INTEGER NOT NULL,
  stage TEXT NOT NULL, description TEXT NOT NULL,
  source TEXT NOT NULL, location TEXT NOT NULL,
  run TEXT, logged_model TEXT, run_link TEXT,
  status TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL, updated INTEGER NOT NULL,
  UNIQUE (model, version)
);
CREATE INDEX model_version_by_run ON model_version (run) WHERE run IS NOT NULL;
CREATE INDEX model_version_by_logged_model ON model_version (logged_model) WHERE logged_model IS NOT NULL;
CREATE TABLE model_version_tag (
  version INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (version, key)
) WITHOUT ROWID;

-- uuid: "m-" and 32 hex digits. source_run: uuid of a run.
CREATE TABLE logged_model (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,
  experiment INTEGER NOT NULL,
  name TEXT NOT NULL, type TEXT,
  status TEXT NOT NULL, lifecycle TEXT NOT NULL DEFAULT 'active',
  source_run TEXT,
  created INTEGER NOT NULL, updated INTEGER NOT NULL
);
CREATE INDEX logged_model_by_time ON logged_model (experiment, created DESC);
CREATE INDEX logged_model_by_run ON logged_model (source_run) WHERE source_run IS NOT NULL;
CREATE TABLE logged_model_tag (
  model INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (model, key)
) WITHOUT ROWID;
CREATE TABLE logged_model_param (
  model INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (model, key)
) WITHOUT ROWID;

-- bits has the eight bytes of what SQLite cannot hold (NaN, -0): then value is NULL or 0. No data set: ''.
CREATE TABLE logged_model_metric (
  model INTEGER NOT NULL, key TEXT NOT NULL, run TEXT NOT NULL,
  dataset_name TEXT NOT NULL, dataset_digest TEXT NOT NULL,
  step INTEGER NOT NULL, time INTEGER NOT NULL, value REAL, bits BLOB,
  PRIMARY KEY (model, key, run, dataset_name, dataset_digest, step, time)
) WITHOUT ROWID;

-- role: 'input' or 'output'. run: id of a run. model: uuid of a logged model, maybe of a foreign store.
CREATE TABLE run_model (
  run INTEGER NOT NULL, role TEXT NOT NULL, model TEXT NOT NULL, step INTEGER NOT NULL,
  PRIMARY KEY (run, role, model)
) WITHOUT ROWID;
`;
