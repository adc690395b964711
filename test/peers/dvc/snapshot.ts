import { execFileSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, relative } from "node:path";
import type { Place } from "./twin.ts";

/** What is compared: every file by its path with kind, mode and bytes; git's index and refs. Not: `.git`, `.dvc/tmp`. */
export function snapshot({
  around,
  repo,
  env,
}: Pick<Place, "around" | "repo" | "env">): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  visit(around, (path, entry) => {
    files[relative(around, path)] = entry;
  });
  const ask = (...args: readonly string[]): string =>
    execFileSync("git", args, { cwd: repo, env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  if (readdirSync(repo).includes(".git")) {
    files["git index"] = ask("ls-files", "--stage");
    files["git refs"] = ask("for-each-ref", "--format=%(objectname) %(refname)");
  }
  return files;
}

function visit(folder: string, take: (path: string, entry: string) => void): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    // What DVC itself leaves behind when it brings data from elsewhere.
    if (/^\.[\w-]{22}\.tmp$/.test(name)) continue;
    if (name === ".git" || (name === "tmp" && folder.endsWith("/.dvc"))) continue;
    const stat = lstatSync(path);
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isSymbolicLink()) take(path, `link to ${readlinkSync(path)}`);
    else if (stat.isDirectory()) {
      take(path, `folder ${mode}`);
      visit(path, take);
    } else take(path, `file ${mode} ${shown(readFileSync(path))}`);
  }
}

/** The text; of bytes that are none, the bytes by latin1. */
function shown(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : bytes.toString("latin1");
}
