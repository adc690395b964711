import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findProject, openDatabase, type Project, ReadOnlyDatabaseError } from "../../src/store/index.ts";
import { schemaVersion } from "../../src/store/schema.ts";

const nobody = 65_534;
let root: string;
let project: Project;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "stemma-read only ü-"));
  chmodSync(root, 0o777);
  mkdirSync(join(root, ".dvc"));
  project = findProject(root);
});
afterEach(() => {
  asOneself();
  chmodSync(project.stemmaFolder, 0o777);
  rmSync(root, { recursive: true, force: true });
});

/** From here on nothing can be written in the project; root can write where it may not. */
function readOnly(): void {
  for (const name of readdirSync(project.stemmaFolder)) chmodSync(join(project.stemmaFolder, name), 0o444);
  chmodSync(project.stemmaFolder, 0o555);
  if (process.getuid?.() === 0) process.seteuid?.(nobody);
}

function asOneself(): void {
  if (process.getuid?.() === 0) process.seteuid?.(0);
}

function writableAgain(): void {
  asOneself();
  chmodSync(project.stemmaFolder, 0o777);
  for (const name of readdirSync(project.stemmaFolder)) chmodSync(join(project.stemmaFolder, name), 0o666);
}

const tag = (key: string): void =>
  openDatabase(project).write((sql) => {
    sql.run("INSERT INTO experiment_tag (experiment, key, value) VALUES (1, ?, '')", key);
  });
const tags = (): readonly string[] =>
  openDatabase(project)
    .read<{ readonly key: string }>("SELECT key FROM experiment_tag ORDER BY key")
    .map(({ key }) => key);

describe("the database of a project that is read-only", () => {
  it("can be read; a write says why it cannot be, and can be when the project is writable again", () => {
    tag("a");
    openDatabase(project).close();
    readOnly();
    expect(tags()).toEqual(["a"]);
    expect(openDatabase(project).snapshot((sql) => sql.first("SELECT count(*) AS n FROM experiment_tag"))).toEqual({
      n: 1,
    });
    expect(() => tag("b")).toThrow(ReadOnlyDatabaseError);
    expect(() => tag("b")).toThrow("stemma/stemma.db cannot be written: the project is read-only here.");
    expect(tags()).toEqual(["a"]);
    writableAgain();
    tag("b");
    expect(tags()).toEqual(["a", "b"]);
  });

  it("shows what somebody else who may write has written meanwhile", () => {
    tag("a");
    openDatabase(project).close();
    readOnly();
    expect(tags()).toEqual(["a"]);
    writableAgain();
    const other = new DatabaseSync(join(project.stemmaFolder, "stemma.db"));
    other.exec("INSERT INTO experiment_tag (experiment, key, value) VALUES (1, 'b', '')");
    readOnly();
    expect(tags()).toEqual(["a", "b"]);
    other.close();
    expect(tags()).toEqual(["a", "b"]);
  });

  it.each([["with", ["", "-wal", "-shm"]] as const, ["without", ["", "-wal"]] as const])(
    "can be read with the log that a killed process left, %s the memory beside it",
    (_, ends) => {
      tag("a");
      const killed = mkdtempSync(join(tmpdir(), "stemma-killed-"));
      for (const end of ends)
        cpSync(join(project.stemmaFolder, `stemma.db${end}`), join(killed, "stemma", `stemma.db${end}`));
      openDatabase(project).close();
      rmSync(root, { recursive: true });
      root = killed;
      chmodSync(root, 0o777);
      project = findProject(root);
      readOnly();
      expect(tags()).toEqual(["a"]);
      expect(readdirSync(tmpdir()).filter((name) => name.startsWith("stemma-read-"))).toEqual([]);
    },
  );

  it("of an older schema says where it can be brought up to date", () => {
    tag("a");
    openDatabase(project).close();
    const older = new DatabaseSync(join(project.stemmaFolder, "stemma.db"));
    older.exec(`PRAGMA user_version = ${schemaVersion - 1}`);
    older.close();
    readOnly();
    expect(() => tags()).toThrow(
      `stemma/stemma.db was written by an older Stemma (schema ${schemaVersion - 1}; this one reads ${schemaVersion}), and is read-only here. Open the project once where it can be written, or copy it`,
    );
  });
});
