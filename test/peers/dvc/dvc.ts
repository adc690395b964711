import { execFileSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll } from "vitest";
import { tool } from "../../support/tools.ts";

const base = mkdtempSync(join(tmpdir(), "stemma-dvc-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A new empty folder, gone after the file's tests. */
export function newFolder(): string {
  return mkdtempSync(join(base, "project-"));
}

// Neither the machine's configuration nor a cache of digests that another test filled may have a say.
const environment: NodeJS.ProcessEnv = {
  ...process.env,
  DVC_NO_ANALYTICS: "1",
  DVC_SITE_CACHE_DIR: join(base, "site-cache"),
  DVC_GLOBAL_CONFIG_DIR: join(base, "no-config"),
  DVC_SYSTEM_CONFIG_DIR: join(base, "no-config"),
};
Object.assign(process.env, environment);

/** Runs the real DVC in a folder and gives what it printed. */
export function dvc(folder: string, ...args: readonly string[]): string {
  return execFileSync(tool("dvc"), args, { cwd: folder, env: environment, encoding: "utf8", stdio: "pipe" });
}

/** What `dvc status --json` says; `{}` when nothing differs. */
export function dvcStatus(folder: string): unknown {
  return JSON.parse(dvc(folder, "status", "--json"));
}

export function git(folder: string, ...args: readonly string[]): string {
  const who = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
  return execFileSync("git", [...who, ...args], { cwd: folder, encoding: "utf8" });
}

/** Every file below a folder but git's and DVC's own scratch: path, kind and mode, and the bytes. */
export function tree(folder: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const visit = (at: string): void => {
    for (const name of readdirSync(at)) {
      const path = join(at, name);
      const inside = relative(folder, path);
      if (inside === ".git" || inside === join(".dvc", "tmp")) continue;
      const stat = lstatSync(path);
      const mode = (stat.mode & 0o7777).toString(8);
      if (stat.isDirectory()) {
        files.set(inside, `folder ${mode}`);
        visit(path);
      } else files.set(inside, `file ${mode} ${readFileSync(path).toString("latin1")}`);
    }
  };
  visit(folder);
  return files;
}
