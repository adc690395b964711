import { changeTriggers } from "./run-snapshot.ts";

const keys = ["run INTEGER NOT NULL", "name INTEGER NOT NULL"];

const cellTag = "(SELECT id FROM name WHERE text = 'stemma.cell.id')";

/**
 * The values of a run lie together: a run is written and shown as a whole, and as long as they lay by name each of them
 * had a page of its own. What looks for a name in all runs has the snapshot (src/track/search/snapshot).
 */
export const valuesByRun: string = `
${byRun("param", [...keys, "text TEXT NOT NULL", "json INTEGER NOT NULL"])}
${byRun("tag", [...keys, "text TEXT NOT NULL"])}
${byRun("series", [
  ...keys,
  "points INTEGER NOT NULL",
  ...["last_step INTEGER NOT NULL", "last_time INTEGER NOT NULL", "last REAL", "last_bits BLOB"],
  ...["min REAL", "max REAL"],
])}
${changeTriggers(["param", "tag", "series"])}

-- Runs by the cell that made them, which each new run of a cell asks for. Kept by triggers: a tag is set in many ways.
-- REPLACE tells nobody of the row that it removes: whoever reads this asks the tag too.
CREATE TABLE cell_run (cell TEXT NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (cell, run)) WITHOUT ROWID;
INSERT INTO cell_run (cell, run) SELECT text, run FROM tag WHERE name = ${cellTag} ORDER BY text, run;
${(["INSERT", "UPDATE"] as const).map((verb) => cellTrigger(verb, "INSERT OR IGNORE INTO cell_run (cell, run) VALUES (NEW.text, NEW.run)")).join("")}
${cellTrigger("DELETE", "DELETE FROM cell_run WHERE cell = OLD.text AND run = OLD.run")}
`;

// With a table go its triggers and its index by run.
function byRun(table: string, columns: readonly string[]): string {
  const names = columns.map((column) => column.split(" ")[0]).join(", ");
  return `
ALTER TABLE ${table} RENAME TO ${table}_by_name;
CREATE TABLE ${table} (${columns.join(", ")}, PRIMARY KEY (run, name)) WITHOUT ROWID;
INSERT INTO ${table} (${names}) SELECT ${names} FROM ${table}_by_name ORDER BY run, name;
DROP TABLE ${table}_by_name;`;
}

function cellTrigger(verb: "INSERT" | "UPDATE" | "DELETE", statement: string): string {
  return `
CREATE TRIGGER tag_${verb.toLowerCase()}_of_cell AFTER ${verb} ON tag
WHEN ${verb === "DELETE" ? "OLD" : "NEW"}.name = ${cellTag}
BEGIN
  ${statement};
END;`;
}
