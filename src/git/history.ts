import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import { run } from "./run.ts";

/** A commit, as a list of commits shows it. */
export interface Commit {
  /** 40 hex digits. */
  readonly commit: string;
  readonly author: string;
  /** Unix time in ms, of the author. */
  readonly timeMs: number;
  /** First line of its message. */
  readonly message: string;
  readonly tags: readonly string[];
}

/** The commits that changed one of some files of a folder, newest first; none outside of a repository. */
export function commitsThatChanged(folder: string, paths: readonly string[], limit: number): readonly Commit[] {
  const format = "--format=%H%x1f%an%x1f%at%x1f%D%x1f%s%x1e";
  const output = run(folder, ["--literal-pathspecs", "log", format, `--max-count=${limit}`, "--", ...paths]);
  return (output?.toString() ?? "")
    .split("\x1e")
    .map((record) => record.trim().split("\x1f"))
    .filter(([commit]) => commit !== undefined && commit !== "")
    .map(([commit = "", author = "", seconds = "", refs = "", message = ""]) => ({
      commit,
      author,
      timeMs: Number(seconds) * 1000,
      message,
      tags: refs.split(", ").flatMap((ref) => (ref.startsWith("tag: ") ? [ref.slice(5)] : [])),
    }));
}

/** Files of a folder at commits, all asked for at once; null for one that the commit does not have. */
export function filesAt(
  folder: string,
  wanted: readonly { readonly commit: string; readonly path: string }[],
): readonly (Buffer | null)[] {
  if (wanted.length === 0) return [];
  // A name with a line break cannot be asked for in this way; git quotes it in no way either.
  const input = wanted.map(({ commit, path }) => `${commit}:./${path.replaceAll("\n", "?")}\n`).join("");
  const output = run(folder, ["cat-file", "--batch"], input) ?? Buffer.alloc(0);
  let at = 0;
  return wanted.map(() => {
    const end = output.indexOf(10, at);
    const bytes = / blob (\d+)$/.exec(output.toString("utf8", at, Math.max(at, end)))?.[1];
    at = end + 1;
    if (bytes === undefined) return null;
    const content = output.subarray(at, at + Number(bytes));
    at += Number(bytes) + 1;
    return content;
  });
}

/** The commit that is checked out, when it has a file with this text; null when it has another one, and without git. */
export function commitHolding(file: string, text: string): string | null {
  const output = run(dirname(file), ["rev-parse", "HEAD", `HEAD:./${basename(file)}`])?.toString();
  const [commit, blob] = output?.split("\n") ?? [];
  if (commit === undefined || blob === undefined) return null;
  // A repository of SHA-256 names its objects with 64 digits.
  const hash = createHash(blob.length === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${Buffer.byteLength(text)}\0${text}`).digest("hex") === blob ? commit : null;
}

/** Whether files of a folder are as HEAD has them, staged ones too; the paths of those that are not. */
export function changedPaths(folder: string, pathspecs: readonly string[]): readonly string[] {
  const output = run(folder, ["status", "--porcelain=v1", "-z", "--no-renames", "--", ...pathspecs]);
  return (output?.toString() ?? "")
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => line.slice(3));
}

/** An annotated tag of HEAD; what git says where it refuses. */
export function createTag(
  folder: string,
  name: string,
  message: string,
): { readonly commit: string } | { readonly refused: string } {
  const options = { cwd: folder, encoding: "utf8", env: { ...process.env, LC_ALL: "C" } } as const;
  const { status, stderr, error } = spawnSync(
    "git",
    ["tag", "--annotate", `--message=${message}`, "--", name],
    options,
  );
  if (status !== 0) return { refused: (stderr || String(error ?? "")).trim().split("\n").at(-1) ?? "" };
  return { commit: run(folder, ["rev-parse", "HEAD"])?.toString().trim() ?? "" };
}
