import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { withLock } from "../../src/store/index.ts";

let folder = "";
const path = process.env["PATH"];
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "stemma-lock-")));
});
afterEach(() => {
  process.env["PATH"] = path;
  rmSync(folder, { recursive: true, force: true });
});

const placeOf = (program: string): string =>
  execFileSync("/bin/sh", ["-c", `command -v ${program}`], { encoding: "utf8", env: { PATH: path } }).trim();

it.each(["perl", "flock"])(
  "is a lock of the system's, the first time and the next ones, where there is only %s",
  async (program) => {
    const flock = placeOf("flock");
    const only = join(folder, "bin");
    mkdirSync(only);
    symlinkSync(placeOf(program), join(only, program));
    const file = join(folder, "a b", "lock");
    const isFree = (): boolean => spawnSync(flock, ["-n", file, "/bin/true"]).status === 0;
    process.env["PATH"] = only;
    for (let time = 0; time < 3; time++) {
      await withLock(file, async () => expect(isFree()).toBe(false));
      expect(isFree()).toBe(true);
    }
    const holder = spawnSync(flock, [file, process.execPath, "-e", holdWhile(file)], { encoding: "utf8" });
    expect(holder.stdout).toBe("locked\n");
    expect(existsSync(file)).toBe(true);
  },
);

/** A program that finds the lock, which its parent has, taken. */
const holdWhile = (file: string): string => `
  import(${JSON.stringify(new URL("../../src/store/index.ts", import.meta.url).href)}).then(async ({ withLock, LockedError }) => {
    const tryIt = () => withLock(${JSON.stringify(file)}, async () => "free", { waitMs: 50 }).catch((error) => error);
    const found = [await tryIt(), await tryIt()];
    console.log(found.every((one) => one instanceof LockedError) ? "locked" : found);
  })`;
