import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, it } from "vitest";
import { findProject, hasDatabase, openDatabase, type Project } from "../../src/store/index.ts";
import { schemaVersion } from "../../src/store/schema.ts";
import { flowTables, lineageTables, trackTables } from "../../src/store/tables/index.ts";

let project: Project;
beforeEach(() => {
  project = findProject(mkdtempSync(join(tmpdir(), "stemma über database-")));
});

const setTag = (key: string, value: string): void => {
  openDatabase(project).write((sql) =>
    sql.run("INSERT OR REPLACE INTO experiment_tag (experiment, key, value) VALUES (1, ?, ?)", key, value),
  );
};
const tags = (): readonly string[] =>
  openDatabase(project)
    .read<{ readonly key: string }>("SELECT key FROM experiment_tag ORDER BY key")
    .map(({ key }) => key);

// Released schemas, word for word: one is added when it is left behind, none is ever changed.
const released: readonly string[] = [`${trackTables}${lineageTables}${flowTables}`];

describe("the database", () => {
  it.each(released.map((tables, i) => [i + 1, tables] as const))(
    "brings one of schema %i to today's",
    (version, tables) => {
      mkdirSync(project.stemmaFolder);
      const older = new DatabaseSync(join(project.stemmaFolder, "stemma.db"));
      older.exec(tables);
      older.exec("INSERT INTO experiment (id, name, created, updated) VALUES (1, 'seir', 1, 1)");
      older.exec(
        "INSERT INTO run (uuid, experiment, name, status, user, started) VALUES ('a', 1, 'a', 'FINISHED', 'ada', 1)",
      );
      older.exec(`PRAGMA user_version = ${version}`);
      older.close();
      const database = openDatabase(project);
      expect(database.first("PRAGMA user_version")).toEqual({ user_version: schemaVersion });
      expect(database.first("SELECT uuid, deleted FROM run")).toEqual({ uuid: "a", deleted: null });
      const columns = (): readonly unknown[] =>
        openDatabase(project).read("SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name");
      const upgraded = columns();
      database.close();
      project = findProject(mkdtempSync(join(tmpdir(), "stemma-new-")));
      expect(upgraded).toEqual(columns());
    },
  );

  it("is kept without shared memory on a network file system, also by several processes at once", async () => {
    setTag("local", "");
    openDatabase(project).close();
    const network = { isNetwork: () => true };
    expect(openDatabase(project, network).isNetwork).toBe(true);
    expect(openDatabase(project).first("PRAGMA journal_mode")).toEqual({ journal_mode: "truncate" });
    const face = JSON.stringify(join(import.meta.dirname, "../../src/store/index.ts"));
    const program = (name: string): string => `
      import { findProject, openDatabase } from ${face};
      const database = openDatabase(findProject(process.cwd()), { isNetwork: () => true });
      for (let i = 0; i < 50; i++)
        database.write((sql) => sql.run("INSERT INTO experiment_tag (experiment, key, value) VALUES (1, ?, '')", "${name}" + i));
      process.exitCode = database.first("PRAGMA journal_mode").journal_mode === "truncate" ? 0 : 3;`;
    const children = ["a", "b", "c"].map((name) =>
      spawn(process.execPath, ["--input-type=module", "-e", program(name)], { cwd: project.root, stdio: "inherit" }),
    );
    const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
    expect(codes).toEqual([0, 0, 0]);
    expect(tags()).toHaveLength(151);
    expect(readdirSync(project.stemmaFolder).filter((name) => name.endsWith("-shm"))).toEqual([]);
  });

  it("is made at the first opening, in a folder that git ignores", () => {
    expect(hasDatabase(project)).toBe(false);
    openDatabase(project);
    expect(hasDatabase(project)).toBe(true);
    expect(readFileSync(join(project.root, "stemma", ".gitignore"), "utf8")).toBe("*\n");
  });

  it("takes all of a write or, when it throws, nothing", () => {
    expect(() =>
      openDatabase(project).write((sql) => {
        sql.run("INSERT INTO experiment_tag (experiment, key, value) VALUES (1, 'a', '')");
        throw new Error("in the middle");
      }),
    ).toThrow("in the middle");
    expect(tags()).toEqual([]);
    setTag("b", "");
    expect(tags()).toEqual(["b"]);
  });

  it("makes a write inside a write a part of it", () => {
    expect(() =>
      openDatabase(project).write(() => {
        setTag("a", "");
        throw new Error("later");
      }),
    ).toThrow("later");
    expect(tags()).toEqual([]);
  });

  it("refuses one that a newer Stemma wrote, and changes nothing in it", () => {
    openDatabase(project).close();
    const path = join(project.stemmaFolder, "stemma.db");
    const other = new DatabaseSync(path);
    other.exec("PRAGMA user_version = 4711");
    other.close();
    expect(() => openDatabase(project)).toThrow(
      `stemma/stemma.db was written by a newer Stemma (schema 4711; this one knows ${schemaVersion}). Update stemma (npm i stemma@latest).`,
    );
    const again = new DatabaseSync(path);
    expect(again.prepare("PRAGMA user_version").get()).toEqual({ user_version: 4711 });
    again.close();
  });

  it("says that a file is no database, and leaves it", () => {
    mkdirSync(project.stemmaFolder);
    const path = join(project.stemmaFolder, "stemma.db");
    writeFileSync(path, "my notes, which happen to be more than a hundred bytes long: ".repeat(40));
    expect(() => openDatabase(project)).toThrow(
      "stemma/stemma.db is no SQLite database. Move it away; a new one is made.",
    );
    expect(readFileSync(path, "utf8")).toContain("my notes");
  });

  it("is made anew when somebody deleted the folder under an open connection", () => {
    setTag("a", "");
    rmSync(project.stemmaFolder, { recursive: true });
    setTag("b", "");
    expect(tags()).toEqual(["b"]);
  });

  it("takes the writes of several processes at once, each of them once", async () => {
    openDatabase(project);
    const store = join(import.meta.dirname, "../../src/store/index.ts");
    const program = `
      const { openDatabase, findProject } = await import(${JSON.stringify(store)});
      const database = openDatabase(findProject(${JSON.stringify(project.root)}));
      for (let i = 0; i < 200; i++) database.write((sql) => {
        const { n } = sql.first("SELECT count(*) AS n FROM experiment_tag");
        sql.run("INSERT INTO experiment_tag (experiment, key, value) VALUES (1, ?, ?)", process.argv[1] + "-" + i, String(n));
      });`;
    const children = ["a", "b", "c"].map((name) =>
      spawn(process.execPath, ["--input-type=module", "-e", program, name], { stdio: "inherit" }),
    );
    const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
    expect(codes).toEqual([0, 0, 0]);
    // Each saw what all others had written before it: the counts are 0 to 599, none twice.
    const counts = openDatabase(project).read<{ readonly value: string }>("SELECT value FROM experiment_tag");
    expect(new Set(counts.map(({ value }) => value)).size).toBe(600);
  });
});
