type Changing = "run" | "param" | "tag" | "series";

/** Triggers that tell which runs changed; a table that is made anew needs them again. */
export function changeTriggers(tables: readonly Changing[]): string {
  return tables
    .flatMap((table) => {
      const run = table === "run" ? "id" : "run";
      return [
        trigger(table, "INSERT", `NEW.${run}`),
        trigger(table, "UPDATE", `NEW.${run}`),
        trigger(table, "DELETE", `OLD.${run}`),
      ];
    })
    .join("");
}

function trigger(table: Changing, verb: "INSERT" | "UPDATE" | "DELETE", run: string): string {
  return `
CREATE TRIGGER ${table}_${verb.toLowerCase()}_changes_run AFTER ${verb} ON ${table}
WHEN (SELECT begun FROM run_snapshot) > 0
BEGIN
  INSERT INTO changed_run (run, begun) SELECT ${run}, begun FROM run_snapshot WHERE true
  ON CONFLICT (run) DO UPDATE SET begun = excluded.begun WHERE begun <> excluded.begun;
END;`;
}

/**
 * Which runs changed since a snapshot of their values was made (src/track/search/snapshot). Whoever changes a run, by
 * whatever statement, a trigger tells it here with the number of the snapshot that is made or was made last; before the
 * first one, which only a large store has, nothing is told.
 *
 * Also: runs in the order in which they are listed, with one index for each way to list them.
 */
export const runSnapshotTables: string = `
CREATE TABLE run_snapshot (one INTEGER PRIMARY KEY CHECK (one = 1), begun INTEGER NOT NULL, current INTEGER NOT NULL);
INSERT INTO run_snapshot (one, begun, current) VALUES (1, 0, 0);
CREATE TABLE changed_run (run INTEGER PRIMARY KEY, begun INTEGER NOT NULL);
CREATE INDEX changed_run_by_begun ON changed_run (begun);
${changeTriggers(["run", "param", "tag", "series"])}

DROP INDEX run_by_start;
CREATE INDEX run_by_experiment ON run (experiment, started);
CREATE INDEX run_by_start ON run (started);
CREATE INDEX run_open ON run (id) WHERE status = 'RUNNING';
`;
