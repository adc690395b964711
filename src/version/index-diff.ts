import { compareCodePoints } from "../format/index.ts";
import type { DataIndex, IndexEntry } from "./data-index.ts";

/** How a file or folder differs between two indexes. `unknown`: a listing that would tell is not in the cache. */
export type IndexChange =
  | { readonly kind: "added"; readonly old: IndexEntry | null; readonly new: IndexEntry }
  | { readonly kind: "deleted"; readonly old: IndexEntry; readonly new: IndexEntry | null }
  | { readonly kind: "modified" | "renamed"; readonly old: IndexEntry; readonly new: IndexEntry }
  | { readonly kind: "unchanged" | "unknown"; readonly old: IndexEntry | null; readonly new: IndexEntry | null };

export interface DiffRules {
  /** Folders with content are compared as one, not file by file. */
  readonly shallow: boolean;
  /** Content only; else a file that is a folder now is a change too, and so is a folder that is gone. */
  readonly contentOnly: boolean;
}

/**
 * What differs between two indexes, in the order of the paths, unchanged entries too; what was added with the content
 * of something deleted is a rename (dvc-data index/diff.py).
 */
export function diffIndexes(old: DataIndex, next: DataIndex, rules: DiffRules): readonly IndexChange[] {
  const paths = [...new Set([...old.entries.keys(), ...next.entries.keys()])].toSorted(compareCodePoints);
  const changes: IndexChange[] = [];
  for (const path of paths) {
    const pair = { old: old.entries.get(path) ?? null, new: next.entries.get(path) ?? null };
    if (rules.shallow) {
      // A folder with content is looked into only where the other side has none.
      if (hidden(old, path)) pair.old = null;
      if (hidden(next, path)) pair.new = null;
      if (pair.old === null && pair.new === null) continue;
    }
    const inUnknown = !rules.shallow && (within(old.unknown, path) || within(next.unknown, path));
    changes.push(inUnknown ? { kind: "unknown", ...pair } : changeOf(pair, rules));
  }
  return withRenames(changes);
}

function hidden(index: DataIndex, path: string): boolean {
  return within(index.roots, path, (root) => index.entries.get(root)?.md5 != null);
}

function within(roots: ReadonlySet<string>, path: string, holds: (root: string) => boolean = () => true): boolean {
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
    const above = path.slice(0, at);
    if (roots.has(above) && holds(above)) return true;
  }
  return false;
}

interface Pair {
  readonly old: IndexEntry | null;
  readonly new: IndexEntry | null;
}

function changeOf(pair: Pair, { contentOnly }: DiffRules): IndexChange {
  const { old, new: next } = pair;
  const before = contentOnly ? (old?.md5 ?? null) : old;
  const after = contentOnly ? (next?.md5 ?? null) : next;
  if (before === null && after !== null && next !== null) return { kind: "added", old, new: next };
  if (before !== null && after === null && old !== null) return { kind: "deleted", old, new: next };
  if (old === null || next === null) return { kind: "unchanged", ...pair };
  const same = sameContent(old, next) && (contentOnly || old.folder === next.folder);
  return { kind: same ? "unchanged" : "modified", old, new: next };
}

function sameContent(a: IndexEntry, b: IndexEntry): boolean {
  return a.md5 === b.md5 && (a.md5 === null || a.hash === b.hash);
}

function withRenames(changes: readonly IndexChange[]): readonly IndexChange[] {
  const deleted = new Map<string, IndexEntry[]>();
  for (const change of changes) {
    if (change.kind === "deleted" && change.old.md5 !== null) {
      const key = `${change.old.hash} ${change.old.md5}`;
      deleted.set(key, [...(deleted.get(key) ?? []), change.old]);
    }
  }
  const renamed = new Set<IndexEntry>();
  const result = changes.map((change): IndexChange => {
    if (change.kind !== "added" || change.new.md5 === null) return change;
    const from = deleted.get(`${change.new.hash} ${change.new.md5}`)?.shift();
    if (from === undefined) return change;
    renamed.add(from);
    return { kind: "renamed", old: from, new: change.new };
  });
  return result.filter((change) => !(change.kind === "deleted" && renamed.has(change.old)));
}
