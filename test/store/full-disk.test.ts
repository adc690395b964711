import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { DatabaseFullError, findProject, openDatabase, type Project, writeOnFullDisk } from "../../src/store/index.ts";

const place = join(mkdtempSync(join(tmpdir(), "stemma-full-")), "disk");
mkdirSync(place);
const isMounted = (() => {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", place], { stdio: "ignore" });
    return true;
  } catch {
    process.stderr.write("not tested: the database on a full disk (this user may not mount a small one)\n");
    return false;
  }
})();
afterAll(() => {
  if (isMounted) execFileSync("umount", ["-l", place]);
  rmSync(join(place, ".."), { recursive: true, force: true });
});

/** Takes all the room that there is. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
  closeSync(file);
}

const count = (project: Project): unknown =>
  openDatabase(project).first<{ readonly n: number }>("SELECT count(*) AS n FROM experiment_tag")?.n;
const put = (project: Project, from: number, to: number): void =>
  openDatabase(project).write((sql) => {
    for (let i = from; i < to; i++)
      sql.run("INSERT INTO experiment_tag (experiment, key, value) VALUES (1, ?, ?)", `k${i}`, "v".repeat(500));
  });

describe.skipIf(!isMounted)("the database on a full disk", () => {
  let project: Project;
  let fillers = 0;
  beforeEach(() => {
    for (const name of ["room", "filler"]) rmSync(join(place, name), { force: true });
    mkdirSync(join(place, `p${++fillers}`, ".dvc"), { recursive: true });
    project = findProject(join(place, `p${fillers}`));
    writeFileSync(join(place, "room"), Buffer.alloc(200_000));
    put(project, 0, 200);
    return () => {
      openDatabase(project).close();
      rmSync(project.root, { recursive: true });
    };
  });

  it("can be read by who comes new, and a write is refused in a sentence until there is room", () => {
    openDatabase(project).close();
    fill(join(place, "filler"));
    expect(count(project)).toBe(200);
    expect(() => put(project, 200, 300)).toThrow(DatabaseFullError);
    expect(() => put(project, 200, 300)).toThrow(/^No room on the disk for stemma\/stemma\.db; nothing/);
    expect(count(project)).toBe(200);
    rmSync(join(place, "filler"));
    put(project, 200, 300);
    expect(count(project)).toBe(300);
  });

  it.each(["who comes new", "who was there"])("can be made smaller by %s when that makes room first", (who) => {
    if (who === "who comes new") openDatabase(project).close();
    fill(join(place, "filler"));
    writeOnFullDisk(project, (sql) => {
      rmSync(join(place, "room"));
      sql.run("DELETE FROM experiment_tag WHERE key <> 'k0'");
    });
    expect(count(project)).toBe(1);
    put(project, 200, 210);
    expect(count(project)).toBe(11);
  });

  it("loses nothing where no room could be made", () => {
    openDatabase(project).close();
    fill(join(place, "filler"));
    expect(() => writeOnFullDisk(project, (sql) => sql.run("DELETE FROM experiment_tag"))).toThrow(DatabaseFullError);
    expect(count(project)).toBe(200);
  });
});
