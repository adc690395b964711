import { statSync } from "node:fs";
import { sep } from "node:path";
import type ts from "typescript";
import type { TypeScript } from "./typescript.ts";

/** The files that TypeScript asks to be told about. */
export interface WatchedFiles {
  /** TypeScript's system with a `watchFile` that watches nothing, and remembers whom to tell. */
  readonly system: ts.System;
  /**
   * Tells about the files that have changed since the last time. Called before each cell.
   *
   * @returns a number that is another one when a file has changed, or a folder in which a module was looked for
   */
  refresh(): number;
}

/**
 * Local modules are looked at before each cell: what was saved a moment ago is what the cell gets. TypeScript's own
 * watchers come late, and take one of the system's few thousand for each of the 500 files of its libraries.
 *
 * Files of installed packages are not looked at: their code is loaded once, so that new types would be wrong.
 */
export function watchedFiles(ts: TypeScript): WatchedFiles {
  const watched = new Map<string, { stamp: string; readonly listeners: Set<ts.FileWatcherCallback> }>();
  let revision = 0;
  const watchFile = (path: string, listener: ts.FileWatcherCallback): ts.FileWatcher => {
    if (path.includes(`${sep}node_modules${sep}`)) return { close: () => {} };
    const { listeners } = watched.get(path) ?? { listeners: new Set() };
    listeners.add(listener);
    watched.set(path, { stamp: stampOf(path), listeners });
    return {
      close: () => {
        listeners.delete(listener);
        if (listeners.size === 0) watched.delete(path);
      },
    };
  };
  const watchDirectory: ts.System["watchDirectory"] = (path, listener, ...rest) => {
    const noted = (name: string): void => {
      revision += 1;
      listener(name);
    };
    return ts.sys.watchDirectory?.(path, noted, ...rest) ?? { close: () => {} };
  };
  return {
    system: Object.create(ts.sys, {
      // Writable: tslab makes an object of this one, and gives it a watchFile of its own.
      watchFile: { value: watchFile, writable: true },
      watchDirectory: { value: watchDirectory },
      useCaseSensitiveFileNames: caseOf(ts),
    }) as ts.System,
    refresh() {
      for (const [path, file] of [...watched]) {
        const stamp = stampOf(path);
        if (stamp === file.stamp) continue;
        const kind = changeOf(ts, file.stamp, stamp);
        file.stamp = stamp;
        revision += 1;
        for (const listener of file.listeners) listener(path, kind);
      }
      return revision;
    },
  };
}

// tslab sets this member, for the whole process.
function caseOf(ts: TypeScript): PropertyDescriptor {
  return {
    get: () => ts.sys.useCaseSensitiveFileNames,
    set: (value: boolean) => {
      ts.sys.useCaseSensitiveFileNames = value;
    },
  };
}

const missing = "";

function stampOf(path: string): string {
  const facts = statSync(path, { throwIfNoEntry: false });
  return facts === undefined ? missing : `${facts.mtimeMs} ${facts.ctimeMs} ${facts.size}`;
}

function changeOf(ts: TypeScript, before: string, after: string): ts.FileWatcherEventKind {
  if (before === missing) return ts.FileWatcherEventKind.Created;
  return after === missing ? ts.FileWatcherEventKind.Deleted : ts.FileWatcherEventKind.Changed;
}
