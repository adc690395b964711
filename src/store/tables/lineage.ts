/** Facts of the graph: activities and entities by the id of their node, with what they are as JSON. */
export const lineageTables = `
CREATE TABLE activity (id INTEGER PRIMARY KEY, node TEXT NOT NULL UNIQUE, record TEXT NOT NULL);
CREATE TABLE entity (id INTEGER PRIMARY KEY, node TEXT NOT NULL UNIQUE, record TEXT NOT NULL);

CREATE TABLE fact (
  activity INTEGER NOT NULL, verb TEXT NOT NULL, entity INTEGER NOT NULL, time INTEGER NOT NULL,
  PRIMARY KEY (activity, verb, entity)
) WITHOUT ROWID;
CREATE INDEX fact_by_entity ON fact (entity, verb, activity);

-- A nested run, or a run that stands for a step.
CREATE TABLE part (
  child INTEGER NOT NULL, parent INTEGER NOT NULL,
  PRIMARY KEY (child, parent)
) WITHOUT ROWID;
CREATE INDEX part_by_parent ON part (parent, child);
`;
