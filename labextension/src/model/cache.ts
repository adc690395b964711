import { createStore, get, set, type UseStore } from "idb-keyval";

/** Part of every key: raised whenever what is kept changes its shape. */
const version = "3";

let store: UseStore | null = null;

/** One database for each JupyterLab: many users of a hub share one origin. */
export function openCache(baseUrl: string): void {
  try {
    store = createStore(`stemma ${baseUrl}`, "answers");
  } catch {
    // No IndexedDB (private windows, some frames): everything works, only slower.
    store = null;
  }
}

/** What was kept under a key; undefined when nothing was, or nothing can be. */
export async function kept<T>(key: string): Promise<T | undefined> {
  if (store === null) return undefined;
  return await get<T>(`${version} ${key}`, store).catch(() => undefined);
}

/** Keeps a value for a later page; a full or forbidden database is no error. */
export function keep(key: string, value: unknown): void {
  if (store === null) return;
  void set(`${version} ${key}`, value, store).catch(() => undefined);
}
