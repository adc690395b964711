import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type LockStage, parseDvcLock, printDvcLock, printLockStage } from "../format/index.ts";
import type { Project } from "../store/index.ts";
import { lockFileOf } from "./load-pipelines.ts";
import { replaceFile } from "./replace-file.ts";

/** How a stage's entry changed its lock file. */
export type LockChange = "generated" | "updated" | "unchanged";

interface Segment {
  readonly name: string;
  text: string;
}

interface OpenLock {
  readonly path: string;
  /** What stands before the first stage. */
  head: string;
  readonly stages: Segment[];
  /** Of the file as this writer left it. */
  written: string;
}

/**
 * Keeps `dvc.lock` files: each stage's entry is put in its place and the file written anew, aside and then under its name,
 * so that it is whole at every moment. Entries of other stages stay as they are, to the byte.
 */
export class LockWriter {
  private readonly project: Project;
  /** The stages of a `dvc.yaml` in the order in which one after the other would run them; new entries keep it when several run at once. */
  private readonly order: ReadonlyMap<string, number>;
  private readonly open = new Map<string, OpenLock>();
  private readonly names: Set<string>;

  /**
   * @param order of `file:name`
   * @param names takes the folders whose lock files got their names anew: until these are on the disk, older ones are
   */
  constructor(project: Project, order: readonly string[], names: Set<string>) {
    this.project = project;
    this.names = names;
    this.order = new Map(order.map((id, i) => [id, i]));
  }

  /** @param file the `dvc.yaml`, from the project's root */
  put(file: string, name: string, stage: LockStage): LockChange {
    const { lock, fresh } = this.lockOf(file);
    const text = printLockStage(name, stage);
    const known = lock.stages.find((segment) => segment.name === name);
    if (known?.text === text) return "unchanged";
    if (known === undefined) this.insert(lock, file, { name, text });
    else known.text = text;
    const whole = lock.head + lock.stages.map((segment) => segment.text).join("");
    replaceFile(lock.path, whole, { data: true });
    this.names.add(dirname(lock.path));
    lock.written = signature(lock.path);
    return fresh ? "generated" : "updated";
  }

  /** Behind the stages that were there, and among the new ones where it would be had it run in its turn. */
  private insert(lock: OpenLock, file: string, segment: Segment): void {
    const rank = (name: string): number => this.order.get(`${file}:${name}`) ?? -1;
    const added = this.added.get(lock.path) ?? new Set<string>();
    this.added.set(lock.path, added);
    let at = lock.stages.length;
    while (at > 0) {
      const before = lock.stages[at - 1]?.name ?? "";
      if (!added.has(before) || rank(before) <= rank(segment.name)) break;
      at -= 1;
    }
    added.add(segment.name);
    lock.stages.splice(at, 0, segment);
  }

  private readonly added = new Map<string, Set<string>>();

  private lockOf(file: string): { readonly lock: OpenLock; readonly fresh: boolean } {
    const path = join(this.project.root, lockFileOf(file));
    const known = this.open.get(path);
    // Somebody else may have written to it while a stage ran.
    if (known !== undefined && known.written === signature(path)) return { lock: known, fresh: false };
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    const lock = { path, written: "", ...segments(text, lockFileOf(file)) };
    this.open.set(path, lock);
    return { lock, fresh: text.trim() === "" };
  }
}

function signature(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
}

/** The text of a lock file cut at its stages; one that is not laid out as DVC does is laid out so first. */
function segments(text: string, path: string): { readonly head: string; readonly stages: Segment[] } {
  if (text.trim() === "") return { head: "schema: '2.0'\nstages:\n", stages: [] };
  const lock = parseDvcLock(text, path);
  const own = cut(text, [...lock.stages.keys()]);
  if (own !== null) return own;
  const head = printDvcLock({ datasets: lock.datasets, stages: new Map() }).replace(/^stages:.*\n/m, "stages:\n");
  return { head, stages: [...lock.stages].map(([name, stage]) => ({ name, text: printLockStage(name, stage) })) };
}

function cut(text: string, names: readonly string[]): { readonly head: string; readonly stages: Segment[] } | null {
  const match = /^stages:[ \t]*(?:\{\})?[ \t]*\n/m.exec(text);
  if (match === null || !text.endsWith("\n")) return null;
  const from = match.index + match[0].length;
  const head = `${text.slice(0, match.index)}stages:\n`;
  const stages: Segment[] = [];
  // A stage begins where a line is indented by two spaces only; a comment before it goes with the stage above, as in DVC.
  const starts = [...text.slice(from).matchAll(/^ {2}(?=[^ #\n:-])/gm)].map((start) => start.index + from);
  if (starts.length !== names.length || (starts[0] ?? from) !== from) return null;
  if (/^\S/m.test(text.slice(from))) return null;
  starts.forEach((start, i) => {
    stages.push({ name: names[i] ?? "", text: text.slice(start, starts[i + 1] ?? text.length) });
  });
  return { head, stages };
}
