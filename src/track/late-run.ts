import { randomBytes } from "node:crypto";
import type { ErrorFacts } from "../error.ts";
import { openDatabase, type Project, type Sql } from "../store/index.ts";
import { destination } from "./destination.ts";
import { keepLeases } from "./keep-leases.ts";
import { dropLease } from "./lease.ts";
import { putTags } from "./local/index.ts";
import { draftRun, insertDraft, type RunDraft, type RunSource, runSource } from "./open-run.ts";

/** What a run is opened with. */
export interface LateRunHead {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly params: object;
}

/** How a run ended. */
export interface LateRunEnd {
  readonly status: "FINISHED" | "FAILED" | "KILLED";
  /** Of one that failed. */
  readonly error?: ErrorFacts;
}

/**
 * Short runs inside one that is open: each is written once, when it is over, in the transaction of what it made; one that
 * lasts can be shown before. Nobody can log to them, and they are kept in the project only.
 */
export class LateRuns {
  readonly #project: Project;
  readonly #experiment: string;
  readonly #parent: string;
  #source: RunSource | null = null;

  constructor(project: Project, { experiment, parent }: { readonly experiment: string; readonly parent: string }) {
    this.#project = project;
    this.#experiment = experiment;
    this.#parent = parent;
  }

  /** False where runs are kept on a server too, which has to hear of each when it begins. */
  get arePossible(): boolean {
    return destination() === null;
  }

  /** Begins a run, which nobody sees yet. @throws {ValueError} @throws {NameError} */
  begin({ name, tags, params }: LateRunHead): LateRun {
    // All of them come from where the run around them comes from.
    this.#source ??= runSource();
    const start = { experiment: this.#experiment, name, tags, params, parentId: this.#parent };
    return new LateRun(this.#project, draftRun(this.#project, start, this.#source));
  }
}

/** A run that is written when it is over, or shown before. */
export class LateRun {
  readonly id: string = randomBytes(16).toString("hex");
  readonly #project: Project;
  readonly #draft: RunDraft;
  #row: number | null = null;

  constructor(project: Project, draft: RunDraft) {
    this.#project = project;
    this.#draft = draft;
  }

  /** Lets others see that it runs, from now on. */
  show(): void {
    if (this.#row !== null) return;
    const write = { draft: this.#draft, options: { id: this.id } };
    this.#row = openDatabase(this.#project).write(
      // Its end may be written already, and only not on the disk yet.
      (sql) => this.#written(sql) ?? insertDraft(sql, this.#project, write).row,
    );
    keepLeases(this.#project);
  }

  /** Writes its end, and all of it where nobody has seen it, as a part of the caller's transaction. The first end stays. */
  end(sql: Sql, { status, error }: LateRunEnd): void {
    const endMs = Date.now();
    const told = error === undefined ? {} : errorTags(error);
    const row = this.#row ?? this.#written(sql);
    if (row === null) {
      const run = { ...this.#draft.run, tags: { ...this.#draft.run.tags, ...told }, status, endMs };
      insertDraft(sql, this.#project, { draft: { ...this.#draft, run }, options: { id: this.id } });
      return;
    }
    const ended = "UPDATE run SET status = ?, ended = ? WHERE id = ? AND status = 'RUNNING'";
    if (sql.run(ended, status, endMs, row).changes === 0) return;
    putTags(sql, row, told);
    dropLease(sql, row);
  }

  #written(sql: Sql): number | null {
    return sql.first<{ readonly id: number }>("SELECT id FROM run WHERE uuid = ?", this.id)?.id ?? null;
  }
}

function errorTags({ name, message, stack }: ErrorFacts): Readonly<Record<string, string>> {
  return { "stemma.error": `${name}: ${message}`, ...(stack === undefined ? {} : { "stemma.error.stack": stack }) };
}
