import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { root } from "../../support/tools.ts";
import { git, newFolder, tree } from "./dvc.ts";
import { type Warm, warmDvc, warmStemma } from "./warm.ts";

let real: Warm;
let ours: Warm;

beforeAll(async () => {
  [real, ours] = await Promise.all([warmDvc(), warmStemma()]);
});
afterAll(() => Promise.all([real.close(), ours.close()]));

const env = Object.fromEntries(
  Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined),
);

function put(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** `stemma …` in a process of its own with the killer loaded; how many changes it made, null when it was killed. */
function killed(folder: string, argv: readonly string[], at: number): number | null {
  const counted = join(folder, "..", "count");
  const program = join(root, "src", "cli", "main.ts");
  const killer = join(import.meta.dirname, "kill-at.ts");
  const ended = spawnSync(process.execPath, ["--import", killer, program, ...argv], {
    cwd: folder,
    env: { ...env, KILL_AT: String(at), KILL_COUNT: counted },
  });
  return ended.signal === "SIGKILL" ? null : Number(readFileSync(counted, "utf8"));
}

interface Case {
  readonly prepare: (folder: string) => void;
  readonly argv: readonly string[];
  /** Done again after a kill; the verb itself without it. */
  readonly again?: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  "add of a folder": {
    prepare: (folder) => put(folder, "new/a", "1"),
    argv: ["add", "new"],
  },
  "add of a change": {
    prepare: (folder) => put(folder, "data/a", "changed"),
    argv: ["add", "data"],
  },
  commit: { prepare: (folder) => put(folder, "x.csv", "changed"), argv: ["commit", "-f"] },
  checkout: { prepare: (folder) => rmSync(join(folder, "data"), { recursive: true }), argv: ["checkout", "-f"] },
  "checkout of changes": { prepare: (folder) => put(folder, "x.csv", "other"), argv: ["checkout", "-f"] },
  remove: { prepare: () => {}, argv: ["remove", "x.csv.dvc"] },
  unprotect: { prepare: () => {}, argv: ["unprotect", "data"] },
  move: { prepare: () => {}, argv: ["move", "x.csv", "y.csv"] },
  "move of a folder": { prepare: () => {}, argv: ["move", "data", "moved"] },
  init: {
    prepare: (folder) => {
      for (const path of [".dvc", ".dvcignore", "x.csv.dvc", "data.dvc", "data"])
        rmSync(join(folder, path), { recursive: true });
    },
    argv: ["init", "-q"],
    again: ["init", "-q", "-f"],
  },
  "cache migrate": {
    prepare: (folder) => {
      const [, md5 = ""] = /md5: (\w{32})/.exec(readFileSync(join(folder, "x.csv.dvc"), "utf8")) ?? [];
      const path = `${md5.slice(0, 2)}/${md5.slice(2)}`;
      mkdirSync(join(folder, ".dvc/cache", md5.slice(0, 2)));
      renameSync(join(folder, ".dvc/cache/files/md5", path), join(folder, ".dvc/cache", path));
      put(folder, "x.csv.dvc", `outs:\n- md5: ${md5}\n  size: 2\n  path: x.csv\n`);
      rmSync(join(folder, "x.csv"));
      put(folder, "x.csv", "1\n");
    },
    argv: ["cache", "migrate", "--dvc-files"],
  },
  config: { prepare: () => {}, argv: ["config", "core.remote", "shelf"] },
};

let start: string;
beforeAll(async () => {
  start = newFolder();
  git(start, "init", "-q");
  await real.run({ argv: ["init", "-q"], cwd: start, env });
  await real.run({ argv: ["config", "cache.type", "symlink"], cwd: start, env });
  for (const name of ["a", "b", "sub/c"]) put(start, `data/${name}`, name);
  put(start, "x.csv", "1\n");
  await real.run({ argv: ["add", "-q", "data", "x.csv"], cwd: start, env });
});

/** The first and the last change, and two between: each moment starts two processes. */
function moments(total: number): readonly number[] {
  return [...new Set([1, Math.ceil(total / 3), Math.ceil((2 * total) / 3), total])];
}

it.each(Object.entries(cases))(
  "%s, killed at any change of a file, leaves what both tools open and the verb finishes",
  async (_, one) => {
    const fresh = (): string => {
      const folder = join(newFolder(), "repo");
      cpSync(start, folder, { recursive: true, verbatimSymlinks: true });
      one.prepare(folder);
      return folder;
    };
    const whole = fresh();
    const total = killed(whole, one.argv, 0) ?? 0;
    expect(total).toBeGreaterThan(0);
    for (const at of moments(total)) {
      const folder = fresh();
      expect(killed(folder, one.argv, at), `killed at ${at} of ${total}`).toBe(null);
      // Before there is a repository there is nothing to open, and a repository is whole from its first moment.
      if (existsSync(join(folder, ".dvc"))) {
        const opened = await real.run({ argv: ["status", "--json"], cwd: folder, env });
        expect([at, opened.code, opened.err]).toEqual([at, 0, ""]);
        expect((await ours.run({ argv: ["status", "--json"], cwd: folder, env })).code).toBe(0);
      }
      await ours.run({ argv: one.again ?? one.argv, cwd: folder, env });
      const left = (path: string): readonly (readonly [string, string])[] =>
        [...tree(path)].filter(([name]) => !/\.tmp(\/|$)/.test(name) && !name.includes("cache/tmp"));
      expect(left(folder).map(([name, entry]) => [name, entry.split(" ").slice(0, 2).join(" ")])).toEqual(
        left(whole).map(([name, entry]) => [name, entry.split(" ").slice(0, 2).join(" ")]),
      );
    }
  },
);
