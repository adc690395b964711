import { spawnSync } from "node:child_process";
import type { Revision } from "./revision.ts";

interface GitObject {
  /** Hex digits. */
  readonly id: string;
  readonly bytes: Buffer;
}

interface TreeEntry {
  readonly name: string;
  readonly id: string;
  readonly kind: "tree" | "blob";
}

/**
 * Some files of many commits. However many commits there are, git is started once for each level of folders, and once for the files:
 * trees and files that commits share are read once.
 *
 * @param commits 40 hex digits each; one that git lacks has no files
 * @param takes which files, by their path from `folder`
 */
export function openRevisions(
  folder: string,
  commits: readonly string[],
  takes: (path: string) => boolean,
): readonly Revision[] {
  if (commits.length === 0) return [];
  const prefix = git(folder, ["rev-parse", "--show-prefix"]).toString().trim().replace(/\/$/, "");
  const roots = objectsOf(
    folder,
    commits.map((commit) => (prefix === "" ? `${commit}^{tree}` : `${commit}:${prefix}`)),
  );
  const trees = treesBelow(folder, roots);
  const found = roots.map((root) => (root === null ? new Map<string, string>() : filesOf(trees, root.id, takes)));
  const ids = [...new Set(found.flatMap((files) => [...files.values()]))];
  const blobs = new Map(objectsOf(folder, ids).map((object, i) => [ids[i] ?? "", object?.bytes ?? null]));
  return commits.map((commit, i) => {
    const files = found[i] ?? new Map<string, string>();
    return { commit, paths: [...files.keys()], read: (path) => blobs.get(files.get(path) ?? "") ?? null };
  });
}

type Trees = ReadonlyMap<string, readonly TreeEntry[]>;

/** All trees that some lead to, level by level. */
function treesBelow(folder: string, roots: readonly (GitObject | null)[]): Trees {
  const trees = new Map<string, readonly TreeEntry[]>();
  let level: readonly (GitObject | null)[] = roots;
  while (level.length > 0) {
    const next = new Set<string>();
    for (const tree of level) {
      if (tree === null || trees.has(tree.id)) continue;
      const entries = treeEntries(tree);
      trees.set(tree.id, entries);
      for (const { kind, id } of entries) if (kind === "tree" && !trees.has(id)) next.add(id);
    }
    level = objectsOf(folder, [...next]);
  }
  return trees;
}

function filesOf(trees: Trees, root: string, takes: (path: string) => boolean): Map<string, string> {
  const files = new Map<string, string>();
  const visit = (id: string, base: string): void => {
    for (const entry of trees.get(id) ?? []) {
      const path = base + entry.name;
      if (entry.kind === "tree") visit(entry.id, `${path}/`);
      else if (takes(path)) files.set(path, entry.id);
    }
  };
  visit(root, "");
  return files;
}

// gitformat: "<mode> <name>\0<id, as bytes>", again and again. Links (120000) and submodules (160000) hold no content.
function treeEntries({ id: own, bytes }: GitObject): readonly TreeEntry[] {
  const idBytes = own.length / 2;
  const entries: TreeEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, space);
    const mode = bytes.toString("latin1", at, space);
    const name = bytes.toString("utf8", space + 1, end);
    const id = bytes.toString("hex", end + 1, end + 1 + idBytes);
    at = end + 1 + idBytes;
    if (mode === "40000") entries.push({ name, id, kind: "tree" });
    else if (mode.startsWith("100")) entries.push({ name, id, kind: "blob" });
  }
  return entries;
}

/** Objects by name, in the names' order; null for what git does not have. */
function objectsOf(folder: string, names: readonly string[]): readonly (GitObject | null)[] {
  if (names.length === 0) return [];
  const output = git(folder, ["cat-file", "--batch"], names.map((name) => `${name}\n`).join(""));
  const objects: (GitObject | null)[] = [];
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0x0a, at);
    const [id = "", kind, size] = output.toString("utf8", at, end).split(" ");
    at = end + 1;
    if (size === undefined || !/^(tree|blob|commit|tag)$/.test(kind ?? "")) {
      objects.push(null);
      continue;
    }
    objects.push({ id, bytes: output.subarray(at, at + Number(size)) });
    at += Number(size) + 1;
  }
  return objects;
}

function git(folder: string, args: readonly string[], input?: string): Buffer {
  const { status, stdout, error } = spawnSync("git", args, {
    cwd: folder,
    maxBuffer: 2 ** 31,
    stdio: ["pipe", "pipe", "ignore"],
    env: { ...process.env, GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" },
    ...(input === undefined ? {} : { input }),
  });
  if (error !== undefined) throw error;
  return status === 0 ? stdout : Buffer.alloc(0);
}
