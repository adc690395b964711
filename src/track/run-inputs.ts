import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { commitHolding } from "../git/index.ts";
import { type Fact, observeFacts } from "../lineage/index.ts";
import { type DataEntity, type DataLike, dataEntity, datasetOf, type InputOptions } from "./inputs.ts";
import { activityOf } from "./open-run.ts";
import { flatParams } from "./params.ts";
import type { RunWriter } from "./run-writer.ts";

/** Data that is named by params too; of a loop over a thousand files the others are in the lineage, and in `run.inputs`. */
const mostNamed = 32;

/** The data that an open run uses: given to `run.input()`, or taken by `version()` while it is the current activity. */
export class RunInputs {
  readonly #writer: RunWriter;
  readonly #entities: DataEntity[] = [];
  /** MLflow's data sets of what the run took without a call: made at the end, since `run.input()` knows more of them. */
  readonly #unnamed = new Map<string, DataEntity>();
  readonly #stop: () => void;
  #named = 0;

  constructor(writer: RunWriter) {
    this.#writer = writer;
    this.#stop = observeFacts(activityOf(writer.id), (fact) => this.#see(fact));
  }

  get entities(): readonly DataEntity[] {
    return this.#entities;
  }

  /** @throws {ValueError} it is no versioned data @throws {RunEndedError} */
  add(data: DataLike | object, options: InputOptions): void {
    const entity = dataEntity(this.#writer.project, data);
    this.#writer.checkOpen();
    this.#keep(entity);
    this.#unnamed.delete(keyOf(entity));
    this.#writer.input(datasetOf(entity, data, options), entity);
  }

  /** Before the run ends. */
  close(): void {
    this.#stop();
    for (const entity of this.#unnamed.values()) this.#writer.input(datasetOf(entity, entity, {}), null);
    this.#unnamed.clear();
  }

  #see({ verb, entity }: Fact): void {
    if (verb !== "used" || entity.kind !== "data" || this.#writer.status !== "RUNNING") return;
    if (this.#keep(entity)) this.#unnamed.set(keyOf(entity), entity);
  }

  /** false for what was known. */
  #keep(entity: DataEntity): boolean {
    if (this.#entities.some((known) => keyOf(known) === keyOf(entity))) return false;
    this.#entities.push(entity);
    if (this.#named < mostNamed) this.#name(entity);
    return true;
  }

  #name(entity: DataEntity): void {
    this.#named += 1;
    const { params } = this.#writer.record();
    const prefix = prefixOf(entity, params);
    if (prefix === null) return;
    const rev = recordingCommit(this.#writer.project.root, entity);
    this.#writer.params(
      flatParams({ [`${prefix}.md5`]: entity.md5, ...(rev === null ? {} : { [`${prefix}.rev`]: rev }) }),
    );
  }
}

function keyOf({ path, md5 }: DataEntity): string {
  return `${path}\0${md5}`;
}

/** `data` for the first, `data.<path>` for others, `data.<path>.2` for another version of one; null when it is named already. */
function prefixOf({ path, md5 }: DataEntity, params: Readonly<Record<string, unknown>>): string | null {
  // What MLflow takes in a name (_VALID_PARAM_AND_METRIC_NAMES), and not longer.
  const inside = path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  const own = inside
    .join("/")
    .replace(/[^/\p{L}\p{N}_.\- :]/gu, "_")
    .slice(-200);
  for (let i = 0; ; i++) {
    const prefix = i === 0 ? "data" : i === 1 ? `data.${own}` : `data.${own}.${i}`;
    const known = params[`${prefix}.md5`];
    const taken = known !== undefined || `${prefix}.rev` in params;
    if (!taken) return prefix;
    // A run that is gone on with names its data once.
    if (known === md5) return null;
  }
}

/** The commit that is checked out, when its `.dvc` file records this version. */
function recordingCommit(root: string, { path, md5 }: DataEntity): string | null {
  const file = join(root, `${path}.dvc`);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return null;
  const text = readFileSync(file, "utf8");
  return text.includes(md5) ? commitHolding(file, text) : null;
}
