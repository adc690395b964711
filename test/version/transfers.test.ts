import { execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findProject } from "../../src/store/index.ts";
import { addData, collectGarbage, fetchData, pushData, TransferError } from "../../src/version/index.ts";
import { root } from "../support/tools.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "stemma-transfers-")));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");

function makeProject(folder: string, store: string): ReturnType<typeof findProject> {
  mkdirSync(join(folder, ".dvc"), { recursive: true });
  const remote = `['remote "store"']\n    url = ${store}\n`;
  writeFileSync(join(folder, ".dvc", "config"), `[core]\n    no_scm = True\n    remote = store\n${remote}`);
  return findProject(folder);
}

/** Files below a folder whose bytes are not what their path says. */
function wrongObjects(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name))
    .filter(
      (path) => `${path.slice(-33, -31)}${path.slice(-30)}` !== md5(readFileSync(path)) && !path.endsWith(".dir"),
    );
}

/** A disk of 2 MB; only root may mount one. */
const small = join(base, "small");
function mounted(): boolean {
  mkdirSync(small);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", small], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
const isMounted = mounted();
afterAll(() => {
  if (isMounted) execFileSync("umount", [small]);
});

describe.skipIf(!isMounted)("a full disk", () => {
  it("ends a pull with an error, leaves nothing half, and the next one goes on", async () => {
    const from = makeProject(join(base, "from"), join(base, "store"));
    mkdirSync(join(from.root, "data"));
    for (let i = 0; i < 12; i++) writeFileSync(join(from.root, "data", `${i}`), randomBytes(256 * 1024));
    await addData(from, "data");
    await pushData(from);
    const to = makeProject(join(small, "to"), join(base, "store"));
    writeFileSync(join(to.root, "data.dvc"), readFileSync(join(from.root, "data.dvc")));
    const failure: unknown = await fetchData(to).catch((error: unknown) => error);
    expect(String(failure)).toMatch(/no space left/i);
    const cache = join(to.root, ".dvc", "cache", "files", "md5");
    expect(wrongObjects(cache)).toEqual([]);
    execFileSync("mount", ["-o", "remount,size=8m", small]);
    await fetchData(to);
    expect(wrongObjects(cache)).toEqual([]);
    expect(readdirSync(cache, { recursive: true, withFileTypes: true }).filter((item) => item.isFile())).toHaveLength(
      13,
    );
  });
});

describe("two processes", () => {
  it("push the same and other data to one remote at the same time", async () => {
    const store = join(base, "shared");
    const sides = ["one", "two"].map((name) => makeProject(join(base, name), store));
    for (const [k, project] of sides.entries()) {
      mkdirSync(join(project.root, "data"));
      for (let i = 0; i < 300; i++) writeFileSync(join(project.root, "data", `${i}`), `${i % 3 === 0 ? k : ""} ${i}`);
      await addData(project, "data");
    }
    const program = join(root, "src", "cli", "main.ts");
    const pushes = sides.map((project) =>
      spawn(process.execPath, [program, "push", "-q"], { cwd: project.root, stdio: "inherit" }),
    );
    const codes = await Promise.all(pushes.map(async (child) => (await once(child, "exit"))[0] as number));
    expect(codes).toEqual([0, 0]);
    expect(wrongObjects(store)).toEqual([]);
    // 200 that both have, 100 of each, two listings; nothing that was left half.
    expect(readdirSync(store, { recursive: true, withFileTypes: true }).filter((item) => item.isFile())).toHaveLength(
      402,
    );
  });
});

describe("gc", () => {
  it("keeps what experiments use, the run cache and the results of flows", async () => {
    const folder = join(base, "experiments");
    mkdirSync(folder);
    const git = (...args: readonly string[]): string =>
      execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@example.org", ...args], {
        cwd: folder,
        encoding: "utf8",
      }).trim();
    git("init", "-q", "-b", "main");
    mkdirSync(join(folder, ".dvc"));
    writeFileSync(join(folder, ".dvc", "config"), "");
    const project = findProject(folder);
    const kept: string[] = [];
    for (const text of ["of main", "of an experiment", "of nobody", "now"]) {
      writeFileSync(join(folder, "a"), text);
      kept.push((await addData(project, "a")).md5);
      git("add", "-A");
      git("commit", "-qm", text);
      if (text === "of an experiment") git("update-ref", "refs/exps/12/3456/fast-tree", "HEAD");
      if (text !== "of main") git("reset", "-q", "--soft", "HEAD~1");
    }
    const others = [".dvc/cache/runs/ab/abcd/ef", `stemma/objects/files/md5/ab/${"c".repeat(30)}`];
    for (const path of others) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), "x");
    }
    const { cache } = await collectGarbage(project, { commits: { branches: true } });
    const held = (digest = ""): boolean =>
      existsSync(join(folder, ".dvc", "cache", "files", "md5", digest.slice(0, 2), digest.slice(2)));
    expect(kept.map(held)).toEqual([true, true, false, true]);
    expect(cache.current).toHaveLength(1);
    expect(others.map((path) => existsSync(join(folder, path)))).toEqual([true, true]);
  });
});

describe("a pull that ends with errors", () => {
  it("names each file, and keeps the ones that came", async () => {
    const project = makeProject(join(base, "lost"), join(base, "lost-store"));
    mkdirSync(join(project.root, "data"));
    for (const name of ["a", "b", "c"]) writeFileSync(join(project.root, "data", name), name);
    await addData(project, "data");
    await pushData(project);
    const at = md5(Buffer.from("b"));
    rmSync(join(base, "lost-store", "files", "md5", at.slice(0, 2), at.slice(2)));
    rmSync(join(project.dvcFolder, "cache"), { recursive: true });
    const failure: unknown = await fetchData(project).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TransferError);
    expect((failure as TransferError).transfer).toMatchObject({ files: 3, failed: [{ path: "data/b" }] });
  });
});
